import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mergeEvents, parseEvents, readHistory } from '@ormutex-test/torture/history/read'
import { Story } from './fixtures/story.js'

describe('reading a history', () => {
  const events = new Story().call('x').call('é', { by: 'w2' }).finished()
  const linesOf = (list: readonly object[]) => list.map((event) => `${JSON.stringify(event)}\n`).join('')

  it('gives what was written', () => {
    assert.deepEqual(parseEvents(linesOf(events), 'w1'), events)
    assert.deepEqual(parseEvents('', 'w1'), [])
  })

  it('leaves out a last line that was cut off, wherever it was', () => {
    const [first, second] = events
    const last = Buffer.from(JSON.stringify({ ...second, detail: 'é' }))
    for (let length = 0; length < last.length; length += 1)
      assert.deepEqual(parseEvents(linesOf([first!]) + last.subarray(0, length).toString(), 'w1'), [first])
    assert.equal(parseEvents(linesOf([first!]) + last.toString(), 'w1').length, 2)
  })

  it('refuses anything else that is no event, and says where', () => {
    const line = linesOf([events[0]!])
    for (const broken of ['{"type":"ru\n', '\n', 'null\n', '{}\n', '{"type":"ok","at":null,"pid":1}\n', '7\n', '7'])
      assert.throws(() => parseEvents(line + broken, 'w1.jsonl'), /^Error: w1\.jsonl:2: expected an event/)
    assert.throws(() => parseEvents(`${line}{"ty\n${line}`, 'w1.jsonl'), /w1\.jsonl:2: .*got \{"ty$/)
  })

  it('merges what processes have written by time, and keeps the order of what was at once', async () => {
    const at = (moment: number, by: string) => ({ ...events[0]!, at: moment, by })
    const [one, two] = [
      [at(1, 'w1'), at(2, 'w1'), at(2, 'w1 again')],
      [at(0, 'w2'), at(2, 'w2'), at(3, 'w2')],
    ]
    const merged = [at(0, 'w2'), at(1, 'w1'), at(2, 'w1'), at(2, 'w1 again'), at(2, 'w2'), at(3, 'w2')]
    assert.deepEqual(mergeEvents([one, two]), merged)

    const folder = await mkdtemp(join(tmpdir(), 'history-'))
    try {
      const paths = [join(folder, 'w1.jsonl'), join(folder, 'w2.jsonl')]
      await writeFile(paths[0]!, linesOf(one))
      await writeFile(paths[1]!, `${linesOf(two)}{"ty`)
      assert.deepEqual(await readHistory(paths), merged)
      await writeFile(paths[0]!, `{"ty\n${linesOf(one)}`)
      await assert.rejects(readHistory(paths), /w1\.jsonl:1: /)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
