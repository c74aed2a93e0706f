import type { Command } from 'commander'
import { registerSubCommands, type SubCommand } from '../sub-commands.ts'

/** The commands of the group, in the order of the help; each in a file of its own, loaded when it is named. */
const SUB_COMMANDS: Readonly<Record<string, SubCommand>> = {
  run: {
    description: 'run the paper trader: decide on every slot, and trade in a paper account',
    load: async () => (await import('./run.ts')).registerRun,
  },
  status: {
    description: 'show positions, open orders, profit and loss and the latest decisions of a journal',
    load: async () => (await import('./status.ts')).registerStatus,
  },
  report: {
    description: 'write a page with equity, trades and decisions of a journal',
    load: async () => (await import('./report.ts')).registerReport,
  },
}

export async function registerPaper(
  program: Command,
  signal: AbortSignal,
  version: string,
  args: readonly string[],
): Promise<void> {
  const group = program
    .command('paper')
    .description('trade options in a paper account, on the figures of the collector')
    .addHelpText(
      'after',
      `
Strategies, every setting with its reason, and what is promised after a restart:
docs/paper-trader.md.

Examples:
  optionlake paper run
  optionlake paper run --gateway 127.0.0.1:4002 --account DU1234567
  optionlake paper status`,
    )
  await registerSubCommands(group, SUB_COMMANDS, null, { args, signal, version })
}
