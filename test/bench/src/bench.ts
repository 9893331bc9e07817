import type { ServerAddresses } from './contender.js'
import type { Database } from './database.js'
import { withWorkers, type Worker } from './workers.js'

/** Connections of every pool: one for each contender of the largest run, and some to spare. */
export const POOL_SIZE = 40

/** What a scenario has to work with. */
export class Bench {
  readonly servers: ServerAddresses
  readonly database: Database
  readonly rounds: number
  /** How long each contender is measured in each round. */
  readonly seconds: number
  /** A first impression is wanted: what takes long is cut short. */
  readonly isQuick: boolean
  readonly #signal: AbortSignal

  constructor(options: {
    servers: ServerAddresses
    database: Database
    rounds: number
    seconds: number
    isQuick: boolean
    signal: AbortSignal
  }) {
    this.servers = options.servers
    this.database = options.database
    this.rounds = options.rounds
    this.seconds = options.seconds
    this.isQuick = options.isQuick
    this.#signal = options.signal
  }

  /** Processes in which these contenders are open, for as long as `work` takes. */
  withWorkers<T>(
    count: number,
    contenders: readonly string[],
    work: (workers: readonly Worker[]) => Promise<T>,
  ): Promise<T> {
    const { servers } = this
    return withWorkers({ count, contenders, servers, poolSize: POOL_SIZE, signal: this.#signal }, work)
  }
}

/** So that each of them comes first in some round, and whoever came before another does not always. */
export function rotated<T>(all: readonly T[], round: number): T[] {
  const by = round % Math.max(1, all.length)
  return [...all.slice(by), ...all.slice(0, by)]
}
