import type { Command } from 'commander'
import { registerSubCommands, type SubCommand } from '../sub-commands.ts'

/** The commands of the group, in the order of the help; each in a file of its own, loaded when it is named. */
const SUB_COMMANDS: Readonly<Record<string, SubCommand>> = {
  run: {
    description: 'run experiments: strategies that trade in scenarios, one file of records a run',
    load: async () => (await import('./run.ts')).registerRun,
  },
  summary: {
    description: 'the figures of all runs of a folder: a table, and a CSV file with a row a run',
    load: async () => (await import('./summary.ts')).registerSummary,
  },
  stats: {
    description: 'every figure of one run',
    load: async () => (await import('./stats.ts')).registerStats,
  },
  convert: {
    description: 'write the steps of runs as CSV or Parquet',
    load: async () => (await import('./convert.ts')).registerConvert,
  },
  compare: {
    description: 'two runs, or two groups of runs: every figure side by side, and where the markets part',
    load: async () => (await import('./compare.ts')).registerCompare,
  },
  determinism: {
    description: 'make runs twice, or take two files, and name the first difference',
    load: async () => (await import('./determinism.ts')).registerDeterminism,
  },
  impact: {
    description: 'what the orders did to the market, against the passive run of the same seed',
    load: async () => (await import('./impact.ts')).registerImpact,
  },
  report: {
    description: 'write a page with the plots and figures of runs',
    load: async () => (await import('./report.ts')).registerReport,
  },
}

export async function registerExperiment(
  program: Command,
  signal: AbortSignal,
  version: string,
  args: readonly string[],
): Promise<void> {
  const group = program
    .command('experiment')
    .description('experiments on market mechanics: run strategies in scenarios and analyse what they did')
    .addHelpText(
      'after',
      `
Without a command it is run. The whole workflow, with real output:
docs/experiments.md.

Examples:
  optionlake experiment run --scenario normal_market --experiment passive
  optionlake experiment --list-experiments
  optionlake experiment run --help`,
    )
  await registerSubCommands(group, SUB_COMMANDS, 'run', { args, signal, version })
}
