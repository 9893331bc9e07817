import type { Flavour, TestServer } from '@ormutex-test/servers'

export const FLAVOUR_NAMES: Record<Flavour, string> = { mysql: 'MySQL', mariadb: 'MariaDB' }

/** Such as `MySQL 8.4.3`. */
export function serverName({ flavour, version }: Pick<TestServer, 'flavour' | 'version'>): string {
  return `${FLAVOUR_NAMES[flavour]} ${version.split('-')[0]}`
}
