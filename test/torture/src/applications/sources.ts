import type { Application, OpenOptions } from './application.js'
import { open as openKnex } from './knex.js'
import { open as openMysql2 } from './mysql2.js'
import { open as openPrisma } from './prisma.js'
import { open as openSequelize } from './sequelize.js'

export const ADAPTERS = ['knex', 'sequelize', 'prisma', 'mysql2'] as const

export type Adapter = (typeof ADAPTERS)[number]

/** The kinds of source that an adapter has. */
const SOURCES = {
  knex: ['knex'],
  sequelize: ['sequelize', 'sequelize-mariadb'],
  prisma: ['prisma', 'prisma-lockable'],
  mysql2: ['mysql2'],
} as const satisfies Record<Adapter, readonly string[]>

export type SourceKind = (typeof SOURCES)[Adapter][number]

export function sourcesOf(adapters: readonly Adapter[]): SourceKind[] {
  return adapters.flatMap((adapter): readonly SourceKind[] => SOURCES[adapter])
}

export function openSource(kind: SourceKind, options: OpenOptions): Application {
  switch (kind) {
    case 'knex':
      return openKnex(options)
    case 'mysql2':
      return openMysql2(options)
    case 'sequelize':
      return openSequelize('mysql', options)
    case 'sequelize-mariadb':
      return openSequelize('mariadb', options)
    case 'prisma':
      return openPrisma('plain', options)
    case 'prisma-lockable':
      return openPrisma('lockable', options)
  }
}
