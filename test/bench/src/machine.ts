import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** What the figures were measured on, for a person: a name and what it is. */
export function describeMachine(): Record<string, string> {
  const models = new Set(cpus().map(({ model }) => model.trim()))
  return {
    processor: [...models].join(', ') || process.arch,
    cores: String(availableParallelism()),
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    kernel: `${type()} ${release()}`,
  }
}
