import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript-5.9'
import { editor } from './editor.js'
import { marksIn } from './marks.js'
import { CASES } from './workspace.js'

/** What a compiler complains of. */
interface Complaint {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Most lines that a message may have: what is to be read is in the first, or in the last. */
const MOST_LINES = 5

/** What the command line of a version of TypeScript says of the cases. */
async function complaintsOf(version: string): Promise<Complaint[]> {
  const tsc = join(dirname(createRequire(import.meta.url).resolve(`${version}/package.json`)), 'bin/tsc')
  const told: { readonly stdout: string } = await promisify(execFile)(
    process.execPath,
    [tsc, '--pretty', 'false', '-p', '.'],
    {
      cwd: CASES,
    },
  ).catch((error: unknown) => error as { readonly stdout: string })
  return told.stdout.split(/\n(?=\S)/).map((text) => {
    const [, file, line, column, message] = /^([^(]+)\((\d+),(\d+)\): error TS\d+: ([^]*)$/.exec(text) ?? []
    assert.ok(message !== undefined, text)
    return { file: join(CASES, file!), line: Number(line), column: Number(column), message }
  })
}

/** What an editor underlines in the cases. */
function underlined(): Complaint[] {
  const files = new Set(marksIn('wrong').map(({ file }) => file))
  return [...files].flatMap((fileName) =>
    editor.getSemanticDiagnostics(fileName).map(({ file, start, messageText }) => {
      const { line, character } = file!.getLineAndCharacterOfPosition(start!)
      const message = ts.flattenDiagnosticMessageText(messageText, '\n')
      return { file: fileName, line: line + 1, column: character + 1, message }
    }),
  )
}

const COMPILERS: Readonly<Record<string, () => Complaint[] | Promise<Complaint[]>>> = {
  'TypeScript 7': () => complaintsOf('typescript'),
  'TypeScript 5.9 in an editor': underlined,
  'TypeScript 5.4': () => complaintsOf('typescript-5.4'),
}

for (const [compiler, complain] of Object.entries(COMPILERS)) {
  describe(`what is wrong, to ${compiler}`, () => {
    let complaints: Complaint[] = []
    const marks = marksIn('wrong')
    const isAt = (complaint: Complaint, mark: (typeof marks)[number]): boolean =>
      complaint.file === mark.file && complaint.line === mark.line && complaint.column === mark.column

    before(async function () {
      this.timeout(120_000)
      complaints = await complain()
    })

    for (const mark of marks) {
      it(`${mark.title} is underlined: ${mark.texts.join(' … ')}`, () => {
        const messages = complaints.filter((complaint) => isAt(complaint, mark)).map(({ message }) => message)
        assert.equal(
          messages.length,
          1,
          complaints.map((each) => `${relative(CASES, each.file)}:${each.line}:${each.column}`).join(' '),
        )
        for (const text of mark.texts) assert.ok(messages[0]!.includes(text), messages[0])
        assert.doesNotMatch(messages[0]!, /^No overload/)
        assert.ok(messages[0]!.split('\n').length <= MOST_LINES, messages[0])
      })
    }

    it('is nothing else', () => {
      assert.deepEqual(
        complaints.filter((complaint) => !marks.some((mark) => isAt(complaint, mark))),
        [],
      )
    })
  })
}
