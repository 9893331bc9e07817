const { proveAll } = require('./prove.cjs')

void proveAll(require)
