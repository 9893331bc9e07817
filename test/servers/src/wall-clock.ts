import { open } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'wall-clock'
const LIBRARY = 'wall-clock.so'

/** The wall clock of a server that runs with wall-clock.c. */
export class WallClock {
  readonly environment: NodeJS.ProcessEnv
  /** What has to be in the directory, too, and where it is. */
  readonly copies: Record<string, string>
  /** What has to be in the directory when the server starts: the number that is read there, which is 0 at first. */
  readonly files = { [FILE]: '\0'.repeat(Int32Array.BYTES_PER_ELEMENT) }
  readonly #file: string

  constructor(library: string, directory: string) {
    this.#file = join(directory, FILE)
    this.copies = { [LIBRARY]: library }
    // Seen from the directory, in which the server is started: the loader takes a space or a colon for the end of a path.
    this.environment = { LD_PRELOAD: `./${LIBRARY}`, ORMUTEX_WALL_CLOCK: this.#file }
  }

  async set(offsetMs: number): Promise<void> {
    const number = Int32Array.of(offsetMs)
    if (number[0] !== offsetMs) throw new RangeError(`expected whole milliseconds of at most 24 days, got ${offsetMs}`)
    // In place: the server has mapped this very file.
    const file = await open(this.#file, 'r+')
    try {
      await file.write(number, 0, number.byteLength, 0)
    } finally {
      await file.close()
    }
  }
}
