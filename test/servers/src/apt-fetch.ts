import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newestPackage } from './apt-release.js'
import { formatDeb822Sources, type AptSource } from './apt-sources.js'
import type { Log } from './log.js'
import { run } from './run.js'

/**
 * Downloads a package with everything it depends on, libc included, and unpacks it all into `root`. The state of apt is
 * private to `folder`: the machine's is neither read, but for its settings on how to reach the archive, nor written.
 * @returns the name of the package that was fetched
 */
export async function fetchPackages(
  wanted: string,
  sources: readonly AptSource[],
  { folder, root, log }: { folder: string; root: string; log: Log },
): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', APT_CONFIG: await writeState(folder, sources) }
  log(`reading the package lists for ${wanted}`)
  await run('apt-get', ['update'], { env, log, title: 'apt-get update' })

  const names = await run('apt-cache', ['pkgnames', wanted], { env })
  const name = newestPackage(names.split('\n'), wanted)
  if (name === undefined) throw new Error(`no package ${wanted} in the package lists`)
  const plan = await run('apt-get', ['install', '--simulate', '--yes', name], { env })
  const packages = [...plan.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, pkg, version]) => `${pkg}=${version}`)
  if (packages.length === 0) throw new Error(`apt-get has no plan to install ${name}`)

  log(`downloading ${name} with the ${packages.length - 1} packages that it needs`)
  const debs = join(folder, 'debs')
  await mkdir(debs)
  await run('apt-get', ['download', ...packages], { env, log, cwd: debs, title: 'apt-get download' })
  await unpack(debs, root, log)
  return name
}

async function unpack(debs: string, root: string, log: Log): Promise<void> {
  await mkdir(root, { recursive: true })
  const files = (await readdir(debs)).filter((file) => file.endsWith('.deb')).toSorted()
  let toldAt = -Infinity
  for (const [index, file] of files.entries()) {
    if (performance.now() - toldAt > 1_000) {
      toldAt = performance.now()
      log(`unpacking ${index + 1} of ${files.length}: ${file}`)
    }
    await run('dpkg', ['-x', join(debs, file), root], { log, title: `unpacking ${file}` })
    await rm(join(debs, file))
  }
}

/** @returns the file for APT_CONFIG, which apt reads before anything else */
async function writeState(folder: string, sources: readonly AptSource[]): Promise<string> {
  const place = (name: string) => join(folder, name)
  for (const directory of ['state/lists/partial', 'cache/archives/partial', 'sources', 'log']) {
    await mkdir(place(directory), { recursive: true })
  }
  await writeFile(place('status'), '')
  await writeFile(place('sources/private.sources'), formatDeb822Sources(sources))
  const settings: Record<string, string> = {
    // Not the machine's configuration: its hooks clean and notify outside of this folder.
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': place('sources'),
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': place('state'),
    // With nothing installed, a simulated installation is the whole closure of what a package needs.
    'Dir::State::status': place('status'),
    'Dir::Cache': place('cache'),
    'Dir::Log': place('log'),
    'APT::Install-Recommends': 'false',
    // The unprivileged account that apt downloads with could not write here.
    'APT::Sandbox::User': 'root',
    'APT::Architectures': (await run('dpkg', ['--print-architecture'])).trim(),
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Debug::NoLocking': 'true',
    'Dpkg::Use-Pty': 'false',
    quiet: '1',
  }
  const own = Object.entries(settings).map(([key, value]) => `${key} "${value}";`)
  const file = place('apt.conf')
  await writeFile(file, '')
  // The settings may hold a proxy's password.
  await chmod(file, 0o600)
  await writeFile(file, [...(await acquireSettings()), ...own, ''].join('\n'))
  return file
}

/** Proxies, timeouts and checks of validity: how this machine has to speak to its archives. */
async function acquireSettings(): Promise<string[]> {
  const dump = await run('apt-config', ['dump'])
  return dump.split('\n').filter((line) => /^Acquire::\S+ ".+";$/.test(line) && !line.startsWith('Acquire::Languages'))
}
