import type { Field } from '../field.js'
import { ALL_PHASES, type Fault } from './fault.js'

/** How far the clock jumps, in milliseconds. */
const JUMP_MS = 60_000

const everybody = { lane: 'server', phases: ALL_PHASES, scope: 'everybody' } as const

/** The server is killed, and comes again with its data. */
export const serverKill: Fault = {
  ...everybody,
  lastsMs: 50,
  strike: (field) => halt(field, false),
}

/** The server is shut down as an operator does it, and comes again. */
export const serverShutdown: Fault = {
  ...everybody,
  lastsMs: 50,
  strike: (field) => halt(field, true),
}

async function halt({ server, recorder }: Field, graceful: boolean): Promise<() => Promise<void>> {
  await server.halt({ graceful })
  return async () => {
    recorder.record({ type: 'server-starting' })
    await server.resume()
  }
}

export const clockForward: Fault = {
  ...everybody,
  needsClock: true,
  lastsMs: 900,
  strike: (field) => jump(field, JUMP_MS),
}

export const clockBack: Fault = {
  ...everybody,
  needsClock: true,
  lastsMs: 2_200,
  strike: (field) => jump(field, -JUMP_MS),
}

async function jump({ server }: Field, offsetMs: number): Promise<() => Promise<void>> {
  await server.setClock!(offsetMs)
  return () => server.setClock!(0)
}

/** Nobody can connect, and the victim has to. */
export const refuse: Fault = {
  ...everybody,
  scope: 'session',
  lastsMs: 400,
  strike({ proxy }, { session }) {
    proxy.refuse(true)
    proxy.session(session)?.cut()
    return () => proxy.refuse(false)
  },
}
