import type {
  AcquiredEvent,
  AskingEvent,
  FailEvent,
  InvokeEvent,
  LeavingEvent,
  LedgerEvent,
  LostEvent,
  OkEvent,
  RefusedEvent,
  ReleasedEvent,
  UnknownEvent,
} from '../history/events.js'

export type Settlement = OkEvent | FailEvent | UnknownEvent

/** An event that is about a call which was made earlier. */
export type CallEvent =
  | AskingEvent
  | RefusedEvent
  | AcquiredEvent
  | LeavingEvent
  | LostEvent
  | ReleasedEvent
  | Settlement
  | LedgerEvent

/** Everything that a history has about one call. */
export class Call {
  readonly invoke: InvokeEvent
  /** When its worker was killed, if that was before the call had ended. */
  readonly diedAt: number | undefined
  readonly acquired: AcquiredEvent[] = []
  readonly settlements: Settlement[] = []
  readonly rows: LedgerEvent[] = []
  /** Whether its COMMIT was the next thing to happen, before the call settled. */
  commits = false
  /** When it asked for its lock, if it got as far as that. */
  askedAt: number | undefined
  /** When its lock was refused, where more was to come. */
  refusedAt: number | undefined
  #leftAt = Infinity

  constructor(invoke: InvokeEvent, workerEndedAt: number | undefined) {
    this.invoke = invoke
    this.diedAt = workerEndedAt
    // The transaction that the lock is to join begins first.
    this.askedAt = invoke.kind === 'joined' ? undefined : invoke.at
  }

  get op(): string {
    return this.invoke.op
  }

  get settled(): Settlement | undefined {
    return this.settlements[0]
  }

  /** When it settled, or its worker was killed. */
  get endedAt(): number | undefined {
    return this.settled?.at ?? this.diedAt
  }

  /** From when it no longer believed that it had a lock; Infinity while it does. */
  get leftAt(): number {
    return Math.min(this.#leftAt, this.endedAt ?? Infinity)
  }

  add(event: CallEvent): void {
    switch (event.type) {
      case 'asking':
        this.askedAt = event.at
        return
      case 'refused':
        this.refusedAt = event.at
        return
      case 'acquired':
        this.acquired.push(event)
        return
      case 'ledger':
        this.rows.push(event)
        return
      case 'leaving':
        this.commits ||= event.commits && this.settled === undefined
        break
      case 'lost':
      case 'released':
        break
      default:
        this.settlements.push(event)
    }
    this.#leftAt = Math.min(this.#leftAt, event.at)
  }

  wrote(name: string): boolean {
    return this.rows.some((row) => row.name === name)
  }

  /** Where it was granted the name; several times where it asked again for what it had. */
  acquiredFor(name: string): AcquiredEvent[] {
    return this.acquired.filter(({ names }) => names.includes(name))
  }
}
