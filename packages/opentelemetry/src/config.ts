import { describeValue } from '@ormutex/core'

/** Options of `OrmutexInstrumentation`. */
export interface OrmutexInstrumentationConfig {
  /**
   * Whether to listen from the constructor on, without `enable()`.
   * @default true
   */
  readonly enabled?: boolean | undefined
  /**
   * Whether spans tell the names of locks, and errors' messages, which quote them. Names may tell about people (`user:42`) and are as
   * many as there are things to lock. Without it spans tell a hash of each key. Metrics never tell either.
   * @default false
   */
  readonly recordNames?: boolean | undefined
  /**
   * Whether there are spans only inside others.
   * @default false
   */
  readonly requireParentSpan?: boolean | undefined
}

/** The options, checked, with every default filled in. */
export interface CheckedConfig {
  readonly enabled: boolean
  readonly recordNames: boolean
  readonly requireParentSpan: boolean
}

const DEFAULTS: CheckedConfig = { enabled: true, recordNames: false, requireParentSpan: false }

/** @throws {TypeError} for options that are none */
export function checkConfig(config: OrmutexInstrumentationConfig): CheckedConfig {
  const checked = { ...DEFAULTS }
  for (const [name, value] of Object.entries(config)) {
    if (!isOption(name)) {
      throw new TypeError(`Unknown option ${JSON.stringify(name)}; expected one of ${Object.keys(DEFAULTS).join(', ')}`)
    }
    if (value === undefined) continue
    if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, got ${describeValue(value)}`)
    checked[name] = value
  }
  return checked
}

function isOption(name: string): name is keyof CheckedConfig {
  return Object.hasOwn(DEFAULTS, name)
}
