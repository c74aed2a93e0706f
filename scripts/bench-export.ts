/** The speed of exporting a day of a synthetic lake in each format, compared with DuckDB copying the same rows. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DuckDBConnection } from '@duckdb/node-api'
import { count } from '../src/commands/terminal/format.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { exportLean } from '../src/export/lean/export-lean.ts'
import { exportNautilus } from '../src/export/nautilus/export-nautilus.ts'
import { sqlLiteral } from '../src/lake/engines/duckdb.ts'
import { type Lake, openLake } from '../src/lake/open.ts'
import { exportRows } from '../src/lake/query/export.ts'
import { systemClock } from '../src/market/clock.ts'
import { sessionDate } from '../src/market/units.ts'
import { type Goal, median, printGoals } from './bench/report.ts'
import { SYMBOLS, syntheticDays } from './bench/synthetic.ts'
import { openDuckDB, storeCompactedDay } from './bench/year.ts'

const HELP = `Usage: bench-export [--quick] [--days N] [--help]

Exports a day (78 slots × 7,200 rows) in each format, and copies the same files to Parquet and CSV with plain DuckDB, as
somebody without this command would: three times, in turn. The folders of nautilus_trader and LEAN are written once, and are
compared with DuckDB's CSV, because nothing else writes them from these rows. Prints a table and, last, one JSON object.
A minute on two quiet cores.

  --quick    one symbol of three, and once
  --days N   that many sessions (1)`
const LAST = sessionDate('2026-11-20')
const ROUNDS = 3

interface Measured {
  readonly name: string
  readonly rows: number
  readonly bytes: number
  readonly seconds: number
}

/** One way to get the rows out. */
interface Way {
  readonly name: string
  readonly rounds: number
  run(out: string): Promise<{ readonly rows: number; readonly bytes: number }>
}

function waysOf(lake: Lake, duckdb: DuckDBConnection, { days, quick }: Choice): Way[] {
  const [first] = syntheticDays(days, LAST)
  if (first === undefined) throw new Error('no session to export')
  const symbol = quick ? SYMBOLS.slice(0, 1) : SYMBOLS
  const request = { from: first.date, to: LAST, symbol, replace: false }
  const rounds = quick ? 1 : ROUNDS
  const files = symbol.map((one) => sqlLiteral(join(lake.layout.table, `symbol=${one}/**/*.parquet`)))
  const copy = (options: string) => async (out: string) => {
    const source = `read_parquet([${files.join(', ')}], hive_partitioning = true)`
    await duckdb.run(`COPY (SELECT * FROM ${source}) TO ${sqlLiteral(out)} (${options})`)
    const [row] = (await duckdb.runAndReadAll(`SELECT count(*) FROM ${source}`)).getRows()
    return { rows: Number(row?.[0]), bytes: statSync(out).size }
  }
  return [
    { name: 'parquet', rounds, run: (out) => exportRows(lake, { ...request, out, format: 'parquet' }) },
    { name: 'parquet by DuckDB', rounds, run: copy('FORMAT parquet, COMPRESSION zstd') },
    { name: 'csv', rounds, run: (out) => exportRows(lake, { ...request, out, format: 'csv' }) },
    { name: 'csv by DuckDB', rounds, run: copy('FORMAT csv') },
    { name: 'nautilus', rounds: 1, run: (out) => exportNautilus(lake, { ...request, out }) },
    { name: 'lean', rounds: 1, run: (out) => exportLean(lake, { ...request, out }) },
  ]
}

/** The ways in turn, so that what disturbs the machine disturbs all. */
async function measure(ways: readonly Way[], folder: string): Promise<Measured[]> {
  const out = join(folder, 'export')
  const times = new Map<string, number[]>()
  const last = new Map<string, { readonly rows: number; readonly bytes: number }>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, rounds, run } of ways) {
      if (round >= rounds) continue
      const startedAtMs = performance.now()
      last.set(name, await run(out))
      const seconds = (performance.now() - startedAtMs) / 1_000
      times.set(name, [...(times.get(name) ?? []), seconds])
      console.error(`${name}: ${seconds.toFixed(1)} s`)
      rmSync(out, { recursive: true })
    }
  }
  return ways.map(({ name }) => {
    const { rows, bytes } = last.get(name) ?? { rows: 0, bytes: 0 }
    return { name, rows, bytes, seconds: median(times.get(name) ?? []) }
  })
}

/** Longest time, in that of DuckDB. */
const GOALS: readonly (readonly [name: string, others: string, atMost: number])[] = [
  ['parquet', 'parquet by DuckDB', 2],
  ['csv', 'csv by DuckDB', 2],
  ['nautilus', 'csv by DuckDB', 30],
  ['lean', 'csv by DuckDB', 10],
]

function print(measured: readonly Measured[]): void {
  console.log(
    formatTable(measured, [
      { title: 'format', value: ({ name }) => name },
      { title: 'rows', align: 'right', value: ({ rows }) => count(rows) },
      { title: 'MB', align: 'right', value: ({ bytes }) => (bytes / 1e6).toFixed(1) },
      { title: 's', align: 'right', value: ({ seconds }) => seconds.toFixed(1) },
      { title: 'rows/s', align: 'right', value: ({ rows, seconds }) => count(Math.round(rows / seconds)) },
    ]),
  )
  const secondsOf = (name: string) => measured.find((one) => one.name === name)?.seconds ?? Number.NaN
  const goals = GOALS.map(
    ([name, others, atMost]): Goal => ({
      ...{ name: `${name}, time in that of ${others}`, value: secondsOf(name) / secondsOf(others) },
      ...{ unit: '×', atMost },
    }),
  )
  printGoals('export', goals)
}

interface Choice {
  readonly days: number
  readonly quick: boolean
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    days: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) console.log(HELP)
else {
  const choice = { days: Number(values.days), quick: values.quick }
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-bench-export-'))
  try {
    const lake = await openLake(join(folder, 'lake'), {
      mode: 'write',
      source: 'simulated',
      clock: systemClock,
    })
    const duckdb = await openDuckDB()
    for (const day of syntheticDays(choice.days, LAST)) {
      await storeCompactedDay(lake, duckdb, day)
      console.error(`lake: ${day.date}`)
    }
    print(await measure(waysOf(lake, duckdb, choice), folder))
    await lake.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
