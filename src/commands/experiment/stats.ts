import type { Command } from 'commander'
import { selectRun } from '../../experiments/analysis/select-runs.ts'
import { withContext } from '../context.ts'
import { printStats } from './run-stats.ts'

export function registerStats(command: Command, signal: AbortSignal): void {
  command
    .argument('<file>', 'file of step records')
    .addHelpText(
      'after',
      `
What each figure means: docs/experiment-files.md.

Examples:
  optionlake experiment stats data/raw/run.jsonl
  optionlake experiment stats data/raw/run.jsonl --json`,
    )
    .action((file: string, _: unknown, own: Command) =>
      withContext(own, signal, (context) => printStats(context, selectRun(file))),
    )
}
