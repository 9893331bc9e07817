import { Command } from 'commander'

export function killCommand(): Command {
  return new Command('kill')
}
