/** Where drivers keep what new connections are opened with. */
export interface ConnectionSettingsLike {
  /** What each connection tells the server of its client. The mariadb connector takes `true` for its own attributes alone, and JSON. */
  connectAttributes?: Readonly<Record<string, string>> | boolean | string | undefined
}

/**
 * Has new connections carry attributes (see `connectionAttributes()` of `@ormutex/core`) besides those that they have. Changed in place: others may hold
 * the same object, and its password may be hidden in it.
 *
 * @param settings nothing is changed where there are none
 * @param attributes by name
 */
export function labelConnections(
  settings: ConnectionSettingsLike | undefined,
  attributes: Readonly<Record<string, string>>,
): void {
  if (settings !== undefined) settings.connectAttributes = { ...given(settings.connectAttributes), ...attributes }
}

function given(attributes: ConnectionSettingsLike['connectAttributes']): Readonly<Record<string, string>> {
  if (typeof attributes === 'string') return JSON.parse(attributes) as Readonly<Record<string, string>>
  return typeof attributes === 'object' ? attributes : {}
}
