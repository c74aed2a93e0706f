import { resolve } from 'node:path'
import { FEATURE_COLUMNS } from '../../analytics/features/feature-columns.ts'
import type { FeatureInterval } from '../../analytics/features/feature-rows.ts'
import { featureDates, features } from '../../analytics/stored/feature-export.ts'
import { type FileFormat, formatOf } from '../../lake/query/export.ts'
import { exportTable } from '../../lake/query/export-table.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { ExportAnswer, FeatureColumns } from '../../schemas/query/export.ts'
import type { CommandContext } from '../context.ts'
import { parseDates } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { describeLake, openForQueries } from '../stored-lake.ts'
import { amount, bytes } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'

/** The options of `export` that --features takes. */
export interface FeatureOptions {
  readonly symbol?: string
  readonly from?: string
  readonly to?: string
  readonly every?: string
  readonly format?: FileFormat
  readonly out?: string
  readonly force?: true
}

/** Prints the columns: their names, types, units and meaning. */
export function describeFeatures(context: CommandContext): void {
  if (context.json) {
    const columns = FEATURE_COLUMNS.map(({ name, type, unit, doc }) => ({ name, type, unit, doc }))
    printJson<FeatureColumns>(context, { columns })
    return
  }
  const table = formatTable(FEATURE_COLUMNS, [
    { title: 'column', value: ({ name }) => name },
    { title: 'type', value: ({ type }) => type },
    { title: 'unit', leaveOut: 1, value: ({ unit }) => unit },
    { title: 'meaning', wraps: true, value: ({ doc }) => doc },
  ])
  context.print(table)
}

/** Writes one row for each symbol and slot, or session, with everything that was known then. */
export async function writeFeatures(context: CommandContext, options: FeatureOptions): Promise<void> {
  const every = parseEvery(options.every)
  const { format = options.out === undefined ? 'parquet' : formatOf({ out: options.out }) } = options
  const out = options.out ?? `features.${format}`
  const { from, to } = parseDates(options)
  const lake = await openForQueries(context)
  const request = { symbol: options.symbol, from, to, every }
  const dates = await featureDates(lake, request)
  if (dates.length === 0) {
    throw new Failure(
      EXIT.usage,
      `no figures are stored for these dates in ${lake.layout.root}: see optionlake status`,
    )
  }
  const bar = openProgressBar('days', context.interactive)
  let done = 0
  const rows = features(lake, request, () => bar.update(++done, dates.length))
  const report = await exportTable(
    lake,
    { columns: FEATURE_COLUMNS, rows, out, format, replace: options.force === true },
    context.signal,
  ).finally(bar.close)
  if (context.json)
    printJson<ExportAnswer>(context, {
      lake: resolve(lake.layout.root),
      source: lake.source,
      format,
      ...report,
    })
  else context.print(`${report.path}: ${amount(report.rows, 'row')}, ${bytes(report.bytes)}`)
  if (!context.json) context.printStatus(`from ${describeLake(lake)}`)
}

function parseEvery(text = 'slot'): FeatureInterval {
  if (text === 'slot' || text === 'day') return text
  throw new Failure(EXIT.usage, `--every ${text} is neither slot nor day`)
}
