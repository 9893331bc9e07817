import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './workspace.mjs'

/** Not pnpm's script for it, which has Node look for whatever any package of the workspace depends on: what is not declared is not found. */
const MOCHA = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js')

/**
 * Runs mocha in a process of its own, whose end ends every server it started.
 *
 * @param args what mocha gets
 * @param onOutput gets what it prints; without it that goes to the screen as it comes
 * @returns how many tests passed, and which failed and why; a run that dies or hangs counts as one more that failed
 */
export async function runMocha(args, onOutput) {
  const folder = mkdtempSync(join(tmpdir(), 'ormutex-test-'))
  const report = join(folder, 'counts.json')
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [MOCHA, ...args], {
        cwd: root,
        stdio: ['ignore', onOutput ? 'pipe' : 'inherit', onOutput ? 'pipe' : 'inherit'],
        env: { ...process.env, ORMUTEX_TEST_REPORT: report },
      })
      for (const stream of onOutput ? [child.stdout, child.stderr] : []) stream.setEncoding('utf8').on('data', onOutput)
      child.on('error', reject)
      child.on('close', (exitCode, signal) => resolve(signal ?? exitCode))
    })
    const { passed, failures } = existsSync(report)
      ? JSON.parse(readFileSync(report, 'utf8'))
      : { passed: 0, failures: [] }
    if (code === 0 || failures.length > 0) return { passed, failures }
    return { passed, failures: [`The test runner ended with ${code} although no test failed`] }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
