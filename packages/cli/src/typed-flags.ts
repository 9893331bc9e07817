import type { Command } from 'commander'
import { usageError } from './cli-error.js'

/**
 * `--flag=value`, where the flag is not known or takes no value, would be quoted with its value, which may be a secret. The value of a
 * flag that is not known is left out, so that the nearest one is found, too.
 *
 * @throws {CliError} for a value of a flag that takes none
 */
export function withoutStrayValues(typed: readonly string[], program: Command): string[] {
  const options = [program, ...program.commands].flatMap((command) => command.options)
  const find = (flag: string) => options.find(({ long, short }) => flag === long || flag === short)
  const end = typed.includes('--') ? typed.indexOf('--') : typed.length
  return typed.map((word, index) => {
    const isValue = index > 0 && find(typed[index - 1]!)?.required === true
    const [, flag] = /^(--[^=]+)=/.exec(word) ?? []
    if (index > end || isValue || flag === undefined) return word
    const option = find(flag)
    if (option === undefined) return flag
    if (option.required || option.optional) return word
    throw usageError(`option '${flag}' takes no value`)
  })
}
