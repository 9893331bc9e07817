import { setTimeout as sleep } from 'node:timers/promises'
import { newDatabaseName, newPassword, quoted } from './account.js'
import { chooseInstallation } from './choose-origin.js'
import type { Flavour } from './flavour.js'
import { LogTail } from './log-tail.js'
import { silent, type Log } from './log.js'
import { onFreePorts } from './on-free-port.js'
import type { Settings } from './server-settings.js'
import type { TestServer } from './server.js'
import { startOnTemplate, type TemplateStart } from './start-installation.js'
import { ensureTemplate } from './template.js'

const FORM_TIMEOUT_MS = 60_000

export interface ClusterOptions {
  /** Gets every line of progress and of the servers' own logs. Default: nobody does. */
  log?: Log
  /** Passed to every server as `--key=value`, after this package's own. */
  settings?: Settings
}

/** How servers become more than servers. */
export interface ClusterPlan {
  /** What to call it in an error. */
  what: string
  flavour: Flavour
  count: number
  /** How many ports each has beside the one for clients. */
  innerPorts: number
  /** The statement after which what a session does stays on its server. */
  unshared: string
  /** What makes a member of a server; its ports are those of `ports[index]`. */
  member: (index: number, ports: readonly (readonly number[])[]) => Pick<TemplateStart, Member>
  /** Answers when the servers, which take clients by then, are what they are to be. */
  form: (servers: readonly TestServer[]) => Promise<void>
}

type Member = 'settings' | 'resumeSettings' | 'environment' | 'ask'

/**
 * Starts all servers at the same time, on programs of this machine. They have one account and one empty database in common,
 * which each makes for itself, so that none has anything to tell the others. When one fails, all are ended.
 */
export async function startCluster(plan: ClusterPlan, options: ClusterOptions): Promise<TestServer[]> {
  const { log = silent } = options
  const { source, installation } = await chooseInstallation(plan.flavour, { env: process.env, log })
  log(`${plan.what} of ${plan.flavour} from ${source}`)
  const template = await ensureTemplate(installation, log)
  const each = plan.innerPorts + 1
  return onFreePorts(plan.count * each, log, async (all) => {
    const ports = Array.from({ length: plan.count }, (_, index) => all.slice(index * each, (index + 1) * each))
    const inner = ports.map(([, ...rest]) => rest)
    const database = newDatabaseName()
    const password = newPassword()
    const initStatements = [`${plan.unshared};`, `CREATE DATABASE IF NOT EXISTS ${quoted(database)};`]
    const tail = new LogTail()
    const starting = ports.map(async ([port], index) => {
      const { settings, ...rest } = plan.member(index, inner)
      return startOnTemplate({
        source,
        installation,
        template,
        password,
        database,
        initStatements,
        ...rest,
        port: port!,
        log: tail.of(`server ${index + 1}`, log),
        settings: { ...settings, ...options.settings },
      })
    })
    const ended = await Promise.allSettled(starting)
    const servers = ended.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
    try {
      for (const start of ended) if (start.status === 'rejected') throw start.reason
      await within(FORM_TIMEOUT_MS, plan.form(servers))
      return servers
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()))
      throw tail.errorOf(`no ${plan.what}`, error)
    }
  })
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: timer.signal }).then((): never => {
    throw new Error(`expected it within ${timeoutMs / 1_000} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    work.catch(() => {})
    timer.abort()
  }
}

/** One `stop` for all. */
export async function stopAll(servers: readonly TestServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()))
}
