import { setTimeout as sleep } from 'node:timers/promises'
import { JobEnded, type GuardedJob } from './guarded-job.js'

const POLL_MS = 50
const START_TIMEOUT_MS = 60_000

/** Waits until a fresh server answers what it is asked, which is to be something that no other server would. */
export async function answering(job: GuardedJob, kind: string, ask: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  let ended: JobEnded | undefined
  void job.exited.then((exit) => {
    ended = new JobEnded(
      `the ${kind} server ended before it answered (${exit.signal ?? `exit code ${exit.code}`})`,
      exit,
    )
  })
  for (;;) {
    try {
      await ask()
      return
    } catch (error) {
      if (ended !== undefined) throw ended
      if (performance.now() > deadline) {
        throw new Error(`the ${kind} server did not answer within ${START_TIMEOUT_MS / 1_000} s`, {
          cause: error,
        })
      }
    }
    await sleep(POLL_MS)
  }
}
