import type { Backend } from './backend.js'
import { type CheckedWait, checkWait, type WaitOptions } from './options.js'

/** `timeoutMs` of calls that wait, where neither the call nor the source says anything. */
export const DEFAULT_TIMEOUT_MS = 10_000

/** `timeoutMs` of calls that do not wait unless they say so. */
export const NO_WAIT = 0

/** What a backend knows of options. */
type OptionsBackend<TxOptions extends object> = Pick<
  Backend<unknown, TxOptions>,
  'transactionOptions' | 'joining' | 'checkTransactionOptions'
>

type Own = Readonly<Record<symbol, unknown>>

/** Checks the options of a source's calls, before anything is sent. */
export class CallOptions<TxOptions extends object> {
  readonly #backend: OptionsBackend<TxOptions>
  readonly #defaults: Omit<WaitOptions, 'signal'>
  /** What such calls take besides what says how they wait. The transaction to join is taken out before it comes here. */
  readonly #further: readonly string[]
  /** Of calls that say nothing, by their default timeout. */
  readonly #unsaid = new Map<number, CheckedWait>()

  constructor(backend: OptionsBackend<TxOptions>, defaults: Omit<WaitOptions, 'signal'>) {
    this.#backend = backend
    this.#defaults = defaults
    const { transactionOptions, joining } = backend
    this.#further = joining.option === undefined ? transactionOptions : [joining.option, ...transactionOptions]
  }

  /** Of a call that begins no transaction. */
  ofWait(options: object | undefined, defaultTimeoutMs: number): CheckedWait {
    return options === undefined
      ? this.#ofNone(defaultTimeoutMs)
      : checkWait(options, this.#defaults, defaultTimeoutMs, [])
  }

  /** Of a call that begins a transaction of its own. */
  ofTransaction(
    options: object | undefined,
    defaultTimeoutMs: number,
  ): { readonly wait: CheckedWait; readonly transactionOptions: TxOptions } {
    if (options === undefined) {
      return { wait: this.#ofNone(defaultTimeoutMs), transactionOptions: {} as TxOptions }
    }
    const wait = checkWait(options, this.#defaults, defaultTimeoutMs, this.#further)
    // What is under a symbol is the adapter's own, see `Backend.transactionOptions`.
    const own = Object.getOwnPropertySymbols(options).map((name) => [name, (options as Own)[name]] as const)
    const transactionOptions = Object.fromEntries([...this.#givenOf(options), ...own]) as TxOptions
    this.#backend.checkTransactionOptions(transactionOptions)
    return { wait, transactionOptions }
  }

  /** Of a call that joins one. That has begun: what only its beginning could have heeded is refused, not ignored. */
  ofJoin(options: object | undefined, defaultTimeoutMs: number): CheckedWait {
    const wait = checkWait(options, this.#defaults, defaultTimeoutMs, this.#further)
    const late = this.#givenOf(options)[0]?.[0]
    if (late === undefined) return wait
    throw new TypeError(`${late} is for a transaction that is still to begin; this lock joins one that has begun`)
  }

  #ofNone(defaultTimeoutMs: number): CheckedWait {
    let wait = this.#unsaid.get(defaultTimeoutMs)
    if (wait === undefined) {
      wait = checkWait(undefined, this.#defaults, defaultTimeoutMs, [])
      this.#unsaid.set(defaultTimeoutMs, wait)
    }
    return wait
  }

  /** The transaction options that a call was given. */
  #givenOf(options: object | undefined): [name: string, value: unknown][] {
    const given = (options ?? {}) as Record<string, unknown>
    const chosen = this.#backend.transactionOptions.filter((name) => given[name] !== undefined)
    return chosen.map((name) => [name, given[name]])
  }
}
