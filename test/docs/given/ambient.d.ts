// What a block of a page may use without importing it. Keep it short: a block that shows where things come from is worth more.
declare const config: typeof import('./sources.js').config
declare const db: typeof import('./sources.js').db
declare const sequelize: import('@ormutex/sequelize').LockingSequelize
declare const Account: typeof import('./sources.js').Account
declare const prisma: typeof import('./sources.js').prisma
declare const pool: typeof import('./sources.js').pool
declare const locks: typeof import('./sources.js').locks
