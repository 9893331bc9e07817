import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { serverEnvironment, userArguments, type Installation } from './installation.js'
import type { Log } from './log.js'
import { ownedName, sweepOwned } from './owned-directory.js'
import { run } from './run.js'
import { settingArguments, storageSettings } from './server-settings.js'
import { withSharedLock } from './shared-lock.js'
import { serversCache } from './workspace.js'

/** MariaDB's own order for a new data directory; the names' prefix differs by release. */
const MARIADB_SCRIPTS = [
  /^(mysql|mariadb)_system_tables\.sql$/,
  /^(mysql|mariadb)_performance_tables\.sql$/,
  /^(mysql|mariadb)_system_tables_data\.sql$/,
  /^maria_add_gis_sp_bootstrap\.sql$/,
  /^(mysql|mariadb)_sys_schema\.sql$/,
]

/** A data directory as a new server has it, laid out once for each program and copied for each start. */
export async function ensureTemplate(installation: Installation, log: Log): Promise<string> {
  const templates = join(serversCache(), 'templates')
  const recipe = { ...installation, layout: layoutArguments(installation), uid: process.getuid?.() }
  const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12)
  const template = join(templates, `${installation.flavour}-${key}`)
  if (existsSync(template)) return template
  await withSharedLock(`${template}.lock`, log, async () => {
    if (existsSync(template)) return
    await sweepOwned(templates)
    log(`laying out a data directory for ${installation.version}`)
    const folder = join(templates, ownedName('template', process.pid))
    const data = join(folder, 'data')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    try {
      await (installation.flavour === 'mysql' ? layOutMysql : layOutMariadb)(installation, data, log)
      await rename(data, template)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
  return template
}

function layoutArguments(installation: Installation): string[] {
  const { commandArguments, placeArguments, flavour } = installation
  const storage = settingArguments(storageSettings(flavour))
  return [...commandArguments, '--no-defaults', ...userArguments(), ...placeArguments, ...storage]
}

async function layOutMysql(installation: Installation, data: string, log: Log): Promise<void> {
  const args = [...layoutArguments(installation), '--initialize-insecure', '--secure-file-priv=', `--datadir=${data}`]
  await run(installation.command, args, { env: serverEnvironment(), log, title: 'mysqld --initialize' })
  // Holds the server's UUID, which every copy has to make for itself.
  await rm(join(data, 'auto.cnf'), { force: true })
}

async function layOutMariadb(installation: Installation, data: string, log: Log): Promise<void> {
  const sql = await mariadbScripts(installation.shareFolders)
  await mkdir(data)
  // In a folder that is shared, another server that starts meanwhile would take its temporary tables away.
  const args = [...layoutArguments(installation), '--bootstrap', `--datadir=${data}`, `--tmpdir=${data}`]
  const input = `CREATE DATABASE mysql;\nUSE mysql;\n${sql}`
  await run(installation.command, args, {
    env: serverEnvironment(),
    input,
    log,
    title: 'mariadbd --bootstrap',
  })
}

async function mariadbScripts(folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const names = await readdir(folder)
    const scripts = MARIADB_SCRIPTS.map((pattern) => names.find((name) => pattern.test(name)))
    const required = scripts.slice(0, 3)
    if (required.includes(undefined)) continue
    const texts = scripts.filter((name) => name !== undefined).map((name) => readFile(join(folder, name), 'utf8'))
    return (await Promise.all(texts)).join('\n')
  }
  throw new Error(`none of ${folders.join(', ')} holds MariaDB's SQL files for a new data directory`)
}
