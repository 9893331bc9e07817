'use strict'
// How each adapter is opened in a fresh project. `load` is `require` or `import()`: everything is taken by its name, which both know.

const select = (name) => `SELECT value FROM counters WHERE name = '${name}'`
const update = (name, value) => `UPDATE counters SET value = ${value} WHERE name = '${name}'`

/** The mariadb connector asks before it takes MySQL's own way to check a password without TLS. */
const PUBLIC_KEY = { allowPublicKeyRetrieval: true }

/** Answers a function that opens one more instance of the ORM, with named locks. */
const openers = {
  async mysql2(load, url) {
    const { createPool } = await load('mysql2/promise')
    const { namedLocks, OrmutexError } = await load('@ormutex/mysql2')
    const open = () => {
      const pool = createPool({ uri: url })
      return {
        locks: namedLocks(pool),
        read: async (connection, name) => (await connection.query(select(name)))[0][0].value,
        write: (connection, name, value) => connection.query(update(name, value)),
        close: () => pool.end(),
      }
    }
    return { open, OrmutexError }
  },

  async knex(load, url) {
    const { default: knex } = await load('knex')
    const { namedLocks, OrmutexError } = await load('@ormutex/knex')
    const open = () => {
      const db = namedLocks(knex({ client: 'mysql2', connection: url }))
      return {
        locks: db,
        read: async (trx, name) => (await trx('counters').where({ name }).first()).value,
        write: (trx, name, value) => trx('counters').where({ name }).update({ value }),
        close: () => db.destroy(),
      }
    }
    return { open, OrmutexError }
  },

  'sequelize on mysql2': (load, url) => sequelize(load, url, 'mysql'),

  'sequelize on mariadb': (load, url) => sequelize(load, url, 'mariadb'),

  async prisma(load, url) {
    const { PrismaMariaDb } = await load('@prisma/adapter-mariadb')
    const { PrismaClient } = await load('./generated-js/index.js')
    const { lockable, namedLocks, OrmutexError } = await load('@ormutex/prisma')
    const { hostname, port, username, password, pathname } = new URL(url)
    const access = {
      host: hostname,
      port: Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      connectionLimit: 5,
      ...PUBLIC_KEY,
    }
    const open = () => {
      const adapter = lockable(new PrismaMariaDb(access))
      const prisma = new PrismaClient({ adapter }).$extends(namedLocks())
      return {
        locks: {
          withNamedLock: (...call) => prisma.$mutex(...call),
          tryWithNamedLock: (...call) => prisma.$tryMutex(...call),
          acquireNamedLock: (...call) => prisma.$acquireMutex(...call),
          namedLockHolder: (...call) => prisma.$mutexHolder(...call),
        },
        read: async (tx, name) => (await tx.counter.findUniqueOrThrow({ where: { name } })).value,
        write: (tx, name, value) => tx.counter.update({ where: { name }, data: { value } }),
        close: () => prisma.$disconnect(),
      }
    }
    return { open, OrmutexError }
  },

  async memory(load) {
    const { memoryLocks, MemoryServer } = await load('@ormutex/core/memory')
    const { OrmutexError, systemClock } = await load('@ormutex/core')
    const server = new MemoryServer(systemClock)
    const counters = new Map()
    const open = () => ({
      locks: memoryLocks({ server }),
      read: async (_, name) => counters.get(name) ?? 0,
      write: async (_, name, value) => void counters.set(name, value),
      close: async () => {},
    })
    return { open, OrmutexError }
  },
}

async function sequelize(load, url, dialect) {
  const { Sequelize } = await load('sequelize')
  const { namedLocks, OrmutexError } = await load('@ormutex/sequelize')
  const open = () => {
    const instance = new Sequelize(url.replace(/^[^:]+/, dialect), {
      logging: false,
      dialectOptions: dialect === 'mariadb' ? PUBLIC_KEY : {},
    })
    const db = namedLocks(instance)
    return {
      locks: db,
      // A raw query with rows fails in Sequelize itself with the mariadb connector from 3.1 on.
      read: async (transaction, name) =>
        await db
          .getQueryInterface()
          .rawSelect('counters', { where: { name }, transaction, attributes: ['value'] }, 'value'),
      write: (transaction, name, value) => db.query(update(name, value), { transaction }),
      close: () => db.close(),
    }
  }
  return { open, OrmutexError }
}

module.exports = { openers }
