import { type Command, createArgument, createOption } from 'commander'
import { type Loaders, type Register, registerSubCommands, type SubCommand } from '../sub-commands.ts'
import type { Catalogue, CommandDescription } from './description.ts'

/** Commands that parse and show help as described, and do nothing. */
export function describedCommands(catalogue: Catalogue): Loaders {
  return Object.fromEntries(catalogue.map((described) => [described.name, async () => register(described)]))
}

function register(described: CommandDescription): Register {
  return async (program, signal, version, args) => {
    const command = program.command(described.name)
    addDescribed(command, described)
    if (described.commands.length === 0) return
    const inner = described.commands.map((one): [string, SubCommand] => [
      one.name,
      { description: one.description, load: async () => (own) => addDescribed(own, one) },
    ])
    await registerSubCommands(command, Object.fromEntries(inner), described.defaultCommand, {
      ...{ args, signal, version },
    })
  }
}

function addDescribed(command: Command, described: CommandDescription): void {
  command.description(described.description)
  for (const { usage, description, choices } of described.arguments) {
    const argument = createArgument(usage, description)
    command.addArgument(choices ? argument.choices(choices) : argument)
  }
  for (const { flags, description, choices, default: value } of described.options) {
    const option = createOption(flags, description).default(value)
    command.addOption(choices ? option.choices(choices) : option)
  }
  if (described.after !== '') command.addHelpText('after', described.after)
  if (described.commands.length === 0) command.action(() => {})
}
