const MASK = '***'

/** What may stand in a message by accident, each in the form in which it would. */
const hidden = new Set<string>()

/** Shorter ones are part of plain words, and masking them there would tell them. */
const LEAST_PART = 8

/** A URL with a password in it, which ends at the last @: one that is not encoded may hold any character. `:password@` is an example. */
const WITH_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/([^\s:@/]*)):(?!password@)(.*)@/is

/** The same somewhere in a text, as far as its word goes. */
const WITH_PASSWORD_IN_TEXT = new RegExp(WITH_PASSWORD.source.replace('.*', String.raw`\S*`), 'gi')

/** A password as a parameter, which is not where it belongs. */
const PARAMETER = /([?&](?:pass|pwd)\w*=)([^&\s]*)/gi

/**
 * From now on `redact` masks this password, raw and as it stands in a URL.
 * @param user stands in messages: masked there, it would tell that the password is the same word
 */
export function hideSecret(secret: string, user?: string): void {
  if (secret === '' || secret === user) return
  hidden.add(secret)
  hidden.add(encodeURIComponent(secret))
}

/** The same for what may be a URL with a password in it, valid or not. */
export function hidePasswordOf(url: string): void {
  const [, , user = '', password] = WITH_PASSWORD.exec(url) ?? []
  const parameters = Array.from(url.matchAll(PARAMETER), ([, , value]) => value)
  for (const each of [password, ...parameters].filter((one) => one !== undefined)) {
    hideSecret(each, user)
    hideSecret(decoded(each), decoded(user))
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // It is not encoded.
    return part
  }
}

/** A text without passwords: those that are known, and whatever looks like one in a URL. */
export function redact(text: string): string {
  let redacted = text.replace(WITH_PASSWORD_IN_TEXT, `$1:${MASK}@`).replace(PARAMETER, `$1${MASK}`)
  // Long ones first: one password may be part of another.
  for (const secret of [...hidden].toSorted((a, b) => b.length - a.length)) {
    redacted = secret.length < LEAST_PART ? withoutWord(redacted, secret) : redacted.replaceAll(secret, MASK)
  }
  return redacted
}

function withoutWord(text: string, word: string): string {
  const escaped = word.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'gu'), MASK)
}
