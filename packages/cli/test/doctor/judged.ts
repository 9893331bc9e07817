import assert from 'node:assert/strict'
import type { Check, Level, Verdict } from '../../dist/doctor/check.js'

/** Judges an answer that a server may give. */
export function judged<Answer>(check: Check<Answer>, answer: Answer, level: Level, ...patterns: RegExp[]): Verdict {
  const verdict = check.judge(answer)
  assert.ok(verdict, 'nothing was said')
  const text = `${verdict.detail} ${verdict.advice ?? ''}`
  assert.equal(verdict.level, level, text)
  for (const pattern of patterns) assert.match(text, pattern)
  if (level === 'fail') assert.ok(verdict.advice, 'red without advice')
  return verdict
}
