// What the examples of docstrings may use besides their own package: the ORMs, and an application's own functions.

export { NodeSDK } from '@opentelemetry/sdk-node'
export { PrismaClient } from '@ormutex-test/prisma-7'
export { PrismaMariaDb } from '@prisma/adapter-mariadb'
export { subscribe, tracingChannel } from 'node:diagnostics_channel'
export { default as knex } from 'knex'
export { createPool, type RowDataPacket } from 'mysql2/promise'
export { Sequelize } from 'sequelize'

import type { Backend, LockEngine } from '@ormutex/core'
import type { LockingTransaction } from '@ormutex/knex'
import type { Harness, ServerEnvironmentOptions } from '@ormutex/testkit'
import type { Connection } from 'mysql2/promise'
import type { ServerResponse } from 'node:http'

export declare const account: import('./sources.js').Account
export declare const backend: Backend<object, object>
export declare const connect: ServerEnvironmentOptions['connect']
export declare const connection: Connection
export declare const engine: LockEngine<object, object>
export declare const error: unknown
export declare const harness: Harness<object>
export declare const options: object
export declare const orm: object
export declare const response: ServerResponse & { status(code: number): ServerResponse }
export declare const server: ServerEnvironmentOptions['server'] & { readonly database: string }
export declare const transaction: object
export declare const trx: LockingTransaction
export declare const uri: string
export declare const url: string
export declare const value: unknown
export declare function busy(holder: string | undefined): void
export declare function charge(): Promise<void>
export declare function chargeCustomer(locks: object, id: number): Promise<void>
export declare function fakeTransaction(): object
export declare function lead(options: { readonly signal: AbortSignal }): Promise<void>
export declare function migrate(options: { readonly signal: AbortSignal }): Promise<void>
export declare function writeReport(transaction: unknown): Promise<void>
export declare function readAccount(transaction: unknown, id: number): Promise<{ readonly balance: number }>
export declare function writeBalance(transaction: unknown, id: number, balance: number): Promise<void>
