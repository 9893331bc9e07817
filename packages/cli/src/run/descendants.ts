import { readdirSync, readFileSync } from 'node:fs'

/** The processes below one, as far as the system tells: only Linux does so without a further program. */
export function descendantsOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>()
  for (const { id, parent } of processes()) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), id])
  const below = (id: number): number[] => (childrenOf.get(id) ?? []).flatMap((child) => [child, ...below(child)])
  return below(pid)
}

function processes(): { readonly id: number; readonly parent: number }[] {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  return names.flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      // proc(5): pid (comm) state ppid; comm may hold anything.
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return [{ id: Number(name), parent: Number(parent) }]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}
