import { FAILED } from '../failures.js'
import { contender } from '../contenders/catalog.js'
import { duration, percent, spreadText, wholeNumber } from '../report/figures.js'
import type { LineChart, Table } from '../report/section.js'
import type { Samples } from '../samples.js'

/** Everyone who contended, the fastest first. */
export function contentionTable(caption: string, ids: readonly string[], samples: Samples, variant: string): Table {
  const of = (id: string, value: string) => samples.spread({ contender: id, variant, value })
  const throughput = (id: string): number => of(id, 'perSecond')?.median ?? 0
  return {
    caption,
    head: ['', 'operations/s', 'p50', 'p99', 'longest', 'share of the process with less', 'failed'],
    rows: ids
      .toSorted((a, b) => throughput(b) - throughput(a))
      .map((id) => [
        contender(id).name,
        spreadText(of(id, 'perSecond'), wholeNumber),
        spreadText(of(id, 'p50'), duration),
        spreadText(of(id, 'p99'), duration),
        spreadText(of(id, 'max'), duration),
        spreadText(of(id, 'leastShare'), percent),
        failuresOf(id, variant, samples),
      ]),
  }
}

/** In all rounds together, with what their errors say. */
function failuresOf(id: string, variant: string, samples: Samples): string {
  const which = { contender: id, variant }
  const reasons = samples.valueNames(which).filter((name) => name.startsWith(FAILED))
  const counts = reasons.map((value) => `${samples.sum({ ...which, value })} ${value.slice(FAILED.length)}`)
  return counts.length === 0 ? '0' : counts.join(', ')
}

/** Throughput and p99 over how many contend. */
export function linesOverContenders(ids: readonly string[], all: readonly number[], samples: Samples): LineChart[] {
  // A quick run leaves some out.
  const sizes = all.filter((size) => samples.variants.has(String(size)))
  const lines = (value: string) =>
    ids.map((id) => {
      const { name } = contender(id)
      const family = id.replace(/-tuned$/, '')
      const hasTuned = ids.includes(`${family}-tuned`)
      return {
        name,
        family,
        isDashed: hasTuned && id === family,
        values: sizes.map((size) => samples.spread({ contender: id, variant: String(size), value })?.median),
      }
    })
  const x = { name: 'contenders in each of 2 processes', values: sizes }
  return [
    {
      file: 'throughput',
      title: 'Operations per second',
      x,
      y: { name: 'more is better', unit: 'per second' },
      lines: lines('perSecond'),
    },
    {
      file: 'p99',
      title: 'p99 of an operation',
      x,
      y: { name: 'less is better', unit: 'ms' },
      lines: lines('p99'),
    },
    {
      file: 'longest',
      title: 'The longest operation',
      x,
      y: { name: 'less is better', unit: 'ms' },
      lines: lines('max'),
    },
  ]
}
