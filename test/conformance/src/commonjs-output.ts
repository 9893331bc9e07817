import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bareEnvironment } from '@ormutex-test/servers'

/**
 * Runs a program of CommonJS in a process of its own, from a package's folder, and answers what it printed as JSON.
 *
 * @param database what the program finds in its environment as `DATABASE`
 */
export async function commonJsOutput(folder: URL, program: string, database: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', program], {
    cwd: fileURLToPath(folder),
    env: { ...bareEnvironment(), DATABASE: database },
  })
  return JSON.parse(stdout)
}
