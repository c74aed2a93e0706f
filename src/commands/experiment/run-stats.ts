import { dirname, resolve } from 'node:path'
import {
  describeDamage,
  openRunEngine,
  type QueryRow,
  type QueryValue,
} from '../../experiments/analysis/engine.ts'
import { FIGURES } from '../../experiments/analysis/run-figures.ts'
import { type RunSummary, summariseRun } from '../../experiments/analysis/summary.ts'
import type { RunStatsAnswer } from '../../schemas/experiment/stats.ts'
import type { CommandContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { formatTable } from '../terminal/table.ts'

/** Prints every figure of one run, and its orders by size. */
export async function printStats(context: CommandContext, path: string): Promise<void> {
  const engine = await openRunEngine({ folders: [dirname(path)], signal: context.signal })
  const run = await summariseRun(engine, path).finally(engine.close)
  if (context.json) printJson<RunStatsAnswer>(context, runFiguresJson(run))
  else context.print(describe(run))
  if (run.warning !== null) context.printWarning(`${path}: ${run.warning}`)
  if (run.damage.damaged > 0) context.printWarning(`${path}: ${describeDamage(run.damage)}`)
}

/** The figures of a run with --json. */
export function runFiguresJson({ path, damage, figures, quantities, warning }: RunSummary): RunStatsAnswer {
  const { records, damaged, byFault, examples } = damage
  return {
    ...{ path: resolve(path), figures, quantities, warning },
    damage: { records, damaged, by_fault: byFault, examples },
  }
}

function describe({ figures, quantities }: RunSummary): string {
  const width = Math.max(...FIGURES.map(({ name }) => name.length))
  const lines = FIGURES.map(({ name }) => `${name.padEnd(width)}  ${shown(figures[name])}`)
  if (quantities.length === 0) return lines.join('\n')
  return [...lines, '', quantityTable(quantities)].join('\n')
}

function quantityTable(rows: readonly QueryRow[]): string {
  const columns = [
    'qty',
    'orders',
    'orders_with_fill',
    'orders_filled',
    'ordered_qty',
    'filled_qty',
    'shares_filled_pct',
  ]
  return formatTable(
    rows,
    columns.map((title) => ({ title, align: 'right', value: (row) => shown(row[title]) })),
  )
}

/** At most six decimals; – where there is no value. */
function shown(value: QueryValue | undefined): string {
  if (value === null || value === undefined) return '–'
  return typeof value === 'number' ? String(Number(value.toFixed(6))) : String(value)
}
