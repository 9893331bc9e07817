import { serviceOf, versionVariable } from './docker-command.js'
import { run } from './run.js'
import type { Way } from './way.js'

/** An engine that does not answer by then hangs. */
const ENGINE_TIMEOUT_MS = 3_000

export const wayDocker: Way = {
  source: 'docker',
  description: () => 'a running Docker engine with the compose plugin',
  async find(flavour, { env, version }) {
    const answers = async (...args: string[]) => {
      try {
        await run('docker', args, { env, timeoutMs: ENGINE_TIMEOUT_MS })
        return true
      } catch {
        return false
      }
    }
    if (!(await answers('info'))) return { reason: '`docker info` fails' }
    if (!(await answers('compose', 'version'))) return { reason: '`docker compose version` fails' }
    return { source: 'docker', service: serviceOf(flavour, version ?? env[versionVariable(flavour)]) }
  },
}
