import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript-5.9'
import { CASES, entries } from './workspace.js'

/** TypeScript as an editor runs it, with the cases and every entry of every package open. */
export const editor = ts.createLanguageService(host())

/** The program behind it. */
export function program(): ts.Program {
  return editor.getProgram()!
}

function host(): ts.LanguageServiceHost {
  const config = join(CASES, 'tsconfig.json')
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    CASES,
  )
  return {
    fileExists: (path) => ts.sys.fileExists(path),
    readFile: (path, encoding) => ts.sys.readFile(path, encoding),
    readDirectory: (...call) => ts.sys.readDirectory(...call),
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
    realpath: (path) => ts.sys.realpath!(path),
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...fileNames, ...entries().values()],
    getScriptVersion: () => '0',
    getScriptSnapshot: (file) => ts.ScriptSnapshot.fromString(readFileSync(file, 'utf8')),
    getCurrentDirectory: () => CASES,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
  }
}
