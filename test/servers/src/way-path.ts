import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { flavourOfVersion, type Flavour } from './flavour.js'
import { serverEnvironment, type Installation } from './installation.js'
import { programWay } from './program-way.js'
import { run } from './run.js'
import type { InstalledOrigin, Way } from './way.js'

/** Servers are often installed where only root's PATH leads. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin', '/usr/local/mysql/bin']

// Some distributions link one flavour's name to the other, so the name is only where to look.
const PROGRAMS: Record<Flavour, readonly string[]> = { mysql: ['mysqld'], mariadb: ['mariadbd', 'mysqld'] }

export function wayPath(serverFolders: readonly string[] = SERVER_FOLDERS): Way<Flavour, InstalledOrigin> {
  return programWay({
    names: PROGRAMS,
    folders: () => serverFolders,
    async installed(flavour, program) {
      const installation = await installedServer(program)
      return installation.flavour === flavour ? installation : { reason: `is ${installation.flavour}` }
    },
  })
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
