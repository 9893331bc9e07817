const MASK = '***'

/** What may stand in a message by accident, each in the form in which it would. */
const hidden = new Set<string>()

/** Credentials in anything like a URL: what stands between the scheme and the last @ of the word. */
const CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/'"]*):[^\s'"]*@/gi

/** From now on `redact` masks this password, raw and as it stands in a URL. */
export function hideSecret(secret: string): void {
  if (secret === '') return
  hidden.add(secret)
  hidden.add(encodeURIComponent(secret))
}

/** A text without passwords: those that are known, and whatever looks like one in a URL. */
export function redact(text: string): string {
  let redacted = text.replace(CREDENTIALS, `$1:${MASK}@`)
  // Long ones first: one password may be part of another.
  for (const secret of [...hidden].toSorted((a, b) => b.length - a.length)) {
    redacted = redacted.replaceAll(secret, MASK)
  }
  return redacted
}
