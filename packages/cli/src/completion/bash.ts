import type { CompletedCommand, CompletedFlag } from './command-tree.js'

/** A completion script for bash, which needs no other package: with bash-completion it completes the command that `run` runs, too. */
export function bashCompletion(program: CompletedCommand, commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name)
  return `# bash completion for ${program.name}. In ~/.bashrc: eval "$(${program.name} completion bash)"
_${program.name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --)
        if declare -F _command_offset > /dev/null; then
          _command_offset $((i + 1))
        elif ((COMP_CWORD == i + 1)); then
          COMPREPLY=($(compgen -c -- "$cur"))
        fi
        return
        ;;
      ${names.join(' | ')}) : "\${command:=\${COMP_WORDS[i]}}" ;;
    esac
  done
  case "$command $previous" in
${[program, ...commands].flatMap(valueCases).join('\n')}
  esac
  case $command in
    '') COMPREPLY=($(compgen -W '${words(program, names)}' -- "$cur")) ;;
${commands.map(commandCase).join('\n')}
  esac
}
complete -o default -F _${program.name} ${program.name}
`

  /** After a flag that takes a value: its choices, or else what bash completes by itself. */
  function valueCases(command: CompletedCommand): string[] {
    const name = command === program ? '' : command.name
    return command.flags.filter(takesValue).map((flag) => {
      const choices = flag.value?.choices ?? []
      const reply = choices.length > 0 ? `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); ` : ''
      return `    '${name} ${flag.name}') ${reply}return ;;`
    })
  }
}

function commandCase(command: CompletedCommand): string {
  const choices = command.arguments.flatMap((argument) => argument.choices)
  return `    ${command.name}) COMPREPLY=($(compgen -W '${words(command, choices)}' -- "$cur")) ;;`
}

function words(command: CompletedCommand, more: readonly string[]): string {
  return [...more, ...command.flags.map(({ name }) => name)].join(' ')
}

function takesValue({ value }: CompletedFlag): boolean {
  return value !== undefined
}
