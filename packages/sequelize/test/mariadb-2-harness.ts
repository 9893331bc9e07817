import { createRequire } from 'node:module'
import { sequelizeHarness } from './harness.js'

/** The connector that Sequelize 6 itself is tested with, and whose socket cannot be reached. */
const module = createRequire(import.meta.url)('mariadb-2') as object

export const harness = sequelizeHarness('mariadb', { name: 'the mariadb connector 2', module })
