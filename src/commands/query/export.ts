import { SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import { exportRows } from '../../lake/query/export.ts'
import { dateToExpiry, type ExpiryDate, expiryDate, sessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { dateOf } from '../option-values.ts'
import { openForReading, originOf } from '../stored-lake.ts'
import { bytes, count } from '../terminal/table.ts'

interface ExportOptions {
  readonly symbol: string
  readonly from: string
  readonly to: string
  readonly expiry?: string
  readonly out: string
  readonly force?: true
}

export function registerExport(program: Command, signal: AbortSignal): void {
  program
    .command('export')
    .description('write stored rows into one Parquet or CSV file')
    .requiredOption('--symbol <symbol>', 'underlying, such as SPY')
    .requiredOption('--from <YYYY-MM-DD>', 'first New York date')
    .requiredOption('--to <YYYY-MM-DD>', 'last New York date')
    .requiredOption('--out <file>', 'where to; its ending, .parquet or .csv, says what')
    .option('--expiry <YYYYMMDD>', 'only this expiration')
    .option('--force', 'replace the file if it is there')
    .addHelpText(
      'after',
      `
Examples:
  optionlake export --symbol SPY --from 2026-11-02 --to 2026-11-20 --out spy.parquet
  optionlake export --symbol QQQ --from 2026-11-20 --to 2026-11-20 --expiry 20261218 --out qqq.csv`,
    )
    .action((options: ExportOptions, command: Command) =>
      withContext(command, signal, (context) => write(context, options)),
    )
}

async function write(context: CommandContext, options: ExportOptions): Promise<void> {
  const [from, to] = [dateOf('--from', options.from), dateOf('--to', options.to)]
  if (from > to) throw new Failure(EXIT.usage, `--from ${from} is later than --to ${to}: swap them`)
  const expiry = options.expiry === undefined ? undefined : expiryOf(options.expiry)
  const lake = await openForReading(context)
  const bar = openBar(context)
  const request = { symbol: options.symbol, from, to, out: options.out, replace: options.force === true }
  const report = await exportRows(
    lake,
    { ...request, ...(expiry !== undefined && { expiry }) },
    { signal: context.signal, onProgress: bar.update },
  ).finally(bar.stop)
  if (context.json) context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, ...report }))
  else context.print(`${report.path}: ${count(report.rows)} rows, ${bytes(report.bytes)}`)
  if (!context.json) context.say(`from ${originOf(lake)}`)
}

/** On a terminal only; elsewhere nothing. */
function openBar({ interactive }: CommandContext) {
  const bar = new SingleBar({ format: '{bar} {percentage}% · {value} of {total} rows', hideCursor: true })
  let started = false
  return {
    update: (done: number, total: number) => {
      if (!interactive) return
      if (!started) bar.start(total, done)
      started = true
      bar.update(done)
    },
    stop: () => {
      if (started) bar.stop()
    },
  }
}

function expiryOf(text: string): ExpiryDate {
  try {
    return text.includes('-') ? dateToExpiry(sessionDate(text)) : expiryDate(text)
  } catch {
    throw new Failure(
      EXIT.usage,
      `--expiry ${text} is not a date: write it as YYYYMMDD, for example 20261218`,
    )
  }
}
