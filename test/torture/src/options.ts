import type { Adapter } from './applications/sources.js'

export type ServerName = 'mysql' | 'mariadb'

export const SERVER_NAMES: Readonly<Record<ServerName, string>> = { mysql: 'MySQL', mariadb: 'MariaDB' }

/** What the command was asked for. */
export interface TortureOptions {
  readonly seconds: number
  readonly seed: number
  /** How many runs on each server, with one seed after the other. */
  readonly seeds: number
  readonly adapters: readonly Adapter[]
  readonly servers: readonly ServerName[]
  /** A schedule to run again, instead of what the options above say. */
  readonly schedule: string | null
  /** A folder of an earlier `out`, whose histories are judged again instead of running anything. */
  readonly judge: string | null
  /** A folder for schedules, histories and figures; without it they are kept only of runs that fail. */
  readonly out: string | null
  /** A page whose figures are to be replaced. */
  readonly page: string | null
  readonly signal: AbortSignal
}

/** What `util.styleText` understands, as far as it is used here. */
export type Paint = (style: string, text: string) => string

/** Where the command shows what it does. */
export interface Screen {
  readonly say: (text: string) => void
  readonly paint: Paint
  /** Shows how something goes, in place of what was shown before where that can be done. */
  readonly progress: (text: string) => void
}
