import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { initFile, newPassword, serverVersion, type Access } from './account.js'
import { dataPlace } from './data-place.js'
import { freePort } from './free-port.js'
import { GuardedJob, JobEnded } from './guarded-job.js'
import { serverEnvironment, userArguments, type Installation } from './installation.js'
import type { Log } from './log.js'
import { sweepOwned } from './owned-directory.js'
import { testServer } from './running-server.js'
import { settingArguments, testSettings, type Settings } from './server-settings.js'
import type { TestServer } from './server.js'
import { ensureTemplate } from './template.js'
import type { Source } from './way.js'

const ATTEMPTS = 5
const POLL_MS = 50
const START_TIMEOUT_MS = 60_000
const USER = 'ormutex'

export interface StartInstallationOptions {
  log: Log
  settings: Settings
}

export async function startInstallation(
  source: Source,
  installation: Installation,
  options: StartInstallationOptions,
): Promise<TestServer> {
  const place = await dataPlace()
  await sweepOwned(place)
  const template = await ensureTemplate(installation, options.log)
  for (let attempt = 1; ; attempt += 1) {
    const access = { host: '127.0.0.1', port: await freePort(), user: USER, password: newPassword() }
    try {
      return await startOnce(source, installation, { ...options, place, template, access })
    } catch (error) {
      if (attempt === ATTEMPTS || !isPortTaken(error)) throw error
      options.log(`port ${access.port} was taken meanwhile; trying another`)
    }
  }
}

const isPortTaken = (error: unknown) =>
  error instanceof JobEnded && error.exit.log.some((line) => /address already in use|bind on TCP\/IP port/i.test(line))

async function startOnce(
  source: Source,
  installation: Installation,
  {
    place,
    template,
    access,
    log,
    settings,
  }: StartInstallationOptions & { place: string; template: string; access: Access },
): Promise<TestServer> {
  const { flavour, command } = installation
  const job = new GuardedJob(flavour, place, log)
  const args = serverArguments(installation, job.directory, access.port, settings)
  job.start({
    copies: { data: template },
    files: { 'init.sql': initFile(access.user, access.password) },
    command: { file: command, args, env: serverEnvironment() },
  })
  try {
    await answering(job, access, flavour)
    const server = await testServer({
      flavour,
      source,
      access,
      ...(job.pid === undefined ? {} : { pid: job.pid }),
      exited: job.exited,
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

/** The random password tells this server from any other that may have got hold of the port. */
async function answering(job: GuardedJob, access: Access, flavour: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  let ended: JobEnded | undefined
  void job.exited.then((exit) => {
    ended = new JobEnded(
      `the ${flavour} server ended before it answered (${exit.signal ?? `exit code ${exit.code}`})`,
      exit,
    )
  })
  for (;;) {
    try {
      await serverVersion(access)
      return
    } catch (error) {
      if (ended !== undefined) throw ended
      if (performance.now() > deadline) {
        throw new Error(`the ${flavour} server did not answer within ${START_TIMEOUT_MS / 1_000} s`, {
          cause: error,
        })
      }
    }
    await sleep(POLL_MS)
  }
}
