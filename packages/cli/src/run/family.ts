import { type Process, processes, processOf } from './processes.js'
import { sendSignal } from './signals.js'

/**
 * A process and all that it has started, as far as the system tells. What is found once is remembered: its parent is another one as soon
 * as its own ends.
 */
export class Family {
  readonly #root: number
  readonly #leadsGroup: boolean
  readonly #members = new Map<number, Process>()

  /** @param leadsGroup whether the whole group of `root` belongs to it */
  constructor(root: number, leadsGroup: boolean) {
    this.#root = root
    this.#leadsGroup = leadsGroup
    this.look()
  }

  /** False where the system does not tell. */
  get isKnown(): boolean {
    return this.#members.size > 0
  }

  /** Those who have not ended. */
  get alive(): Process[] {
    return [...this.#members.values()].filter((member) => {
      const now = processOf(member.id)
      // Those of other users may be hidden.
      return now === undefined ? sendSignal(member.id, 0) === 'refused' : isSame(now, member)
    })
  }

  /** Looks who has come since. */
  look(): void {
    const all = processes().filter(({ state }) => state !== 'Z')
    const childrenOf = new Map<number, Process[]>()
    for (const each of all) childrenOf.set(each.parent, [...(childrenOf.get(each.parent) ?? []), each])
    const add = (each: Process): void => {
      this.#members.set(each.id, each)
      for (const child of childrenOf.get(each.id) ?? []) add(child)
    }
    for (const each of all) if (this.#belongs(each)) add(each)
  }

  #belongs(each: Process): boolean {
    const known = this.#members.get(each.id)
    if (known !== undefined) return isSame(each, known)
    return (this.#leadsGroup && each.group === this.#root) || (!this.isKnown && each.id === this.#root)
  }
}

/** Ids are given again. */
function isSame(now: Process, before: Process): boolean {
  return now.startedAt === before.startedAt && now.state !== 'Z'
}
