/**
 * Text of others as a terminal or a log may have it: what would move the cursor, begin a line, change colours, turn the writing round or
 * not be seen is spelt out, `\u{1b}`.
 *
 * @param text of a label, an account, a key, as somebody else chose it
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}
