import { readdirSync, readFileSync } from 'node:fs'

/** A process, as Linux shows it. */
export interface Process {
  readonly id: number
  /** `Z` is one that has ended, and whose parent has not asked for its exit code. */
  readonly state: string
  readonly parent: number
  readonly group: number
  /** The group to which its terminal's keyboard sends signals. */
  readonly foregroundGroup: number
  /** In ticks since the system started: tells it from a later one with the same id. */
  readonly startedAt: string
}

/** All of them; none where the system does not tell: only Linux does so without a further program. */
export function processes(): Process[] {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  return names.flatMap((name) => (/^\d+$/.test(name) ? (processOf(name) ?? []) : []))
}

/** One of them, while it is there. */
export function processOf(id: number | string): Process | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${id}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // proc(5): pid (comm) state ppid pgrp session tty_nr tpgid …, and starttime as the 22nd; comm may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, , , foregroundGroup] = fields
  return {
    id: Number.parseInt(stat, 10),
    state: state!,
    parent: Number(parent),
    group: Number(group),
    foregroundGroup: Number(foregroundGroup),
    startedAt: fields[19]!,
  }
}
