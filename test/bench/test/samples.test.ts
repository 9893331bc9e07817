import assert from 'node:assert/strict'
import { Samples } from '@ormutex-test/bench/samples'

describe("the benchmark's samples", () => {
  it('come to a median with its rounds around it', () => {
    assert.ok(Samples)
  })
})
