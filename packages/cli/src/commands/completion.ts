import { Argument, Command } from 'commander'
import { bashCompletion } from '../completion/bash.js'
import { completed, completedCommands } from '../completion/command-tree.js'
import { zshCompletion } from '../completion/zsh.js'
import { examples } from '../examples.js'
import { print } from '../output.js'

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion }

/** `ormutex completion bash|zsh` */
export function completionCommand(): Command {
  return new Command('completion')
    .description('Prints a script that makes a shell complete commands and flags')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      examples([
        `echo 'eval "$(ormutex completion bash)"' >> ~/.bashrc`,
        `echo 'eval "$(ormutex completion zsh)"' >> ~/.zshrc      # after compinit`,
      ]),
    )
    .action((shell: keyof typeof SCRIPTS, _options: unknown, command: Command) => {
      const program = command.parent!
      print(SCRIPTS[shell](completed(program), completedCommands(program)).trimEnd())
    })
}
