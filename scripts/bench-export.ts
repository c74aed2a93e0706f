/** The speed of exporting a day and a month of a synthetic lake in each format. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatTable } from '../src/commands/terminal/table.ts'
import { exportLean } from '../src/export/lean/export-lean.ts'
import { exportNautilus } from '../src/export/nautilus/export-nautilus.ts'
import { type Lake, openLake } from '../src/lake/open.ts'
import { exportRows } from '../src/lake/query/export.ts'
import { systemClock } from '../src/market/clock.ts'
import { sessionDate } from '../src/market/units.ts'
import { type Goal, printGoals } from './bench/report.ts'
import { SYMBOLS, syntheticDays } from './bench/synthetic.ts'
import { openDuckDB, storeCompactedDay } from './bench/year.ts'

const HELP = `Usage: bench-export [--quick] [--help]

Exports a day and a month (21 sessions of 78 slots × 7,200 rows) in each format. Prints a table and, last, one JSON object.

  --quick   a day only`
const LAST = sessionDate('2026-11-20')

interface Measured {
  readonly format: string
  readonly days: number
  readonly rows: number
  readonly bytes: number
  readonly seconds: number
}

async function measure(lake: Lake, folder: string, days: number): Promise<Measured[]> {
  const first = syntheticDays(days, LAST)[0]
  if (first === undefined) throw new Error('no session to export')
  const dates = { from: first.date, to: LAST }
  const out = join(folder, 'export')
  const exports = {
    parquet: () => exportRows(lake, { ...dates, symbol: SYMBOLS, out, format: 'parquet', replace: false }),
    csv: () => exportRows(lake, { ...dates, symbol: SYMBOLS, out, format: 'csv', replace: false }),
    nautilus: () => exportNautilus(lake, { ...dates, out, replace: false }),
    lean: () => exportLean(lake, { ...dates, out, replace: false }),
  }
  const measured: Measured[] = []
  for (const [format, run] of Object.entries(exports)) {
    const startedAtMs = performance.now()
    const { rows, bytes } = await run()
    measured.push({ format, days, rows, bytes, seconds: (performance.now() - startedAtMs) / 1_000 })
    rmSync(out, { recursive: true })
  }
  return measured
}

function print(measured: readonly Measured[]): void {
  console.log(
    formatTable(measured, [
      { title: 'format', value: ({ format }) => format },
      { title: 'days', align: 'right', value: ({ days }) => String(days) },
      { title: 'rows', align: 'right', value: ({ rows }) => rows.toLocaleString('en-US') },
      { title: 'MB', align: 'right', value: ({ bytes }) => (bytes / 1e6).toFixed(1) },
      { title: 's', align: 'right', value: ({ seconds }) => seconds.toFixed(1) },
      {
        title: 'rows/s',
        align: 'right',
        value: (one) => Math.round(one.rows / one.seconds).toLocaleString('en-US'),
      },
      { title: 'MB/s', align: 'right', value: ({ bytes, seconds }) => (bytes / 1e6 / seconds).toFixed(1) },
    ]),
  )
  const goals = measured.map(
    ({ format, days, rows, seconds }): Goal => ({
      ...{ name: `${format}, ${days === 1 ? 'a day' : `${days} days`}`, value: rows / seconds },
      ...{ unit: 'rows/s', atLeast: LEAST_ROWS_PER_SECOND[format] ?? 0 },
    }),
  )
  printGoals('export', goals)
}

const LEAST_ROWS_PER_SECOND: Readonly<Record<string, number>> = {
  ...{ parquet: 500_000, csv: 200_000, nautilus: 20_000, lean: 50_000 },
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
})
if (values.help) console.log(HELP)
else {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-bench-export-'))
  try {
    const lake = await openLake(join(folder, 'lake'), {
      mode: 'write',
      source: 'simulated',
      clock: systemClock,
    })
    const duckdb = await openDuckDB()
    for (const day of syntheticDays(values.quick ? 1 : 21, LAST)) await storeCompactedDay(lake, duckdb, day)
    const measured = await measure(lake, folder, 1)
    if (!values.quick) measured.push(...(await measure(lake, folder, 21)))
    print(measured)
    await lake.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
