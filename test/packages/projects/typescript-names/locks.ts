// Every declaration of every package, beside whichever versions of the peers are there.
import assert from 'node:assert/strict'
import * as core from '@ormutex/core'
import * as memory from '@ormutex/core/memory'
import * as sql from '@ormutex/core/sql'
import * as knex from '@ormutex/knex'
import * as mysql2 from '@ormutex/mysql2'
import * as opentelemetry from '@ormutex/opentelemetry'
import * as prisma from '@ormutex/prisma'
import * as sequelize from '@ormutex/sequelize'
import * as testkit from '@ormutex/testkit'

const packages = [core, memory, sql, knex, mysql2, opentelemetry, prisma, sequelize, testkit]
assert.ok(packages.every((each) => Object.keys(each).length > 0))
assert.equal(await memory.memoryLocks().withNamedLock('memory', () => 1), 1)
console.log('proven')
