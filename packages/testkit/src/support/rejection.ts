import assert from 'node:assert/strict'

/** What a promise rejects with. Fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  assert.fail(`Expected a rejection, got ${String(value)}`)
}

/** The error that a promise rejects with, which must have this code. */
export async function rejectionWith<E extends Error = Error>(code: string, promise: Promise<unknown>): Promise<E> {
  const error = await rejection(promise)
  assert.equal((error as { code?: unknown } | undefined)?.code, code, `Expected ${code}, got ${String(error)}`)
  return error as E
}
