export const FLAVOURS = ['mysql', 'mariadb'] as const

export type Flavour = (typeof FLAVOURS)[number]

/** For command lines and environments: anything but a flavour's exact name is an error that lists the names. */
export function parseFlavour(text: string): Flavour {
  const flavour = FLAVOURS.find((known) => known === text)
  if (flavour === undefined) throw new Error(`expected one of ${FLAVOURS.join(', ')}, got ${JSON.stringify(text)}`)
  return flavour
}

/** Takes what `SELECT VERSION()` or `mysqld --version` says: MariaDB names itself there, MySQL does not always. */
export function flavourOfVersion(version: string): Flavour {
  return /mariadb/i.test(version) ? 'mariadb' : 'mysql'
}
