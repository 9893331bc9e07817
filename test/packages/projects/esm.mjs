import { proveAll } from './prove.cjs'

await proveAll((name) => import(name))
