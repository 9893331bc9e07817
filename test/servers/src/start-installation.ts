import { join } from 'node:path'
import { initFile, newPassword, serverVersion, type Access } from './account.js'
import { answering } from './answering.js'
import { dataPlace } from './data-place.js'
import { GuardedJob } from './guarded-job.js'
import { HaltableProcess } from './haltable-process.js'
import { serverEnvironment, userArguments, type Installation } from './installation.js'
import type { Log } from './log.js'
import { onFreePort } from './on-free-port.js'
import { sweepOwned } from './owned-directory.js'
import { testServer } from './running-server.js'
import { settingArguments, testSettings, type Settings } from './server-settings.js'
import type { TestServer } from './server.js'
import { ensureTemplate } from './template.js'
import { wallClockLibrary } from './wall-clock-library.js'
import { WallClock } from './wall-clock.js'
import type { Source } from './way.js'

const USER = 'ormutex'

/**
 * The port of a server that is resumed is given, so it waits for one that somebody else has got hold of, such as the
 * kernel for a connection from this machine.
 */
const RESUME_ARGUMENTS = ['--port-open-timeout=15']

export interface StartInstallationOptions {
  log: Log
  settings: Settings
  clock: boolean
}

export async function startInstallation(
  source: Source,
  installation: Installation,
  options: StartInstallationOptions,
): Promise<TestServer> {
  const template = await ensureTemplate(installation, options.log)
  const clockLibrary = options.clock ? await wallClockLibrary(options.log) : undefined
  return onFreePort(options.log, (port) =>
    startOnTemplate({ source, installation, template, port, password: newPassword(), clockLibrary, ...options }),
  )
}

export interface TemplateStart {
  source: Source
  installation: Installation
  template: string
  port: number
  password: string
  log: Log
  settings: Settings
  clockLibrary?: string | undefined
  environment?: NodeJS.ProcessEnv
  /** Replace those of the start when the server is resumed. */
  resumeSettings?: Settings
  /** What the server does first, one statement each. */
  initStatements?: readonly string[]
  /** Asks whether it may be used, and rejects while it may not. Default: it has only to answer. */
  ask?: (access: Access) => Promise<unknown>
  /** One that those statements make. Default: a new one is made. */
  database?: string
}

/** One try on a given port. */
export async function startOnTemplate(start: TemplateStart): Promise<TestServer> {
  const { source, installation, template, port, password, log, settings, ask = serverVersion } = start
  const { flavour, command } = installation
  const access: Access = { host: '127.0.0.1', port, user: USER, password }
  const place = await dataPlace()
  await sweepOwned(place)
  const job = new GuardedJob(flavour, place, log)
  const args = serverArguments(installation, job.directory, port, settings)
  const clock = start.clockLibrary === undefined ? undefined : new WallClock(start.clockLibrary, job.directory)
  const env = { ...serverEnvironment(), ...clock?.environment, ...start.environment }
  const resumeArguments = [...args, ...settingArguments(start.resumeSettings ?? {}), ...RESUME_ARGUMENTS]
  // The random password tells this server from any other that may have got hold of the port.
  const answers = () => answering(job, flavour, () => ask(access))
  job.start({
    copies: { data: template, ...clock?.copies },
    files: { 'init.sql': initFile(access.user, access.password, start.initStatements), ...clock?.files },
    command: { file: command, args, env },
  })
  try {
    await answers()
    const server = await testServer({
      flavour,
      source,
      access,
      database: start.database,
      process: new HaltableProcess(job, { file: command, args: resumeArguments, env }, answers),
      setClock: clock && ((offsetMs) => clock.set(offsetMs)),
      stop: (graceful) => job.stop(graceful),
    })
    job.unref()
    return server
  } catch (error) {
    await job.stop(false)
    throw error
  }
}

function serverArguments(installation: Installation, directory: string, port: number, settings: Settings): string[] {
  return [
    ...installation.commandArguments,
    '--no-defaults',
    ...userArguments(),
    ...installation.placeArguments,
    ...settingArguments({
      datadir: join(directory, 'data'),
      tmpdir: directory,
      'init-file': join(directory, 'init.sql'),
      'pid-file': join(directory, 'server.pid'),
      // Relative to the data directory, whose own path may be longer than a socket's may.
      socket: 'server.sock',
      'bind-address': '127.0.0.1',
      port,
      ...(installation.flavour === 'mysql' ? { 'secure-file-priv': '' } : {}),
      ...testSettings(installation.flavour),
      ...settings,
    }),
  ]
}
