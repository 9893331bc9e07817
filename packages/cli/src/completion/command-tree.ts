import type { Argument, Command, Option } from 'commander'

/** What can be typed, as far as a shell completes it. */
export interface CompletedCommand {
  readonly name: string
  readonly description: string
  readonly flags: readonly CompletedFlag[]
  readonly arguments: readonly CompletedArgument[]
}

export interface CompletedFlag {
  readonly name: string
  readonly description: string
  /** What follows it; nothing for a flag that is only there or not. */
  readonly value: CompletedValue | undefined
}

export interface CompletedArgument extends CompletedValue {
  /** All that is left is of its kind. */
  readonly isVariadic: boolean
  /** All that is left is a command with arguments of its own. */
  readonly isCommand: boolean
}

export interface CompletedValue {
  readonly name: string
  readonly isFile: boolean
  readonly choices: readonly string[]
}

/** The commands of a program, as they are registered. `help` is left out: every command has `--help`. */
export function completedCommands(program: Command): CompletedCommand[] {
  return program.commands.map(completed)
}

/** One command, or the program itself with its own flags. */
export function completed(command: Command): CompletedCommand {
  const help = command.createHelp()
  return {
    name: command.name(),
    description: command.description(),
    flags: help
      .visibleOptions(command)
      .flatMap((option) => (option.long ? [flag(option.long, option, help.optionDescription(option))] : [])),
    arguments: command.registeredArguments.map(completedArgument),
  }
}

function flag(name: string, option: Option, description: string): CompletedFlag {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1]
  const value = placeholder === undefined ? undefined : completedValue(placeholder, option.argChoices)
  return { name, description, value }
}

function completedArgument(argument: Argument): CompletedArgument {
  const { variadic: isVariadic } = argument
  return {
    ...completedValue(argument.name(), argument.argChoices),
    isVariadic,
    isCommand: isVariadic && argument.name() === 'command',
  }
}

function completedValue(name: string, choices: readonly string[] | undefined): CompletedValue {
  return { name, isFile: name === 'file', choices: choices ?? [] }
}
