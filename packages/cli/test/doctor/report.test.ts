import assert from 'node:assert/strict'
import pc from 'picocolors'
import type { Finding } from '../../dist/doctor/check.js'
import { reportJson } from '../../dist/doctor/report-json.js'
import { findingText, summaryText } from '../../dist/doctor/report-text.js'
import { factsOf } from './facts.js'

const plain = { colours: pc.createColors(false), columns: 80 }
const coloured = { colours: pc.createColors(true), columns: 80 }

const green: Finding = {
  id: 'waiting',
  title: 'Waiting',
  level: 'ok',
  detail: 'It waits.',
  figures: { waitedMs: 301.23456 },
}
const yellow: Finding = {
  id: 'kill',
  title: 'Kill',
  level: 'warn',
  detail: 'word '.repeat(40).trim(),
  advice: 'Do it. '.repeat(12).trim(),
}
const red: Finding = {
  id: 'role',
  title: 'Role',
  level: 'fail',
  detail: 'It is a replica.',
  advice: 'Connect elsewhere.',
}

const diagnosis = (findings: Finding[], isComplete = true) => ({ facts: factsOf(), findings, isComplete })

describe('doctor: the report', () => {
  it('has a line for each finding, wrapped below itself on 80 columns', () => {
    assert.equal(findingText(green, plain), '✓ ok    Waiting            It waits.')
    const lines = findingText(yellow, plain).split('\n')
    assert.match(lines[0]!, /^! warn {2}Kill {15}word word/)
    for (const line of lines) assert.ok(line.length <= 80, line)
    for (const line of lines.slice(1)) assert.match(line, /^ {27}\S|^ {29}\S/)
    assert.match(
      lines.find((line) => line.includes('→'))!,
      /^ {27}→ Do it\./,
    )
    assert.match(findingText(red, plain), /^✗ FAIL {2}Role/)
  })

  it('is in green, yellow and red only where colours are', () => {
    const escape = '\u001b['
    for (const finding of [green, yellow, red]) {
      assert.ok(!findingText(finding, plain).includes(escape))
      assert.ok(findingText(finding, coloured).includes(escape))
    }
    assert.ok(findingText(green, coloured).startsWith(`${escape}32m✓ ok`))
    assert.ok(findingText(yellow, coloured).startsWith(`${escape}33m! warn`))
    assert.ok(findingText(red, coloured).startsWith(`${escape}31m✗ FAIL`))
  })

  it('spells out what a server would do to the terminal', () => {
    assert.match(findingText({ ...green, detail: 'It is \u001b[2J9.7.' }, plain), /It is \\u\{1b\}\[2J9\.7\./)
  })

  it('closes with green or red', () => {
    assert.equal(summaryText(diagnosis([green]), plain), 'GREEN: a lock taken here is a lock.')
    assert.equal(
      summaryText(diagnosis([green, yellow]), plain),
      'GREEN: a lock taken here is a lock. Mind the warning.',
    )
    assert.equal(summaryText(diagnosis([yellow, red]), plain), 'RED: do not rely on locks taken here. Failed: Role.')
    assert.match(summaryText(diagnosis([red], false), plain), /The rest was not looked at\.$/)
  })

  it('is the same for programs', () => {
    assert.deepEqual(reportJson('app@db:3306', diagnosis([green, red])), {
      version: 1,
      green: false,
      complete: true,
      target: 'app@db:3306',
      server: { product: 'MySQL', version: '9.7.4' },
      findings: [{ ...green, figures: { waitedMs: 301.235 } }, red],
    })
    const nobody = { ...diagnosis([red], false), facts: undefined }
    assert.deepEqual(reportJson('app@db:3306', nobody), {
      version: 1,
      green: false,
      complete: false,
      target: 'app@db:3306',
      server: null,
      findings: [red],
    })
  })
})
