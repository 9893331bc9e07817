import type { ModelConnection } from './model-connection.js'

/** What callbacks get. */
export interface ModelTransaction {
  write(row: number): Promise<unknown>
}

/** A pool of a process, and what it makes sure of: each connection comes back once, clean. */
export class ModelPool {
  readonly connections: ModelConnection[] = []
  readonly #size: number
  readonly #connect: () => ModelConnection
  readonly #opens: () => Promise<void>
  readonly #idle: ModelConnection[] = []
  readonly #waiting: ((connection: ModelConnection) => void)[] = []

  /** @param opens resolves when the next connection that is asked for may be had */
  constructor(size: number, connect: () => ModelConnection, opens: () => Promise<void>) {
    this.#size = size
    this.#connect = connect
    this.#opens = opens
  }

  /** Those who wait for a connection. */
  get waiting(): number {
    return this.#waiting.length
  }

  async pin(): Promise<ModelConnection> {
    await this.#opens()
    const connection = this.#take() ?? (await new Promise<ModelConnection>((resolve) => this.#waiting.push(resolve)))
    connection.pinned()
    return connection
  }

  unpin(connection: ModelConnection): void {
    connection.unpinned()
    if (!connection.isGone) this.#idle.push(connection)
    while (this.#waiting.length > 0) {
      const next = this.#take()
      if (next === undefined) return
      this.#waiting.shift()!(next)
    }
  }

  #take(): ModelConnection | undefined {
    for (let idle = this.#idle.shift(); idle !== undefined; idle = this.#idle.shift()) if (!idle.isGone) return idle
    if (this.connections.filter(({ isGone, isPinned }) => isPinned || !isGone).length >= this.#size) return undefined
    const connection = this.#connect()
    this.connections.push(connection)
    return connection
  }
}
