import type { Command } from 'commander'
import { EXPORT_TABLES, exportRows } from '../../lake/query/export.ts'
import type { SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseDates, parseExpiry, parseSymbol } from '../option-values.ts'
import { describeLake, openForQueries } from '../stored-lake.ts'
import { amount, bytes } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { describeFeatures, type FeatureOptions, writeFeatures } from './export-features.ts'

interface ExportOptions extends FeatureOptions {
  readonly table?: string
  readonly expiry?: string
  readonly features?: true
  readonly describe?: true
}

export function registerExport(program: Command, signal: AbortSignal): void {
  program
    .command('export')
    .description('write stored rows into one Parquet or CSV file')
    .option('--symbol <symbol>', 'underlying or root of futures, such as SPY', parseSymbol)
    .option('--from <date>', 'first trade date')
    .option('--to <date>', 'last trade date')
    .option('--out <file>', 'file to write; its ending, .parquet or .csv, gives the format')
    .option('--expiry <date>', 'only this expiration')
    .option('--table <name>', `another table than option_snapshots: ${EXPORT_TABLES.slice(1).join(', ')}`)
    .option(
      '--features',
      'one row for each symbol and slot with every figure that was known then, for models',
    )
    .option(
      '--every <slot|day>',
      'with --features: a row for each slot, or for each session at its close (default: slot)',
    )
    .option('--format <parquet|csv>', 'with --features and without --out: features.parquet or features.csv')
    .option(
      '--describe',
      'with --features: print the columns with their units and meaning, and write nothing',
    )
    .option('--force', 'replace the file if it exists')
    .addHelpText(
      'after',
      `
Examples:
  optionlake export --symbol SPY --from 2026-11-02 --to 2026-11-20 --out spy.parquet
  optionlake export --symbol QQQ --from 2026-11-20 --to 2026-11-20 --expiry 20261218 --out qqq.csv
  optionlake export --symbol ES --table future_snapshots --from 2026-11-20 --to 2026-11-20 --out es.csv
  optionlake export --features --symbol SPY --every day --out spy-features.parquet
  optionlake export --features --describe

Without --features the symbol, both dates and the file are required. With it all are optional: without them all symbols
and dates are exported. Features look at nothing that was not known at known_at of their row: docs/numbers.md#features.`,
    )
    .action((options: ExportOptions, command: Command) =>
      withContext(command, signal, (context) => write(context, options)),
    )
}

async function write(context: CommandContext, options: ExportOptions): Promise<void> {
  if (options.features) {
    refuseWith(options, ['table', 'expiry'])
    return options.describe ? describeFeatures(context) : writeFeatures(context, options)
  }
  const alone = (['describe', 'every', 'format'] as const).find((one) => options[one] !== undefined)
  if (alone !== undefined) throw new Failure(EXIT.usage, `--${alone} needs --features`)
  const { symbol, out } = { symbol: required(options, 'symbol'), out: required(options, 'out') }
  const range = parseDates({ from: required(options, 'from'), to: required(options, 'to') })
  const [from, to] = [range.from as SessionDate, range.to as SessionDate]
  const expiry = options.expiry === undefined ? undefined : parseExpiry(options.expiry)
  const lake = await openForQueries(context)
  const bar = openProgressBar('rows', context.interactive)
  const request = { symbol, from, to, out, replace: options.force === true }
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
  else context.print(`${report.path}: ${amount(report.rows, 'row')}, ${bytes(report.bytes)}`)
  if (!context.json) context.printStatus(`from ${describeLake(lake)}`)
}

/** The values of options that are required without --features. */
const HINTS = { symbol: '<symbol>', from: '<date>', to: '<date>', out: '<file>' } as const

function required(options: ExportOptions, name: keyof typeof HINTS): string {
  const value = options[name]
  if (value !== undefined) return value
  throw new Failure(EXIT.usage, `required option '--${name} ${HINTS[name]}' not specified`)
}

function refuseWith(options: ExportOptions, names: readonly ('table' | 'expiry')[]): void {
  const name = names.find((one) => options[one] !== undefined)
  if (name !== undefined) throw new Failure(EXIT.usage, `--${name} does not go with --features: leave it out`)
}
