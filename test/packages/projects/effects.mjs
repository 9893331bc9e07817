// Prints what changes in this process when the modules on the command line are imported.
import { createRequire, builtinModules } from 'node:module'
import * as knex from 'knex'
import mysql2 from 'mysql2'
import * as sequelize from 'sequelize'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'

const require = createRequire(import.meta.url)

/** What could be changed for everybody: built-in and of the ORMs. */
const SHARED = {
  globalThis,
  process,
  ...Object.fromEntries(
    builtins().flatMap(([name, value]) => [
      [name, value],
      [`${name}.prototype`, value.prototype],
    ]),
  ),
  ...Object.fromEntries(
    builtinModules.filter((name) => !name.startsWith('_')).map((name) => [`node:${name}`, require(name)]),
  ),
  knex,
  mysql2,
  'sequelize.Sequelize.prototype': sequelize.Sequelize.prototype,
  'sequelize.Transaction.prototype': sequelize.Transaction.prototype,
  'sequelize.Model': sequelize.Model,
  'PrismaMariaDb.prototype': PrismaMariaDb.prototype,
}

function builtins() {
  return Object.getOwnPropertyNames(globalThis)
    .filter((name) => typeof Object.getOwnPropertyDescriptor(globalThis, name).value === 'function')
    .map((name) => [name, globalThis[name]])
}

function keysOf(object) {
  return object === undefined || object === null ? [] : Reflect.ownKeys(object)
}

/** Node makes much of its own only when it is first asked for. */
function wakeUp() {
  for (const object of Object.values(SHARED)) {
    for (const key of keysOf(object)) {
      try {
        void object[key]
      } catch {
        // Some answer only where they belong.
      }
    }
  }
}

function snapshot() {
  const values = new Map()
  for (const [name, object] of Object.entries(SHARED)) {
    for (const key of keysOf(object)) {
      const property = Object.getOwnPropertyDescriptor(object, key)
      values.set(
        `${name}.${String(key)}`,
        ['get', 'set', 'value'].map((part) => Reflect.get(property, part)).find((value) => value !== undefined),
      )
    }
  }
  for (const event of process.eventNames()) values.set(`process on ${String(event)}`, process.listenerCount(event))
  values.set('environment', JSON.stringify(process.env))
  values.set('open', process.getActiveResourcesInfo().toSorted().join())
  return values
}

wakeUp()
const before = snapshot()
for (const entry of process.argv.slice(2)) await import(entry)
const after = snapshot()
const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
  (key) => !Object.is(before.get(key), after.get(key)),
)
console.log(JSON.stringify({ imported: process.argv.length - 2, changed }))
