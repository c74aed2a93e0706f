import { type Command, InvalidArgumentError } from 'commander'
import { type CompactReport, compact } from '../../lake/write/compact.ts'
import type { CompactionScope } from '../../lake/write/compact-plan.ts'
import { systemClock } from '../../market/clock.ts'
import { type SessionDate, sessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { openForMaintenance } from '../stored-lake.ts'
import { filesBar } from '../terminal/progress-bar.ts'
import { bytes, count, fixed, formatTable } from '../terminal/table.ts'

interface CompactCommandOptions {
  readonly date?: SessionDate
  readonly all?: true
}

export function registerCompact(program: Command, signal: AbortSignal): void {
  program
    .command('compact')
    .description('make one file of the slot files of each symbol and day whose session is over')
    .option('--date <date>', 'only this day, such as 2026-11-20, over or not', dateOption)
    .option('--all', 'every day, also the one under way')
    .addHelpText(
      'after',
      `
Rows stay the same, which is proven before the files change places; replaced files stay until optionlake vacuum.

Examples:
  optionlake compact
  optionlake compact --date 2026-11-20`,
    )
    .action((options: CompactCommandOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: CompactCommandOptions): Promise<void> {
  const lake = await openForMaintenance(context)
  const bar = filesBar('compact', context.interactive)
  const report = await compact(lake, {
    scope: scopeOf(options),
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.stop)
  if (context.json) context.print(JSON.stringify({ lake: lake.layout.root, ...report }))
  else describe(context, report)
  const [refused] = report.refused
  if (refused) throw new Failure(EXIT.io, `${refused.symbol} of ${refused.date}: ${refused.why}`)
}

function scopeOf({ date, all }: CompactCommandOptions): CompactionScope {
  if (date && all) throw new Failure(EXIT.usage, '--date and --all exclude each other: give one of them')
  if (date) return { kind: 'date', date }
  return all ? { kind: 'all' } : { kind: 'finished', now: systemClock.now() }
}

function describe({ print }: CommandContext, { compacted, refused }: CompactReport): void {
  if (compacted.length === 0 && refused.length === 0) print('nothing to compact')
  if (compacted.length > 0) {
    print(
      formatTable(compacted, [
        { title: 'date', value: ({ date }) => date },
        { title: 'symbol', value: ({ symbol }) => symbol },
        { title: 'files', align: 'right', value: ({ files }) => `${count(files)} → 1` },
        { title: 'rows', align: 'right', value: ({ rows }) => count(rows) },
        {
          title: 'bytes',
          align: 'right',
          value: (one) => `${bytes(one.bytesBefore)} → ${bytes(one.bytesAfter)}`,
        },
        { title: 'B/row', align: 'right', value: (one) => fixed(one.bytesAfter / one.rows, 1) },
        { title: 'ms', align: 'right', value: ({ ms }) => fixed(ms, 0) },
      ]),
    )
  }
  for (const { symbol, date, why } of refused) print(`left as it is: ${symbol} of ${date}: ${why}`)
}

function dateOption(text: string): SessionDate {
  try {
    return sessionDate(text)
  } catch {
    throw new InvalidArgumentError('write it as 2026-11-20')
  }
}
