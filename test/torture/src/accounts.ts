/** What is special about some connections. Each has an account of its own, so that the server tells whose they are. */
export const ROLES = ['plain', 'limit', 'timeout'] as const

export type Role = (typeof ROLES)[number]

export const WORKERS = ['w1', 'w2', 'w3', 'w4'] as const

/** How soon the server ends sessions that are idle: after `WAIT_TIMEOUT_MS`, or so late that it makes no difference. */
export const PATIENCES = ['brief', 'long'] as const

export type ServerPatience = (typeof PATIENCES)[number]

export function accountOf(worker: string, role: Role, patience: ServerPatience): string {
  return `${worker}.${role}.${patience}`
}

/** Undefined for an account that is no worker's, and where there is none. */
export function ownerOf(account: string): Owner | undefined {
  const [worker, role, patience] = account.split('.')
  if (worker === undefined || !ROLES.includes(role as Role)) return undefined
  return { worker, role: role as Role, patience: patience as ServerPatience }
}

export interface Owner {
  readonly worker: string
  readonly role: Role
  readonly patience: ServerPatience
}
