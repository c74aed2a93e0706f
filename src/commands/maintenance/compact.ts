import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type CompactReport, compact } from '../../lake/write/compact.ts'
import type { CompactionScope } from '../../lake/write/compact-plan.ts'
import { systemClock } from '../../market/clock.ts'
import type { Instrument } from '../../market/instrument.ts'
import { sessionsOfConfigured } from '../../market/trade-dates.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { CompactAnswer } from '../../schemas/maintenance/compact.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseDate } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { openForMaintenance } from '../stored-lake.ts'
import { bytes, count, fixed } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'

interface CompactOptions {
  readonly date?: string
  readonly all?: true
}

export function registerCompact(program: Command, signal: AbortSignal): void {
  program
    .command('compact')
    .description('merge the slot files of each finished day into one file a symbol')
    .option('--date <date>', 'only this day, finished or not')
    .option('--all', 'every day, the current one included')
    .addHelpText(
      'after',
      `
No row changes: that is proven before the new file replaces the old ones. The old files stay until optionlake vacuum.

Examples:
  optionlake compact
  optionlake compact --date 2026-11-20`,
    )
    .action((options: CompactOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: CompactOptions): Promise<void> {
  const scope = scopeOf(options, context.config.symbols)
  const lake = await openForMaintenance(context)
  const bar = openProgressBar('compact', context.interactive)
  const report = await compact(lake, {
    scope,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.close)
  if (context.json) {
    const { maintenance, ...rest } = report
    printJson<CompactAnswer>(context, {
      lake: resolve(lake.layout.root),
      ...snakeCased(rest),
      maintenance: maintenanceJson(maintenance),
    })
  } else describe(context, report)
  const [refused] = report.refused
  if (refused) throw new Failure(EXIT.io, `${refused.symbol} of ${refused.date}: ${refused.why}`)
  context.signal.throwIfAborted()
}

function scopeOf({ date, all }: CompactOptions, instruments: readonly Instrument[]): CompactionScope {
  if (date && all) throw new Failure(EXIT.usage, '--date and --all cannot be used together: give one of them')
  if (date) return { kind: 'date', date: parseDate('--date', date) }
  if (all) return { kind: 'all' }
  return { kind: 'finished', now: systemClock.now(), sessionOn: sessionsOfConfigured(instruments) }
}

function describe({ print }: CommandContext, { compacted, refused }: CompactReport): void {
  if (compacted.length === 0 && refused.length === 0) print('nothing to compact')
  if (compacted.length > 0) {
    print(
      formatTable(compacted, [
        { title: 'date', value: ({ date }) => date },
        { title: 'symbol', value: ({ symbol }) => symbol },
        { title: 'files', leaveOut: 3, align: 'right', value: ({ files }) => `${count(files)} → 1` },
        { title: 'rows', align: 'right', value: ({ rows }) => count(rows) },
        {
          title: 'bytes',
          align: 'right',
          value: (one) => `${bytes(one.bytesBefore)} → ${bytes(one.bytesAfter)}`,
        },
        { title: 'B/row', leaveOut: 2, align: 'right', value: (one) => fixed(one.bytesAfter / one.rows, 1) },
        { title: 'ms', leaveOut: 1, align: 'right', value: ({ ms }) => fixed(ms, 0) },
      ]),
    )
  }
  for (const { symbol, date, why } of refused) print(`not compacted: ${symbol} of ${date}: ${why}`)
}

function maintenanceJson(report: CompactReport['maintenance']): CompactAnswer['maintenance'] {
  return {
    outcome: report.kind,
    checkpoint_version: report.kind === 'done' ? report.checkpoint.version : null,
    failure: report.kind === 'failed' ? report.failure.message : null,
  }
}
