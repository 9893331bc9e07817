import type { CompletedArgument, CompletedCommand, CompletedFlag, CompletedValue } from './command-tree.js'

/** A completion script for zsh, to be evaluated or put into a directory of `$fpath` as `_ormutex`. */
export function zshCompletion(program: CompletedCommand, commands: readonly CompletedCommand[]): string {
  const { name } = program
  return `#compdef ${name}
# zsh completion for ${name}. In ~/.zshrc, after compinit: eval "$(${name} completion zsh)"
_${name}() {
  local curcontext=$curcontext state line
  _arguments -C \\
${program.flags.map((flag) => `    ${flagSpec(flag)} \\\n`).join('')}    '1:command:->command' \\
    '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(
${commands.map((command) => `        ${quote(`${command.name}:${command.description}`)}`).join('\n')}
      )
      _describe command commands
      ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`
}

function commandCase(command: CompletedCommand): string {
  const single = command.arguments.filter(({ isCommand }) => !isCommand)
  const specs = [...command.flags.map(flagSpec), ...single.map(argumentSpec)]
  const takesCommand = single.length < command.arguments.length
  return `        ${command.name})
${takesCommand ? AFTER_DASHES : ''}          _arguments \\
${specs.map((spec) => `            ${spec}`).join(' \\\n')}
          ;;`
}

/** After `--` there is a command with arguments of its own. */
const AFTER_DASHES = `          local -i dashes="\${words[(i)--]}"
          if ((dashes < CURRENT)); then
            shift $dashes words
            ((CURRENT -= dashes))
            _normal
            return
          fi
`

function flagSpec({ name, description, value }: CompletedFlag): string {
  const explanation = description.replaceAll(/[[\]\\]/g, String.raw`\$&`)
  return quote(`${name}[${explanation}]${value === undefined ? '' : valueSpec(value)}`)
}

function argumentSpec(argument: CompletedArgument, index: number): string {
  return quote(`${argument.isVariadic ? '*' : index + 1}${valueSpec(argument)}`)
}

function valueSpec({ name, isFile, choices }: CompletedValue): string {
  return `:${name}:${isFile ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ''}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
