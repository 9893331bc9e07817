import type { Flavour } from './flavour.js'
import { packageWay } from './package-way.js'
import { unpackedServer } from './unpacked-server.js'

const PACKAGES: Record<Flavour, string> = { mysql: 'mysql-server-core', mariadb: 'mariadb-server-core' }

export const wayPackages = packageWay({ packages: PACKAGES, unpacked: unpackedServer })
