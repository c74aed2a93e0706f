import type { Command } from 'commander'
import { EXPORT_TABLES, exportRows } from '../../lake/query/export.ts'
import { storedSymbol } from '../../market/symbol.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseDates, parseExpiry } from '../option-values.ts'
import { describeLake, openForQueries } from '../stored-lake.ts'
import { bytes, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'

interface ExportOptions {
  readonly table?: string
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
    .requiredOption('--symbol <symbol>', 'underlying or root of futures, such as SPY', storedSymbol)
    .requiredOption('--from <YYYY-MM-DD>', 'first trade date')
    .requiredOption('--to <YYYY-MM-DD>', 'last trade date')
    .requiredOption('--out <file>', 'file to write; its ending, .parquet or .csv, gives the format')
    .option('--expiry <YYYYMMDD>', 'only this expiration')
    .option('--table <name>', `another table than option_snapshots: ${EXPORT_TABLES.slice(1).join(', ')}`)
    .option('--force', 'replace the file if it exists')
    .addHelpText(
      'after',
      `
Examples:
  optionlake export --symbol SPY --from 2026-11-02 --to 2026-11-20 --out spy.parquet
  optionlake export --symbol QQQ --from 2026-11-20 --to 2026-11-20 --expiry 20261218 --out qqq.csv
  optionlake export --symbol ES --table future_snapshots --from 2026-11-20 --to 2026-11-20 --out es.csv`,
    )
    .action((options: ExportOptions, command: Command) =>
      withContext(command, signal, (context) => write(context, options)),
    )
}

async function write(context: CommandContext, options: ExportOptions): Promise<void> {
  const { from, to } = parseDates(options)
  const expiry = options.expiry === undefined ? undefined : parseExpiry(options.expiry)
  const lake = await openForQueries(context)
  const bar = openProgressBar('rows', context.interactive)
  const request = { symbol: options.symbol, from, to, out: options.out, replace: options.force === true }
  const report = await exportRows(
    lake,
    {
      ...request,
      ...(options.table !== undefined && { table: options.table }),
      ...(expiry !== undefined && { expiry }),
    },
    { signal: context.signal, onProgress: bar.update },
  ).finally(bar.close)
  if (context.json) context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, ...report }))
  else context.print(`${report.path}: ${count(report.rows)} rows, ${bytes(report.bytes)}`)
  if (!context.json) context.printStatus(`from ${describeLake(lake)}`)
}
