/** The servers that everything is tried on. */
export const FLAVOURS = ['mysql', 'mariadb'] as const

export type Flavour = (typeof FLAVOURS)[number]
