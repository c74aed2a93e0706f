import type { z } from 'zod'
import { journalEvent } from '../../src/paper/journal/events.ts'
import { alertsListAnswer } from '../../src/schemas/alerts/list.ts'
import { alertsTestAnswer } from '../../src/schemas/alerts/test.ts'
import { completionAnswer } from '../../src/schemas/completion.ts'
import { errorAnswer } from '../../src/schemas/error.ts'
import {
  compareAnswer,
  comparedFilesAnswer,
  determinismAnswer,
} from '../../src/schemas/experiment/compare.ts'
import { impactAnswer } from '../../src/schemas/experiment/impact.ts'
import { experimentReportAnswer } from '../../src/schemas/experiment/report.ts'
import { experimentList, experimentRunAnswer, scenarioList } from '../../src/schemas/experiment/run.ts'
import { convertedFiles, runStatsAnswer, runSummaryAnswer } from '../../src/schemas/experiment/stats.ts'
import { backfillAnswer } from '../../src/schemas/gateway/backfill.ts'
import { collectOnceAnswer } from '../../src/schemas/gateway/collect-once.ts'
import { demoAnswer } from '../../src/schemas/gateway/demo.ts'
import { doctorAnswer } from '../../src/schemas/gateway/doctor.ts'
import { exchangeAnswer } from '../../src/schemas/gateway/exchange.ts'
import { planAnswer } from '../../src/schemas/gateway/plan.ts'
import { simulatorEnded, simulatorStarted } from '../../src/schemas/gateway/simulate.ts'
import { topAnswer } from '../../src/schemas/gateway/top.ts'
import { backupAnswer, restoreBackupAnswer } from '../../src/schemas/maintenance/backup.ts'
import { compactAnswer } from '../../src/schemas/maintenance/compact.ts'
import { metricsAnswer } from '../../src/schemas/maintenance/metrics.ts'
import { repairAnswer } from '../../src/schemas/maintenance/repair.ts'
import { restoreVersionAnswer } from '../../src/schemas/maintenance/restore-version.ts'
import { vacuumAnswer } from '../../src/schemas/maintenance/vacuum.ts'
import { verifyAnswer } from '../../src/schemas/maintenance/verify.ts'
import { backtestAnswer } from '../../src/schemas/paper/replay.ts'
import { paperReportAnswer } from '../../src/schemas/paper/report.ts'
import { paperStatusAnswer } from '../../src/schemas/paper/status.ts'
import { barsAnswer } from '../../src/schemas/query/bars.ts'
import { chainAnswer } from '../../src/schemas/query/chain.ts'
import { exportAnswer, featureColumns } from '../../src/schemas/query/export.ts'
import { futuresAnswer } from '../../src/schemas/query/futures.ts'
import { ivAnswer } from '../../src/schemas/query/iv.ts'
import { marketAnswer } from '../../src/schemas/query/market.ts'
import { positioningAnswer } from '../../src/schemas/query/positioning.ts'
import { realizedAnswer } from '../../src/schemas/query/realized.ts'
import { sqlAnswer } from '../../src/schemas/query/sql.ts'
import { statsAnswer } from '../../src/schemas/query/stats.ts'
import { statusAnswer } from '../../src/schemas/query/status.ts'
import { surfaceAnswer } from '../../src/schemas/query/surface.ts'

/** What one command prints with --json. */
export interface CommandSchema {
  /** As it is written after optionlake. */
  readonly command: string
  readonly description: string
  /** Each form of a line with the options that ask for it; more than one where the command has several. */
  readonly lines: readonly { readonly title: string; readonly schema: z.ZodType }[]
  /** True where it prints more than one line. */
  readonly isStream: boolean
}

const one = (command: string, description: string, schema: z.ZodType): CommandSchema => ({
  ...{ command, description, lines: [{ title: command, schema }], isStream: false },
})

const several = (
  command: string,
  description: string,
  forms: Readonly<Record<string, z.ZodType>>,
  isStream = false,
): CommandSchema => ({
  ...{ command, description, isStream },
  lines: Object.entries(forms).map(([title, schema]) => ({ title, schema })),
})

/** The commands that print JSON, in the order of the help. */
export const COMMAND_SCHEMAS: readonly CommandSchema[] = [
  one('demo', 'Where the demo is, one line when it has begun.', demoAnswer),
  one('collect-once', 'What one slot holds and what it cost.', collectOnceAnswer),
  one('backfill', 'Daily history that was fetched from the gateway.', backfillAnswer),
  one('plan', 'What a cycle would collect, and whether it fits.', planAnswer),
  one('doctor', 'Whether the set-up is ready to collect.', doctorAnswer),
  one('chain', 'A stored option chain.', chainAnswer),
  one('futures', 'The futures of a symbol in a slot.', futuresAnswer),
  one('market', 'Every figure of a slot with its basis.', marketAnswer),
  one('surface', 'The volatility surface of a slot.', surfaceAnswer),
  one('bars', 'Five-minute bars of an underlying.', barsAnswer),
  one('iv', 'Daily implied volatility with its ranks and history.', ivAnswer),
  one('positioning', 'Open interest and gamma exposure of a slot.', positioningAnswer),
  one('realized', 'Realized volatility beside the implied.', realizedAnswer),
  one('metrics', 'What a rebuild of the stored figures changed.', metricsAnswer),
  one('top', 'What a running daemon does now.', topAnswer),
  one('alerts list', 'The receivers of alerts, and what became of their messages.', alertsListAnswer),
  one('alerts test', 'What became of a test message to each receiver.', alertsTestAnswer),
  one('status', 'The coverage calendar: the outcome of every expected slot.', statusAnswer),
  one('stats', 'What the lake holds and how fast it grows.', statsAnswer),
  one('sql', 'The result of a query.', sqlAnswer),
  several('export', 'The file that was written.', {
    'a file': exportAnswer,
    'with --features --describe': featureColumns,
  }),
  one('compact', 'What was merged into one file a day.', compactAnswer),
  one('verify', 'What is wrong in the lake.', verifyAnswer),
  one('repair', 'What was repaired.', repairAnswer),
  one('vacuum', 'Replaced files that were deleted.', vacuumAnswer),
  one('backup', 'What was copied into the backup.', backupAnswer),
  several('restore', 'What was restored.', {
    'with --from': restoreBackupAnswer,
    'with --as-of': restoreVersionAnswer,
  }),
  several(
    'simulate',
    'One line when the simulator listens, and one when it has ended.',
    { 'when it listens': simulatorStarted, 'when it has ended': simulatorEnded },
    true,
  ),
  one('exchange', 'Where the exchange is, one line when it listens.', exchangeAnswer),
  several('experiment run', 'What came of each run.', {
    runs: experimentRunAnswer,
    'with --list-experiments': experimentList,
    'with --list-scenarios': scenarioList,
  }),
  several(
    'experiment summary',
    'The figures of all runs of a folder.',
    {
      'the report': runSummaryAnswer,
      'with --file, first line': runStatsAnswer,
      'with --file, second line, and with --convert-all': convertedFiles,
    },
    true,
  ),
  one('experiment stats', 'Every figure of one run.', runStatsAnswer),
  one('experiment convert', 'Steps of runs that were written as CSV or Parquet.', convertedFiles),
  one('experiment compare', 'Two runs, or two groups of runs, side by side.', compareAnswer),
  several('experiment determinism', 'Whether runs are equal when they are made twice.', {
    'without files': determinismAnswer,
    'with two files': comparedFilesAnswer,
  }),
  one('experiment impact', 'What the orders did to the market.', impactAnswer),
  one('experiment report', 'The page that was written.', experimentReportAnswer),
  several(
    'paper run',
    'One line for each event, as it happens; with --replay one line at the end.',
    { event: journalEvent, 'with --replay': backtestAnswer },
    true,
  ),
  one('paper status', 'Positions, open orders, profit and loss of a journal.', paperStatusAnswer),
  one('paper report', 'The page that was written.', paperReportAnswer),
  one(
    'completion',
    'With install: the script that was written. Without it the script itself is printed.',
    completionAnswer,
  ),
]

/** What any command writes to standard error when it fails. */
export const ERROR_SCHEMA: CommandSchema = one(
  'error',
  'A failure of a command with --json, one line on standard error.',
  errorAnswer,
)

/** Commands that print nothing for programs, and why. */
export const WITHOUT_JSON: Readonly<Record<string, string>> = {
  run: 'it prints nothing on standard output; its log on standard error is JSON, one line an event',
  mcp: 'it speaks the Model Context Protocol on standard input and output',
}
