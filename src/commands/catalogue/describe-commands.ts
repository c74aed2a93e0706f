import type { Command } from 'commander'
import { COMMANDS, createProgram } from '../program.ts'
import { type Catalogue, type CommandDescription, describeCommand } from './description.ts'

/** The catalogue, from the commands themselves: loads all of their code. The build calls it. */
export async function describeCommands(): Promise<Catalogue> {
  const found: CommandDescription[] = []
  for (const name of Object.keys(COMMANDS)) {
    const command = await loaded([name])
    const inner: CommandDescription[] = []
    for (const { name: own } of command.commands.map((one) => ({ name: one.name() }))) {
      inner.push(describeCommand(await loaded([name, own])))
    }
    found.push(describeCommand(command, inner))
  }
  return found
}

async function loaded(path: readonly string[]): Promise<Command> {
  let command = await createProgram(path, '', new AbortController().signal)
  for (const name of path) command = command.commands.find((one) => one.name() === name) as Command
  return command
}
