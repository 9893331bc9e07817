import { join } from 'node:path'
import { newPassword } from './account.js'
import { dataPlace } from './data-place.js'
import { composeCommands, composeEnvironment, composeOverride, parsePort } from './docker-command.js'
import type { Flavour } from './flavour.js'
import { GuardedJob, JobEnded } from './guarded-job.js'
import type { Log } from './log.js'
import { sweepOwned } from './owned-directory.js'
import { run } from './run.js'
import { testServer } from './running-server.js'
import { settingArguments, testSettings, type Settings } from './server-settings.js'
import type { TestServer } from './server.js'
import { repositoryRoot } from './workspace.js'

const composeFile = () => join(repositoryRoot(), 'docker-compose.yml')

export interface StartDockerOptions {
  env: NodeJS.ProcessEnv
  log: Log
  settings: Settings
}

export async function startDocker(
  flavour: Flavour,
  service: string,
  { env, log, settings }: StartDockerOptions,
): Promise<TestServer> {
  const place = await dataPlace()
  await sweepOwned(place)
  const job = new GuardedJob(flavour, place, log)
  const password = newPassword()
  const commandEnv = { ...env, ...composeEnvironment(service, password) }
  const override = join(job.directory, 'override.json')
  const commands = composeCommands(`ormutex-${job.guardianPid}`, service, [composeFile(), override])
  const docker = (args: string[]) => ({ file: 'docker', args, env: commandEnv })
  job.start({
    files: {
      'override.json': composeOverride(service, settingArguments({ ...testSettings(flavour), ...settings })),
    },
    command: docker(commands.up),
    undo: docker(commands.down),
  })
  try {
    const exit = await job.exited
    if (exit.code !== 0) throw new JobEnded(`docker compose did not bring ${service} up`, exit)
    const port = parsePort(await run('docker', commands.port, { env: commandEnv }))
    const access = { host: '127.0.0.1', port, user: 'root', password }
    const stop = (graceful: boolean) => job.stop(graceful)
    const server = await testServer({ flavour, source: 'docker', access, stop })
    job.unref()
    return server
  } catch (error) {
    await job.stop(false)
    throw error
  }
}

/** Downloads the image, so that a start does not have to. */
export async function pullService(service: string, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  await run('docker', ['compose', '-f', composeFile(), 'pull', service], {
    env,
    log,
    title: 'docker compose pull',
  })
}
