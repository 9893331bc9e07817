const MASK = '***'

/** What may stand in a message by accident, each in the form in which it would. */
const hidden = new Set<string>()

/** A URL with a password in it, which ends at the last @: one that is not encoded may hold any character. */
const WITH_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):(.*)@/is

/** The same somewhere in a text, as far as its word goes. */
const WITH_PASSWORD_IN_TEXT = new RegExp(WITH_PASSWORD.source.replace('.*', String.raw`\S*`), 'gi')

/** From now on `redact` masks this password, raw and as it stands in a URL. */
export function hideSecret(secret: string): void {
  if (secret === '') return
  hidden.add(secret)
  hidden.add(encodeURIComponent(secret))
}

/** The same for what may be a URL with a password in it, valid or not. */
export function hidePasswordOf(url: string): void {
  hideSecret(WITH_PASSWORD.exec(url)?.[2] ?? '')
}

/** A text without passwords: those that are known, and whatever looks like one in a URL. */
export function redact(text: string): string {
  let redacted = text.replace(WITH_PASSWORD_IN_TEXT, `$1:${MASK}@`)
  // Long ones first: one password may be part of another.
  for (const secret of [...hidden].toSorted((a, b) => b.length - a.length)) {
    redacted = redacted.replaceAll(secret, MASK)
  }
  return redacted
}
