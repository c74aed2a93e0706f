import type { Command } from 'commander'
import { registerSubCommands, type SubCommand } from '../sub-commands.ts'

/** The commands of the group, in the order of the help; each in a file of its own, loaded when it is named. */
const SUB_COMMANDS: Readonly<Record<string, SubCommand>> = {
  list: {
    description: 'show the receivers of alerts, what each is told, and what became of its messages',
    load: async () => (await import('./list.ts')).registerList,
  },
  test: {
    description: 'send a test message to every receiver, or to one',
    load: async () => (await import('./test.ts')).registerTest,
  },
}

export async function registerAlerts(
  program: Command,
  signal: AbortSignal,
  version: string,
  args: readonly string[],
): Promise<void> {
  const group = program
    .command('alerts')
    .description('who is told when the health of the daemon changes: webhooks, and programs such as a mailer')
    .addHelpText(
      'after',
      `
Receivers are set in the section alerts of the configuration: docs/alerts.md.

Examples:
  optionlake alerts test
  optionlake alerts list`,
    )
  await registerSubCommands(group, SUB_COMMANDS, null, { args, signal, version })
}
