import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { messageOf } from './log.js'
import type { NotHere, Way } from './way.js'

interface ProgramWay<Kind extends string, Installation> {
  /** What the program may be called, the likeliest name first. */
  names: Record<Kind, readonly string[]>
  /** Where it may be when it is not on PATH. */
  folders: (kind: Kind) => readonly string[]
  /** Looks at a program with one of the names. It throws when the program does not run. */
  installed: (kind: Kind, program: string) => Promise<Installation | NotHere>
}

/** A program that is installed on this machine. */
export function programWay<Kind extends string, Installation extends object>(
  parts: ProgramWay<Kind, Installation>,
): Way<Kind, { source: 'path'; installation: Installation }> {
  return {
    source: 'path',
    description(kind) {
      const folders = parts.folders(kind)
      return `${parts.names[kind][0]} on PATH${folders.length > 0 ? ` or in ${folders.join(', ')}` : ' only'}`
    },
    async find(kind, { env }) {
      const folders = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), ...parts.folders(kind)]
      const programs = new Set(
        parts.names[kind].flatMap((name) => folders.map((folder) => join(folder, name))).filter(isProgram),
      )
      const reasons: string[] = []
      for (const program of programs) {
        try {
          const answer = await parts.installed(kind, program)
          if (!('reason' in answer)) return { source: 'path', installation: answer }
          reasons.push(`${program} ${answer.reason}`)
        } catch (error) {
          reasons.push(`${program} does not run: ${messageOf(error)}`)
        }
      }
      return { reason: reasons.length > 0 ? reasons.join('; ') : 'not found' }
    },
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
