import { fileURLToPath } from 'node:url'
import { Application, Converter, Logger, LogLevel } from 'typedoc'
import { ENTRIES } from './entries.mjs'
import { ReferenceRouter, ReferenceTheme } from './theme.mjs'
import { tidy } from './tidy.mjs'

/** A priority below those of TypeDoc's own plugins. */
const AFTER_OTHERS = -10_000

const packages = fileURLToPath(new URL('../../../packages', import.meta.url))

/**
 * Writes the reference of every public entry into a folder, from the docstrings: a page each, and an index. The same sources give
 * the same bytes.
 *
 * @param folder is created; what is there is overwritten, and nothing is removed
 * @returns `problems`: a docstring's links that lead nowhere and tags that nobody knows; `undocumented`: what has no docstring
 */
export async function writeApiReference(folder) {
  const app = await Application.bootstrapWithPlugins({
    name: 'API reference',
    entryPoints: ENTRIES.map(({ source }) => `${packages}/${source}`),
    basePath: packages,
    tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    // The compiler has said what it has to say when the packages were built, and this is another one.
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeExternals: true,
    disableSources: true,
    disableGit: true,
    logLevel: 'Warn',
    readme: 'none',
    sort: ['source-order'],
    sortEntryPoints: false,
    categorizeByGroup: false,
    categoryOrder: ['For applications', 'For adapters and backends'],
    preservedTypeAnnotationTags: ['@throws'],
    packagesRequiringDocumentation: ENTRIES.map(({ name }) => name),
    validation: { notExported: true, invalidLink: true, notDocumented: true },
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: folder }],
    cleanOutputDir: false,
    entryFileName: 'index',
    pageTitleTemplates: { index: 'API reference', module: '{rawName}' },
    hidePageHeader: true,
    hideBreadcrumbs: true,
    hideGroupHeadings: true,
    useCodeBlocks: true,
    expandParameters: true,
    sanitizeComments: true,
    indexFormat: 'table',
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true },
  })
  const heard = new HeardLogger()
  app.logger = heard
  app.renderer.defineTheme('reference', ReferenceTheme)
  app.renderer.defineRouter('reference', ReferenceRouter)
  app.options.setValue('theme', 'reference')
  app.options.setValue('router', 'reference')
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => tidy(project), AFTER_OTHERS)
  const project = await app.convert()
  if (project === undefined) throw new Error(heard.messages.join('\n'))
  app.validate(project)
  await app.generateOutputs(project)
  const isUndocumented = (message) => message.endsWith('does not have any documentation')
  return {
    problems: heard.messages.filter((message) => !isUndocumented(message)),
    undocumented: heard.messages.filter(isUndocumented),
  }
}

class HeardLogger extends Logger {
  messages = []

  log(message, level) {
    if (level >= LogLevel.Warn) this.messages.push(message)
  }
}
