import { createHash } from 'node:crypto'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Numbers that look random and are the same in every run with the same seed. */
export class Random {
  readonly #generator

  /** @param parts the run's seed, and whose numbers these are, so that nobody's depend on how often another one draws */
  constructor(...parts: readonly (number | string)[]) {
    this.#generator = xoroshiro128plus(createHash('sha256').update(parts.join('/')).digest().readInt32LE())
  }

  /** From 0 to below 1. */
  fraction(): number {
    return uniformFloat64(this.#generator)
  }

  /** A whole number, both ends included. */
  integer(least: number, most: number): number {
    return uniformInt(this.#generator, least, most)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!
  }

  /** @param choices what may come, with how often in comparison with the others */
  weighted<T>(choices: readonly (readonly [T, number])[]): T {
    let rest = this.fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0)
    return (choices.find(([, weight]) => (rest -= weight) < 0) ?? choices.at(-1)!)[0]
  }

  shuffled<T>(values: readonly T[]): T[] {
    const shuffled = [...values]
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.integer(0, last)
      ;[shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!]
    }
    return shuffled
  }
}
