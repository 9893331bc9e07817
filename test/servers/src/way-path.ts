import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { flavourOfVersion, type Flavour } from './flavour.js'
import { serverEnvironment, type Installation } from './installation.js'
import { messageOf } from './log.js'
import { run } from './run.js'
import type { Way } from './way.js'

/** Servers are often installed where only root's PATH leads. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin', '/usr/local/mysql/bin']

// Some distributions link one flavour's name to the other, so the name is only where to look.
const PROGRAMS: Record<Flavour, readonly string[]> = { mysql: ['mysqld'], mariadb: ['mariadbd', 'mysqld'] }

export function wayPath(serverFolders: readonly string[] = SERVER_FOLDERS): Way {
  return {
    source: 'path',
    description: (flavour) => `${PROGRAMS[flavour][0]} on PATH or in ${serverFolders.join(', ')}`,
    async find(flavour, { env }) {
      const folders = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), ...serverFolders]
      const programs = new Set(
        PROGRAMS[flavour].flatMap((name) => folders.map((folder) => join(folder, name))).filter(isProgram),
      )
      const reasons: string[] = []
      for (const program of programs) {
        try {
          const installation = await installedServer(program)
          if (installation.flavour === flavour) return { source: 'path', installation }
          reasons.push(`${program} is ${installation.flavour}`)
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

async function installedServer(program: string): Promise<Installation> {
  const [command = program, ...commandArguments] = await commandFor(program)
  const env = serverEnvironment()
  const version = await run(command, [...commandArguments, '--no-defaults', '--version'], {
    env,
    timeoutMs: 10_000,
  })
  const prefix = dirname(dirname(realpathSync(program)))
  return {
    flavour: flavourOfVersion(version),
    version: version.trim(),
    command,
    commandArguments,
    placeArguments: [],
    shareFolders: [prefix, '/usr']
      .flatMap((base) => ['share/mysql', 'share/mariadb', 'share'].map((place) => join(base, place)))
      .filter((folder) => existsSync(folder)),
  }
}

/**
 * AppArmor's profile of a packaged server, which goes by the program's path, forbids it every data directory but the
 * system's. Run by its loader, as an argument, the server is not the program that the profile is for.
 */
async function commandFor(program: string): Promise<string[]> {
  const loader = isAppArmorOn() ? await loaderOf(program) : undefined
  return loader === undefined ? [program] : [loader, realpathSync(program)]
}

/** The loader's path is among the first bytes of an ELF program: `.interp` comes before the other sections. */
async function loaderOf(program: string): Promise<string | undefined> {
  const file = await open(program)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4_096), 0, 4_096, 0)
    return /\/[\w./-]*\/ld[\w.-]*\.so\.\d+/.exec(buffer.toString('latin1', 0, bytesRead))?.[0]
  } finally {
    await file.close()
  }
}

function isAppArmorOn(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y')
  } catch {
    return false
  }
}
