import { Command } from 'commander'

export function completionCommand(): Command {
  return new Command('completion')
}
