import { POOL_SIZE } from '../bench.js'
import { contender } from '../contenders/catalog.js'
import { PATIENCE_MS } from '../contenders/patient.js'
import type { BenchOptions } from '../options.js'
import type { Scenario } from '../scenario.js'
import { BLOCK } from '../scenarios/comparison.js'
import { threeDigits } from './figures.js'
import type { Table } from './section.js'

/** What a reader has to know to believe the figures. */
export interface Facts {
  /** Where the page is from. */
  notice: string
  method: readonly string[]
  contenders: Table
  where: Table
  reproduce: string
}

export interface Circumstances {
  options: Pick<BenchOptions, 'rounds' | 'seconds' | 'isQuick'>
  scenarios: readonly Scenario[]
  machine: Record<string, string>
  servers: Record<string, string>
  libraries: Record<string, string>
  storage: 'tmpfs' | 'disk' | undefined
  /** How long the whole run took. */
  minutes: number
}

const STORAGE = {
  tmpfs:
    'The data directories of all servers are on **tmpfs**, in memory: locks are measured, and not a disk. With a disk, a transaction costs what its COMMIT costs there, for everybody.',
  disk: 'The data directory of the database is **on a disk**, so every transaction was measured with what its COMMIT costs there.',
  unknown: 'The server is not one of this machine; what it stores its data on is not known.',
}

export function factsOf(run: Circumstances): Facts {
  const { rounds, seconds, isQuick } = run.options
  const ids = [...new Set(run.scenarios.flatMap((scenario) => scenario.contenders))]
  return {
    notice:
      `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, in ${run.minutes.toFixed(0)} minutes` +
      `${isQuick ? ', with `--quick`: a first impression, no more' : ''}.`,
    method: [
      `${rounds} ${rounds === 1 ? 'round' : 'rounds, in the slowest scenarios 2 or 3'}; in each, everybody runs once, ${threeDigits(seconds)} s long, and each ` +
        'round begins with another one. Each time the processes are new and warm up first. Where two are compared by a few per ' +
        `cent, they take turns of ${BLOCK} operations within one process. Client and servers share the machine and speak over ` +
        'loopback.',
      STORAGE[run.storage ?? 'unknown'],
      `Every pool may open ${POOL_SIZE} connections, one for each contender of the largest run and some to spare; one ioredis ` +
        `connection for each process. Whoever can be told how long to wait waits up to ${PATIENCE_MS / 1_000} s. Percentiles ` +
        'are from HDR histograms with three digits. Who still waits when the time is over is let in and counted, so nobody’s ' +
        'longest waits are missing; throughput counts only what was done in time.',
      'Packages that ask again and again are there twice: as their documentation has it, and “tuned”, with another delay ' +
        'between two attempts. Of 1, 2, 5, 10 and 20 ms that is the one with the best p99 for 2 × 8 contenders, as long as it ' +
        'costs no throughput there.',
      'In every contended run it is checked that no two were inside at once, by the clock that all processes of a machine ' +
        'share, and that every transaction was committed. If not, the run fails and writes nothing.',
      'Servers and libraries are at their defaults but for what the tables say; the database has the settings that all tests ' +
        'of this repository use (`test/servers/src/server-settings.ts`).',
    ],
    contenders: {
      caption: '',
      head: ['', 'what it does', 'where that is from'],
      rows: ids.map((id) => {
        const { name, how, from } = contender(id)
        return [name, how, from]
      }),
    },
    where: {
      caption: '',
      head: ['', ''],
      rows: Object.entries({ ...run.machine, ...run.servers, ...run.libraries }),
    },
    reproduce: 'Again, on your machine: `npm run bench`, or `npm run bench -- --help`.',
  }
}
