/**
 * Checks that other engines read the lake as optionlake does: the same rows and sums, while a process stores slots,
 * compacts and writes checkpoints, and after everything is compacted.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Goal, printGoals } from '../../scripts/bench/report.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { SMALL_TABLES } from '../../src/lake/tables/small-tables.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type Content, totalsUpTo } from '../support/writer-operations.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import type { Engine, SkippedEngine, SnapshotTotals } from './engine.ts'
import { openHyparquet } from './hyparquet-engine.ts'
import { openPythonEngine } from './python-engine.ts'
import { createDeltaEnvironment, createSparkEnvironment, SPARK_DELTA } from './python-environment.ts'
import { checkSmallTables, fillSmallTables } from './small-tables.ts'

const PROGRAMS = resolve(import.meta.dirname, '../support')
/** Long, so that no file of an old version is deleted while a slow engine reads it. */
const RETENTION_SECONDS = 3_600
/** Stored before the first read: enough for a checkpoint and a compacted day. */
const SLOTS_BEFORE_READS = 30
/** All are read after compaction. */
const TABLES = 1 + SMALL_TABLES.length
/** How much of an engine's error message is shown. */
const MESSAGE_CHARACTERS = 300

interface Result {
  readonly engine: Engine | SkippedEngine
  /** Correct reads while a process writes. */
  readonly during: number
  /** Tables that are read correctly after compaction. */
  readonly after: number
  readonly faults: readonly string[]
}

/** Wrong reads, by name of the engine. */
type FaultsByEngine = Map<string, readonly string[]>

const tableOf = (folder: string) => join(folder, 'option_snapshots')

async function openEngines(quick: boolean): Promise<(Engine | SkippedEngine)[]> {
  const delta = await createDeltaEnvironment()
  const spark = quick
    ? ({ kind: 'missing', why: '--quick leaves it out' } as const)
    : await createSparkEnvironment()
  const cache = spark.kind === 'made' ? join(spark.folder, 'ivy') : ''
  return [
    ...(await Promise.all(['delta-rs', 'pyarrow', 'polars'].map((name) => openPythonEngine(name, delta)))),
    await openPythonEngine('spark', spark, [SPARK_DELTA, cache]),
    openHyparquet(),
  ]
}

/** What is wrong with a read; null if it shows the lake as it was after one of the operations from `least` to `most`. */
function faultOf(read: SnapshotTotals, least: number, most: number): string | null {
  const { rows, sum, keys } = read
  if (keys !== rows) return `${rows} rows, but ${keys} distinct keys`
  const expected = totalsUpTo(most + 1)
  const found = expected.findIndex((total: Content) => total.rows === rows && total.sum === sum)
  if (found > least) return null
  return found < 0
    ? `${rows} rows with sum ${sum}: the lake was never like that up to operation ${most}`
    : `the lake as of operation ${found - 1}, although operation ${least} was committed before the read`
}

/**
 * Reads once. Returns what is wrong, if anything.
 * @param least the last operation that was committed before the read.
 * @param most the last operation that may be committed when the read ends.
 */
async function readOnce(
  engine: Engine,
  table: string,
  { least, most }: { least: number; most: () => number },
): Promise<string[]> {
  const fault = await engine.read(table).then(
    (read) => faultOf(read, least, most()),
    (error: Error) => error.message.slice(0, MESSAGE_CHARACTERS),
  )
  return fault === null ? [] : [fault]
}

/** Reads with each engine in turn while a process writes, then kills that process. */
async function readDuringWrites(
  folder: string,
  engines: readonly Engine[],
  times: number,
): Promise<FaultsByEngine> {
  const writer = startWriter({ programs: PROGRAMS, folder, retentionSeconds: RETENTION_SECONDS })
  await expectEvent(writer, 'open')
  await writer.storedCount(SLOTS_BEFORE_READS)
  const found: FaultsByEngine = new Map()
  for (const engine of engines) {
    const faults: string[] = []
    for (let time = 0; time < times; time++) {
      const least = writer.acknowledged()
      // One more operation may be committed but not acknowledged yet.
      const most = () => writer.acknowledged() + 1
      faults.push(...(await readOnce(engine, tableOf(folder), { least, most })))
    }
    found.set(engine.name, faults)
  }
  await writer.kill()
  return found
}

/** Stores one more slot and compacts everything. Returns the last operation. */
async function compactAll(folder: string): Promise<number> {
  const writer = startWriter({ programs: PROGRAMS, folder, stepped: true })
  await expectEvent(writer, 'ready')
  const { next } = await expectEvent(writer, 'open', writer.order('open'))
  await expectEvent(writer, 'stored', writer.order('store'))
  await expectEvent(writer, 'compacted', writer.order('compact'))
  await writer.kill()
  return next
}

async function measure(folder: string, quick: boolean): Promise<Result[]> {
  const times = quick ? 5 : 20
  const all = await openEngines(quick)
  const engines = all.filter((engine): engine is Engine => !('skipped' in engine))
  const during = await readDuringWrites(folder, engines, times)
  const last = await compactAll(folder)
  const smallTables = await fillSmallTables(folder)
  const after: FaultsByEngine = new Map()
  for (const engine of engines) {
    const snapshots = await readOnce(engine, tableOf(folder), { least: last, most: () => last })
    after.set(engine.name, [...snapshots, ...(await checkSmallTables(engine, smallTables))])
    await engine.close()
  }
  return all.map((engine) => {
    const [duringFaults, afterFaults] = [during.get(engine.name), after.get(engine.name)]
    if (duringFaults === undefined || afterFaults === undefined)
      return { engine, during: 0, after: 0, faults: [] }
    const faults = [...duringFaults, ...afterFaults.map((fault) => `after compaction: ${fault}`)]
    return { engine, during: times - duringFaults.length, after: TABLES - afterFaults.length, faults }
  })
}

function print(results: readonly Result[]): void {
  for (const { engine, faults } of results) {
    for (const fault of new Set(faults)) console.log(`${engine.name}: ${fault}`)
  }
  console.log(
    formatTable(results, [
      { title: 'engine', value: ({ engine }) => engine.name },
      { title: 'correct during writes', align: 'right', value: ({ during }) => String(during) },
      { title: 'tables correct after compaction', align: 'right', value: ({ after }) => String(after) },
      { title: '', value: ({ engine }) => ('skipped' in engine ? `skipped: ${engine.skipped}` : '') },
    ]),
  )
  const goals = results.map(
    ({ engine, faults }): Goal =>
      'skipped' in engine
        ? {
            name: `wrong reads by ${engine.name}`,
            value: null,
            unit: 'reads',
            atMost: 0,
            why: engine.skipped,
          }
        : { name: `wrong reads by ${engine.name}`, value: faults.length, unit: 'reads', atMost: 0 },
  )
  printGoals('interop', goals)
}

const HELP = `usage: npm run test:interop [-- --quick]

Reads a lake with delta-rs, pyarrow, Polars, Spark and hyparquet while it is written, and after compaction.
The first run installs Python packages into a temporary folder. An engine that cannot run here is skipped, and
the reason is printed.

  --quick    without Spark, and with fewer reads
  --help     this text`

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
})
if (values.help) console.log(HELP)
else await withFolder(async (folder) => print(await measure(join(folder, 'lake'), values.quick === true)))
