import { connectionAttributes, describeValue, type NamedLocksOptions } from '@ormutex/core'
import { type ConnectionSettingsLike, labelConnections } from '@ormutex/core/sql'

/** The connector's settings, as far as they are changed here. */
type Settings = ConnectionSettingsLike & object

/**
 * The settings of an adapter, such that its connections carry the label and the namespace that other processes see. An adapter
 * keeps its settings to itself, so they have to go in before it is made; without it, the holder is seen without a label.
 *
 * @param settings what `PrismaMariaDb` takes, or the connector's `createPool`: a connection string or an object, which is copied
 * @param options what `namedLocks()` is given: `label` (default `hostname:pid`) and `namespace`
 * @throws {TypeError | RangeError} for what is neither, or wrong options
 * @example
 * const options = { namespace: 'shop' }
 * const adapter = lockable(new PrismaMariaDb(labelled(process.env.DATABASE_URL!, options)))
 * const prisma = new PrismaClient({ adapter }).$extends(namedLocks(options))
 */
export function labelled<S extends string | object>(
  settings: S,
  options?: Pick<NamedLocksOptions, 'label' | 'namespace'>,
): S {
  const attributes = connectionAttributes(options)
  if (typeof settings === 'string') return labelledUrl(settings, attributes) as S
  if (typeof settings !== 'object' || settings === null || 'getConnection' in settings) {
    const hint = settings === undefined ? ': is an environment variable not set?' : ''
    throw new TypeError(
      `labelled() needs the settings that PrismaMariaDb takes, a connection string or an object, got ${describeValue(settings)}${hint}`,
    )
  }
  const copy: Settings = { ...settings }
  labelConnections(copy, attributes)
  return copy as S
}

const PARAMETER = 'connectAttributes='

/** The text around it stays as it is: a password in it is the application's to encode. */
function labelledUrl(url: string, attributes: Readonly<Record<string, string>>): string {
  const queryAt = url.indexOf('?')
  const [place, query] = queryAt === -1 ? [url, ''] : [url.slice(0, queryAt), url.slice(queryAt + 1)]
  const parameters = query.split('&').filter((parameter) => parameter !== '')
  const given = parameters.find((parameter) => parameter.startsWith(PARAMETER))
  const settings: Settings = {}
  if (given !== undefined) settings.connectAttributes = decodeURIComponent(given.slice(PARAMETER.length))
  labelConnections(settings, attributes)
  // Prisma's adapter writes a space as the plus sign that the connector does not read as one.
  const json = JSON.stringify(settings.connectAttributes).replaceAll(' ', String.raw`\u0020`)
  const others = parameters.filter((parameter) => parameter !== given)
  return `${place}?${[...others, `${PARAMETER}${encodeURIComponent(json)}`].join('&')}`
}
