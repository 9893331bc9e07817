import { databaseConformance } from '@ormutex-test/conformance'
import { harness } from './mariadb-2-harness.js'

// Its own server; what MySQL's answers look like through a mariadb connector is the newer one's to show.
databaseConformance(harness, new URL('./mariadb-2-harness.js', import.meta.url), ['mariadb'])
