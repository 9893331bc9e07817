import assert from 'node:assert/strict'
import { deriveKey } from '@ormutex/core'
import type { Environment } from './environment.js'
import type { Fault, Rule, RuleOptions } from './fault-proxy/index.js'
import type { Harness, OpenOptions, ServerAddress, Subject } from './harness.js'
import type { Crew } from './processes/crew.js'
import type { WorkerProcess } from './processes/worker-process.js'
import { eventually } from './support/eventually.js'
import { CLOSE_MS, within } from './support/within.js'
import { isLocked, shownLocks } from './server-view.js'

/** How a case wants a source opened. */
export interface StageOptions extends Partial<Omit<OpenOptions, 'server'>> {
  /** `faults`: through the proxy, which costs time. Default: straight to the server. */
  readonly through?: 'faults' | 'nothing'
  /** Whether names are in the namespace that an application has which gives none, not in that of the case. Default: false. */
  readonly inDefaultNamespace?: boolean
}

let names = 0

/** What one case opens, and what must be left of it: nothing. */
export class Stage<Tx> {
  /** Apart from every other case's, so that no two cases meet in a lock. */
  readonly namespace = `conformance-${process.pid}-${(names += 1)}`
  readonly harness: Harness<Tx>
  readonly #environment: Environment | undefined
  readonly #crew: Crew
  readonly #subjects = new Set<Subject<Tx>>()
  readonly #workers: WorkerProcess[] = []
  readonly #rules: Rule[] = []
  readonly #names: string[] = []
  #shownBefore: readonly string[] = []

  constructor(harness: Harness<Tx>, environment: Environment | undefined, crew: Crew) {
    this.harness = harness
    this.#environment = environment
    this.#crew = crew
  }

  /** Looks at what a case before, that failed, may have left: so that one failure does not become several. */
  async prepare(): Promise<void> {
    if (this.#environment !== undefined) this.#shownBefore = await shownLocks(this.#environment)
  }

  /** What is around the server; only asked for by cases that need one. */
  get environment(): Environment {
    assert.ok(this.#environment, 'A harness with capabilities.server needs an environment')
    return this.#environment
  }

  /** A name that no other case uses. */
  name(label = 'name'): string {
    const name = `${label}:${(names += 1)}`
    this.#names.push(name)
    return name
  }

  /** What the server sees for a name under the namespace that sources are opened with here. */
  keyOf(name: string): string {
    return deriveKey(this.namespace, name)
  }

  /** Opens a source; it is closed when the case has ended. */
  async open(options: StageOptions = {}): Promise<Subject<Tx>> {
    const { through = 'nothing', poolSize = 5, inDefaultNamespace = false, namedLocks } = options
    const subject = await this.harness.open({
      ...(this.#environment && { server: this.#address(through) }),
      poolSize,
      namedLocks: { ...(!inDefaultNamespace && { namespace: this.namespace }), ...namedLocks },
    })
    this.#subjects.add(subject)
    return subject
  }

  /** A further process with a source of its own. */
  async openProcess(poolSize = 5): Promise<WorkerProcess> {
    const worker = this.#crew.take(this.environment.harnessUrl)
    this.#workers.push(worker)
    await worker.call('open', {
      server: this.environment.server,
      poolSize,
      namedLocks: { namespace: this.namespace },
    })
    return worker
  }

  /** Lets the proxy do something to statements; forgotten when the case has ended. */
  on(pattern: RegExp, fault: Fault, options?: RuleOptions): Rule {
    const rule = this.environment.proxy.on(pattern, fault, options)
    this.#rules.push(rule)
    return rule
  }

  /** Waits until every connection of a pool is back, and shows that each of them works. */
  async assertWhole(subject: Subject<Tx>, poolSize: number): Promise<void> {
    await eventually(() => assert.equal(subject.connectionsInUse(), 0, 'connections that were not given back'))
    if (!this.harness.capabilities.server) return
    await Promise.all(Array.from({ length: poolSize }, () => subject.query(null, 'SELECT 1')))
  }

  /** Nothing may be left of a case that has passed: no connection in somebody's hands and no lock on any of them. */
  async assertClean(): Promise<void> {
    for (const rule of this.#rules) rule.remove()
    for (const subject of this.#subjects) {
      await eventually(() => assert.equal(subject.connectionsInUse(), 0, 'connections that were not given back'))
    }
    if (this.#environment === undefined) return
    // Looked at while the pools are still open: a lock on a pooled connection would go with it.
    for (const name of this.#names) {
      await eventually(async () =>
        assert.equal(await isLocked(this.environment, this.keyOf(name)), false, `left locked: ${name}`),
      )
    }
    await eventually(async () => {
      const shown = await shownLocks(this.environment)
      assert.deepEqual(
        shown.filter((lock) => !this.#shownBefore.includes(lock)),
        [],
      )
    })
  }

  /** Closes a source before the case has ended. */
  closeSubject(subject: Subject<Tx>): Promise<void> {
    this.#subjects.delete(subject)
    return within(CLOSE_MS, 'Closing a source', subject.close())
  }

  /** Closes everything, whatever became of the case. */
  async close(): Promise<void> {
    for (const rule of this.#rules) rule.remove()
    this.#environment?.proxy.thaw()
    const closing = [...this.#subjects].map((subject) => this.closeSubject(subject))
    const leaving = this.#workers.map((worker) => this.#crew.giveBack(worker))
    const results = await Promise.allSettled([...closing, ...leaving])
    results.push(...(await Promise.allSettled([this.#leaveProxy()])))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** What clients say last, a QUIT, may still be on its way when they are closed; the next case must not take it for its own. */
  async #leaveProxy(): Promise<void> {
    const proxy = this.#environment?.proxy
    if (proxy === undefined) return
    try {
      await eventually(() => assert.equal(proxy.connections, 0, 'connections of a source that was closed'), CLOSE_MS)
    } finally {
      proxy.cutAll()
    }
  }

  #address(through: 'faults' | 'nothing'): ServerAddress {
    const { server, proxy } = this.environment
    return through === 'nothing' ? server : { ...server, host: proxy.host, port: proxy.port }
  }
}
