import { sequelizeHarness } from './harness.js'

export const harness = sequelizeHarness('mysql')
