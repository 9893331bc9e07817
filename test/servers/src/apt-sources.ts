/** One enabled `deb` source: fields of apt's deb822 form with their canonical names, lists split at white space. */
export interface AptSource {
  uris: string[]
  suites: string[]
  components: string[]
  /** Everything else, such as `Signed-By` or `Architectures`, as it goes into a deb822 stanza. */
  options: Record<string, string>
}

const LIST_FIELDS = new Set(['types', 'uris', 'suites', 'components', 'enabled'])

const OPTION_NAMES: Record<string, string> = {
  arch: 'Architectures',
  lang: 'Languages',
  target: 'Targets',
}

const words = (text: string | undefined) => (text ?? '').split(/\s+/).filter(Boolean)

/** Reads a `.sources` file (sources.list(5), "DEB822-STYLE FORMAT"). */
export function parseDeb822Sources(text: string): AptSource[] {
  const withoutComments = text.replaceAll('\r', '').replaceAll(/^#.*\n?/gm, '')
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => sourceOfStanza(fieldsOf(stanza)))
}

function fieldsOf(stanza: string): Map<string, { name: string; value: string }> {
  const fields = new Map<string, { name: string; value: string }>()
  let last: { name: string; value: string } | undefined
  for (const line of stanza.split('\n')) {
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) last.value += `\n${line}`
      continue
    }
    const colon = line.indexOf(':')
    if (colon < 1) continue
    last = { name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() }
    fields.set(last.name.toLowerCase(), last)
  }
  return fields
}

function sourceOfStanza(fields: Map<string, { name: string; value: string }>): AptSource[] {
  const valueOf = (name: string) => fields.get(name)?.value
  if (/^(no|false|0|off|without|disable)$/i.test(valueOf('enabled') ?? '')) return []
  if (!words(valueOf('types')).includes('deb')) return []
  const uris = words(valueOf('uris'))
  const suites = words(valueOf('suites'))
  if (uris.length === 0 || suites.length === 0) return []
  const others = [...fields].filter(([key]) => !LIST_FIELDS.has(key)).map(([, { name, value }]) => [name, value])
  return [{ uris, suites, components: words(valueOf('components')), options: Object.fromEntries(others) }]
}

/** Reads a `.list` file (sources.list(5), "ONE-LINE-STYLE FORMAT"). */
export function parseListSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+([^\s#]+)([^#]*)/.exec(line)
    if (match === null) return []
    const [, options, uri = '', suite = '', components] = match
    return [{ uris: [uri], suites: [suite], components: words(components), options: listOptions(options) }]
  })
}

function listOptions(text: string | undefined): Record<string, string> {
  const pairs = words(text).flatMap((word) => {
    const [, key, value] = /^([A-Za-z-]+)=(.*)$/.exec(word) ?? []
    if (key === undefined || value === undefined) return []
    const name = OPTION_NAMES[key] ?? key.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
    return [[name, value.replaceAll(',', ' ')] as const]
  })
  return Object.fromEntries(pairs)
}

export function formatDeb822Sources(sources: readonly AptSource[]): string {
  const stanzas = sources.map(({ uris, suites, components, options }) =>
    [
      'Types: deb',
      `URIs: ${uris.join(' ')}`,
      `Suites: ${suites.join(' ')}`,
      // A suite that is a path, ending in a slash, has no components, and apt refuses the field then.
      ...(components.length > 0 ? [`Components: ${components.join(' ')}`] : []),
      ...Object.entries(options).map(([name, value]) => `${name}: ${value}`),
      '',
    ].join('\n'),
  )
  return stanzas.join('\n')
}
