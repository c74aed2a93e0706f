/**
 * The speed of a year of the lake, compared with plain DuckDB over a glob of Hive partitions and with Polars and deltalake,
 * partitioned by symbol and month of expiry. Makes its own synthetic year in a temporary folder.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { count } from '../src/commands/terminal/format.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { sqlLiteral } from '../src/lake/engines/duckdb.ts'
import { type Lake, openLake } from '../src/lake/open.ts'
import { latestChain } from '../src/lake/query/chains.ts'
import { stats } from '../src/lake/query/stats.ts'
import { checkpointNow } from '../src/lake/tables/ledger.ts'
import { DAILY_OBSERVATIONS } from '../src/lake/tables/small-tables.ts'
import { append, type SlotCommit } from '../src/lake/write/append.ts'
import { compact } from '../src/lake/write/compact.ts'
import { upsert } from '../src/lake/write/write-rows.ts'
import { systemClock } from '../src/market/clock.ts'
import { type ExpiryDate, sessionDate } from '../src/market/units.ts'
import { NO_DAILY_PRICES } from '../src/snapshot/daily-prices.ts'
import { printColumnBytes } from './bench/column-bytes.ts'
import { measureResidentMemory, medianMs, openingMs } from './bench/lake-measure.ts'
import {
  type BenchmarkQuery,
  benchmarkQueries,
  CHART_COLUMNS,
  parametersForPolars,
  runGlobQuery,
  type SampleContract,
} from './bench/lake-queries.ts'
import { measureScale } from './bench/lake-scale.ts'
import { createPythonEnvironment, measurePolars, type PolarsResult } from './bench/polars-deltalake.ts'
import { type Goal, median, printGoals } from './bench/report.ts'
import { SYMBOLS, type SyntheticDay, syntheticDays } from './bench/synthetic.ts'
import { openDuckDB, slotCommits, storeCompactedDay } from './bench/year.ts'

const HELP = `Usage: bench-lake [--quick] [--scale] [--days N] [--commits N] [--no-comparison] [--folder DIR] [--help]

Measures a synthetic year of 252 days × 78 slots × 7,200 rows: about 7 GB in a temporary folder, removed at the end,
and 25 minutes on two quiet cores. Prints tables and, last, one JSON object.

  --quick          20 days and 390 commits; a quarter of the sessions of the large lakes
  --scale          only the large lakes: 5 years of 3 symbols, 1 year of 200 symbols, 100,000 files
  --days N         number of days (252)
  --commits N      commits for the figure of resident memory (20,000)
  --no-comparison  leave out plain DuckDB and Polars + deltalake
  --folder DIR     parent of the temporary folder
`
const MOST_POLARS_MS = 20 * 60_000
/** The last slots of the day, when the lake is fullest. */
const TIMED_COMMITS = 40
/** Small slots make twenty thousand commits possible; two days of full slots show the size of the process. */
const ROWS_OF_MANY = 100
const WHOLE_COMMITS = 156

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    days: { type: 'string' },
    commits: { type: 'string' },
    'no-comparison': { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
})

if (args.help) process.stdout.write(HELP)
else await main()

async function main(): Promise<void> {
  const days = syntheticDays(Number(args.days ?? (args.quick ? 20 : 252)), sessionDate('2026-11-20'))
  const commits = Number(args.commits ?? (args.quick ? 390 : 20_000))
  const folder = mkdtempSync(join(resolve(args.folder), 'optionlake-bench-lake-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('SIGINT', () => {
    remove()
    process.exit(130)
  })
  try {
    if (args.scale) printGoals('lake', await measureScale(folder, args.quick))
    else await measure(folder, days, commits)
  } finally {
    remove()
  }
}

async function measure(folder: string, days: readonly SyntheticDay[], commits: number): Promise<void> {
  const writer = await openLake(join(folder, 'lake'), {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
  })
  const { commitMs, slot } = await build(writer, days)
  const today = days.at(-1) as SyntheticDay
  const sample: SampleContract = {
    expiry: today.expiries[0] as ExpiryDate,
    strike: Math.round(today.path.get('SPY')?.[0]?.price ?? 0),
  }
  const queries = benchmarkQueries(days, sample)
  const totals = await stats(writer)
  console.log(`${count(totals.rows)} rows of ${days.length} days in ${count(totals.files)} files\n`)

  const openMs = openingMs(writer.layout.root)
  const memoryMs = await medianMs(() => latestChain(writer, 'SPY'))
  const ours = await measureLake(writer.layout.root, queries)
  const plain = args['no-comparison'] ? new Map<string, number>() : await measureGlob(writer, queries)
  const polars = args['no-comparison'] ? null : measurePython(folder, writer, { days, sample })
  const compaction = await compact(writer, { scope: { kind: 'date', date: today.date } })
  const duckdb = await openDuckDB()
  await printColumnBytes(writer, duckdb, today.date)
  duckdb.closeSync()
  await writer.close()
  printComparison(queries, { ours, plain, polars, commitMs })

  const small = {
    ...slot,
    symbols: slot.symbols.map((one) => ({ ...one, rows: one.rows.slice(0, ROWS_OF_MANY) })),
  }
  const many = measureResidentMemory(folder, commits, small)
  const whole = measureResidentMemory(folder, WHOLE_COMMITS, slot)
  const service = measureResidentMemory(folder, WHOLE_COMMITS, slot, { MALLOC_ARENA_MAX: '2' })
  const compactedRows = compaction.compacted.reduce((sum, { rows }) => sum + rows, 0)
  const compactedBytes = compaction.compacted.reduce((sum, { bytesAfter }) => sum + bytesAfter, 0)
  const goals: Goal[] = [
    { name: 'latest chain, from memory', value: memoryMs, unit: 'ms', atMost: 1 },
    ...queries.flatMap(({ name, goalMs }) =>
      goalMs === null ? [] : [{ name, value: ours.get(name) ?? null, unit: 'ms', atMost: goalMs }],
    ),
    { name: 'slot commit of 7,200 rows', value: commitMs, unit: 'ms', atMost: 50 },
    {
      name: 'compaction of a symbol and day',
      value: median(compaction.compacted.map(({ ms }) => ms)),
      unit: 'ms',
      atMost: 250,
    },
    { name: 'bytes a row, compacted', value: compactedBytes / compactedRows, unit: 'B', atMost: 18 },
    { name: 'opening in a new process', value: openMs, unit: 'ms', atMost: 100 },
    { name: 'resident memory, whole slots', value: whole.most / 1e6, unit: 'MB', atMost: 300 },
    { name: 'the same while a day is compacted', value: whole.peak / 1e6, unit: 'MB', atMost: 300 },
    { name: 'the same, as the service starts it', value: service.peak / 1e6, unit: 'MB', atMost: 300 },
    { name: `resident memory, ${count(commits)} commits`, value: many.most / 1e6, unit: 'MB', atMost: 300 },
    {
      name: 'its growth from the second quarter to the last',
      value: many.growth / 1e6,
      unit: 'MB',
      atMost: 15,
    },
    ...(await measureScale(folder, args.quick)),
  ]
  printGoals('lake', goals)
}

/** Stores all days but the last as compaction leaves them, and the last slot by slot with the product's own append. */
async function build(
  lake: Lake,
  days: readonly SyntheticDay[],
): Promise<{ commitMs: number; slot: SlotCommit }> {
  const duckdb = await openDuckDB()
  const bar = new SingleBar({ format: 'making {bar} {value} of {total} days · {eta_formatted} left' })
  const startedAtMs = performance.now()
  if (process.stderr.isTTY) bar.start(days.length, 0)
  for (const [done, day] of days.slice(0, -1).entries()) {
    await storeCompactedDay(lake, duckdb, day)
    bar.update(done + 1)
  }
  await checkpointNow(lake)
  const observed = days.flatMap((day) => SYMBOLS.map((symbol) => observation(day, symbol)))
  await upsert(lake, DAILY_OBSERVATIONS, observed)
  const taken: number[] = []
  let last: SlotCommit | undefined
  for await (const slot of slotCommits(duckdb, days.at(-1) as SyntheticDay)) {
    taken.push((await append(lake, slot)).commitMs)
    last = slot
  }
  bar.stop()
  duckdb.closeSync()
  console.log(`made in ${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`)
  return { commitMs: median(taken.slice(-TIMED_COMMITS)), slot: last as SlotCommit }
}

function observation(day: SyntheticDay, symbol: string) {
  const close = day.path.get(symbol)?.at(-1)
  const iv30 = close ? Math.round(close.vol * 1e6) / 1e6 : null
  const fixed = {
    source: 'chain',
    vix: null,
    cycles: 6,
    recorded_at: day.slots.at(-1) as number,
    definition_version: null,
    ...NO_DAILY_PRICES,
  }
  return { symbol, date: day.date, iv30, close: close?.price ?? null, ...fixed }
}

async function measureLake(folder: string, queries: readonly BenchmarkQuery[]): Promise<Map<string, number>> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  const answers = new Map<string, number>()
  for (const question of queries) {
    answers.set(question.name, await medianMs((nth) => question.ours(lake, nth)))
  }
  await lake.close()
  return answers
}

/** Runs before compaction, because a glob would also read replaced files. */
async function measureGlob(lake: Lake, queries: readonly BenchmarkQuery[]): Promise<Map<string, number>> {
  const connection = await openDuckDB()
  const glob = sqlLiteral(join(lake.layout.table, '*', '*', '*.parquet'))
  await connection.run(`CREATE VIEW rows AS SELECT * FROM read_parquet(${glob}, hive_partitioning = true)`)
  const answers = new Map<string, number>()
  for (const { name, plain } of queries) {
    if (plain !== null) answers.set(name, await medianMs(() => runGlobQuery(connection, plain)))
  }
  connection.closeSync()
  return answers
}

function measurePython(
  folder: string,
  lake: Lake,
  { days, sample }: { days: readonly SyntheticDay[]; sample: SampleContract },
): PolarsResult | null {
  const python = createPythonEnvironment(join(folder, 'python'))
  if (python === null) return null
  const work = join(folder, 'deltalake')
  mkdirSync(work)
  const parameters = parametersForPolars(days, sample)
  const answers = measurePolars(python, {
    rows: lake.layout.table,
    work,
    facts: parameters,
    timeoutMs: MOST_POLARS_MS,
  })
  rmSync(work, { recursive: true })
  if (answers) {
    const { loadSeconds, bytesPerRow } = answers
    console.log(
      `Polars + deltalake: loaded in ${loadSeconds.toFixed(0)} s, ${bytesPerRow.toFixed(1)} B a row`,
    )
  }
  return answers
}

function printComparison(
  queries: readonly BenchmarkQuery[],
  found: {
    ours: ReadonlyMap<string, number>
    plain: ReadonlyMap<string, number>
    polars: PolarsResult | null
    commitMs: number
  },
): void {
  const ms = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(value < 10 ? 2 : 0))
  const lines = [...queries.map(({ name }) => name), 'slot commit']
  console.log(
    `\nMedian milliseconds, warm; ${CHART_COLUMNS.length} columns of options over time, all columns of chains:\n`,
  )
  console.log(
    formatTable(lines, [
      { title: 'question', value: (name) => name },
      {
        title: 'optionlake',
        align: 'right',
        value: (name) => ms(name === 'slot commit' ? found.commitMs : found.ours.get(name)),
      },
      { title: 'DuckDB, glob', align: 'right', value: (name) => ms(found.plain.get(name)) },
      { title: 'Polars + deltalake', align: 'right', value: (name) => ms(found.polars?.answers[name]) },
    ]),
  )
  console.log('')
}
