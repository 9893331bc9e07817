/**
 * Text from the server as a terminal may have it. Whoever can connect to the server chooses labels and foreign locks' names, so what
 * would move the cursor, change colours or turn the writing round is spelt out: `\u{1b}`.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}
