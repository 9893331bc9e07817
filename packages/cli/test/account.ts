import type { Flavour } from '@ormutex-test/servers'
import { type Database, openDatabase } from './database.js'

/** Everything that is special in a shell, a URL, or an option file. */
export const PASSWORD = `p@ss:w/o?r#d %'";\\ s3cr3t`
export const USER = 'ormutex_cli'

/** An account with a database of its own, and a password that is hard to write down. */
export interface Account {
  readonly database: Database
  readonly url: URL
  remove(): Promise<void>
}

export async function openAccount(flavour: Flavour): Promise<Account> {
  const database = await openDatabase(flavour)
  await database.query(`CREATE USER ?@'%' IDENTIFIED BY ?`, [USER, PASSWORD])
  await database.query(`GRANT ALL ON ${database.name}.* TO ?@'%'`, [USER])
  const url = new URL(database.url)
  url.username = USER
  url.password = encodeURIComponent(PASSWORD)
  return {
    database,
    url,
    remove: async () => {
      await database.query(`DROP USER ?@'%'`, [USER])
      await database.close()
    },
  }
}
