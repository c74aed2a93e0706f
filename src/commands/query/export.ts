import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { FolderExportRequest } from '../../export/export-request.ts'
import type { LeanReport } from '../../export/lean/export-lean.ts'
import type { NautilusReport } from '../../export/nautilus/export-nautilus.ts'
import type { Lake } from '../../lake/open.ts'
import type { ProgressOptions } from '../../lake/progress.ts'
import {
  EXPORT_TABLES,
  exportRows,
  FILE_FORMATS,
  type FileFormat,
  formatOf,
} from '../../lake/query/export.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import type { ExportAnswer } from '../../schemas/query/export.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseDates, parseExpiry, parseSymbols } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { describeLake, openForQueries } from '../stored-lake.ts'
import { amount, bytes } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { describeFeatures, type FeatureOptions, writeFeatures } from './export-features.ts'

const FOLDER_FORMATS = ['nautilus', 'lean'] as const
type FolderFormat = (typeof FOLDER_FORMATS)[number]
const FORMATS = [...FILE_FORMATS, ...FOLDER_FORMATS]

interface ExportOptions extends Omit<FeatureOptions, 'symbol' | 'format'> {
  readonly symbol?: string[]
  readonly format?: FileFormat | FolderFormat
  readonly table?: string
  readonly expiry?: string
  readonly right?: 'C' | 'P'
  readonly columns?: string[]
  readonly features?: true
  readonly describe?: true
}

export function registerExport(program: Command, signal: AbortSignal): void {
  program
    .command('export')
    .description('write stored rows into a Parquet or CSV file, or into a folder for nautilus_trader or LEAN')
    .option(
      '--symbol <list>',
      'underlyings or roots of futures, such as SPY or SPY,QQQ (default: all)',
      (text) => parseSymbols('--symbol', text),
    )
    .option('--from <date>', 'first trade date (default: the first of the lake)')
    .option('--to <date>', 'last trade date (default: the last of the lake)')
    .option('--expiry <date>', 'only this expiration')
    .option('--right <C|P>', 'only calls or only puts', parseRight)
    .option(
      '--columns <list>',
      'only these columns of a file, in this order, such as timestamp,strike,bid',
      (text) => text.split(',').map((name) => name.trim()),
    )
    .option('--out <path>', 'file or folder to write')
    .option(
      '--format <name>',
      'parquet or csv: a file; nautilus: a catalog of nautilus_trader; lean: a data folder of LEAN (default: by the ending of --out)',
      parseFormat,
    )
    .option('--table <name>', `another table than option_snapshots: ${EXPORT_TABLES.slice(1).join(', ')}`)
    .option(
      '--features',
      'one row for each symbol and slot with every figure that was known then, for models',
    )
    .option(
      '--every <slot|day>',
      'with --features: a row for each slot, or for each session at its close (default: slot)',
    )
    .option(
      '--describe',
      'with --features: print the columns with their units and meaning, and write nothing',
    )
    .option('--force', 'replace the file, or the folder of an earlier export, if it exists')
    .addHelpText(
      'after',
      `
Examples:
  optionlake export --symbol SPY --from 2026-11-02 --to 2026-11-20 --out spy.parquet
  optionlake export --symbol QQQ --from 2026-11-20 --to 2026-11-20 --expiry 20261218 --right P --out qqq.csv
  optionlake export --symbol ES --table future_snapshots --from 2026-11-20 --to 2026-11-20 --out es.csv
  optionlake export --format nautilus --symbol SPY --from 2026-11-20 --out catalog
  optionlake export --format lean --out lean-data
  optionlake export --features --symbol SPY --every day --out spy-features.parquet
  optionlake export --features --describe

What each format holds, and what it cannot: docs/export.md. Features look at nothing that was not known at known_at of their
row: docs/numbers.md#features. Without --out they are features.parquet.`,
    )
    .action((options: ExportOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: ExportOptions): Promise<void> {
  if (options.features) return exportFeatures(context, options)
  const alone = (['describe', 'every'] as const).find((one) => options[one] !== undefined)
  if (alone !== undefined) throw new Failure(EXIT.usage, `--${alone} needs --features`)
  const { out } = options
  if (out === undefined) throw new Failure(EXIT.usage, "required option '--out <path>' not specified")
  const format = chosenFormat(options, out)
  const lake = await openForQueries(context)
  const bar = openProgressBar('rows', context.interactive)
  const progress = { signal: context.signal, onProgress: bar.update }
  const work = isFolderFormat(format)
    ? writeFolder(lake, format, { ...options, out }, progress)
    : writeFile(lake, format, { ...options, out }, progress)
  const report = await work.finally(bar.close)
  if (context.json)
    printJson<ExportAnswer>(context, { lake: resolve(lake.layout.root), source: lake.source, ...report })
  else {
    for (const line of reportLines(report)) context.print(line)
    context.printStatus(`from ${describeLake(lake)}`)
  }
}

/** The format, checked before the lake is opened. */
function chosenFormat(options: ExportOptions, out: string): FileFormat | FolderFormat {
  const { format } = options
  if (format === undefined || !isFolderFormat(format)) return formatOf({ out, format })
  refuse(options, ['table', 'columns'], `--format ${format}`)
  return format
}

type FileReport = {
  readonly format: FileFormat
  readonly path: string
  readonly rows: number
  readonly bytes: number
}
type Report = FileReport | NautilusReport | LeanReport
type NamedOptions = ExportOptions & { readonly out: string }

async function writeFile(
  lake: Lake,
  format: FileFormat,
  options: NamedOptions,
  progress: ProgressOptions,
): Promise<FileReport> {
  const { symbol, table, columns, right, out } = options
  const request = {
    ...{ symbol, columns, out, format, replace: options.force === true, ...parseDates(options) },
    ...(table !== undefined && { table }),
    ...(right !== undefined && { right }),
    ...(options.expiry !== undefined && { expiry: parseExpiry(options.expiry) }),
  }
  return { format, ...(await exportRows(lake, request, progress)) }
}

async function writeFolder(
  lake: Lake,
  format: FolderFormat,
  options: NamedOptions,
  progress: ProgressOptions,
): Promise<NautilusReport | LeanReport> {
  const request: FolderExportRequest = {
    ...{ symbols: options.symbol, right: options.right, ...parseDates(options) },
    ...{ out: options.out, replace: options.force === true },
    expiry: options.expiry === undefined ? undefined : parseExpiry(options.expiry),
  }
  if (format === 'lean') {
    return (await import('../../export/lean/export-lean.ts')).exportLean(lake, request, progress)
  }
  return (await import('../../export/nautilus/export-nautilus.ts')).exportNautilus(lake, request, progress)
}

async function exportFeatures(context: CommandContext, options: ExportOptions): Promise<void> {
  refuse(options, ['table', 'expiry', 'right', 'columns'], '--features')
  if (options.describe) return describeFeatures(context)
  const { symbol, format, ...rest } = options
  if (symbol !== undefined && symbol.length > 1) {
    throw new Failure(
      EXIT.usage,
      `--features takes one --symbol, or all without it, not ${symbol.join(', ')}`,
    )
  }
  if (format !== undefined && isFolderFormat(format)) {
    throw new Failure(EXIT.usage, `--format ${format} does not go with --features: write parquet or csv`)
  }
  await writeFeatures(context, {
    ...rest,
    ...(symbol?.[0] !== undefined && { symbol: symbol[0] }),
    ...(format !== undefined && { format }),
  })
}

function reportLines(report: Report): string[] {
  const size = bytes(report.bytes)
  if (report.format === 'nautilus') {
    const { contracts, quotes, bars, left_out } = report
    const parts = [amount(quotes, 'quote'), amount(contracts, 'contract'), amount(bars, 'bar'), size]
    return [`${report.path}: ${parts.join(', ')}`, ...leftOutLine(left_out)]
  }
  if (report.format === 'lean') {
    const { quotes, trades, open_interest, bars, left_out } = report
    const parts = [
      amount(quotes, 'quote'),
      amount(trades, 'trade line'),
      amount(open_interest, 'open interest line'),
    ]
    return [`${report.path}: ${[...parts, amount(bars, 'bar'), size].join(', ')}`, ...leftOutLine(left_out)]
  }
  return [`${report.path}: ${amount(report.rows, 'row')}, ${size}`]
}

const REASONS: Readonly<Record<string, string>> = {
  one_sided: 'without a bid or an ask with its size',
  repeated: 'that repeat an earlier quote',
  without_quote: 'without a quote',
  other_options: 'of options on futures or adjusted contracts',
  other_day: 'quoted on another day or in the same minute as the one before',
}

function leftOutLine(leftOut: object): string[] {
  const some = Object.entries(leftOut).filter(([, rows]) => rows > 0)
  if (some.length === 0) return []
  return [
    `left out: ${some.map(([why, rows]) => `${amount(rows, 'row')} ${REASONS[why] ?? why}`).join('; ')}`,
  ]
}

function isFolderFormat(format: string): format is FolderFormat {
  return (FOLDER_FORMATS as readonly string[]).includes(format)
}

function parseFormat(text: string): FileFormat | FolderFormat {
  const format = FORMATS.find((one) => one === text.toLowerCase())
  if (format !== undefined) return format
  throw new Failure(
    EXIT.usage,
    `--format ${text} is none of ${FORMATS.join(', ')}: did you mean ${suggest(text, FORMATS)}?`,
  )
}

function parseRight(text: string): 'C' | 'P' {
  const right = /^(?:(c|calls?)|(p|puts?))$/i.exec(text.trim())
  if (right) return right[1] === undefined ? 'P' : 'C'
  throw new Failure(EXIT.usage, `--right ${text} is neither C nor P`)
}

function refuse(options: ExportOptions, names: readonly (keyof ExportOptions)[], why: string): void {
  const name = names.find((one) => options[one] !== undefined)
  if (name !== undefined) throw new Failure(EXIT.usage, `--${name} does not go with ${why}: leave it out`)
}
