/**
 * Whether engines that we did not write read the lake as we do: the same rows and sums, while a process writes, compacts
 * and checkpoints, and after all is compacted.
 *
 *   npm run test:interop                   every engine; installs Python packages into a temporary folder at first
 *   npm run test:interop -- --quick        without Spark, fewer reads
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Goal, printGoals } from '../../scripts/bench/report.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { SMALL_TABLES } from '../../src/lake/tables/small-tables.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type Content, totalsUpTo } from '../support/writer-operations.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import { type Engine, type Reading, type Skipped, startPython } from './engine.ts'
import { startHyparquet } from './hyparquet.ts'
import { makeDeltaEnvironment, makeSparkEnvironment, SPARK_DELTA } from './python.ts'
import { fillSmallTables, readSmall } from './small-tables.ts'

const PROGRAMS = resolve(import.meta.dirname, '../support')
/** No file of an old version may go while a slow engine reads it. */
const RETENTION_SECONDS = 3_600
/** Before the first read, so that there is a checkpoint and a compacted day. */
const SLOTS_FIRST = 30
/** Each is read after compaction. */
const TABLES = 1 + SMALL_TABLES.length
/** Kept of what an engine says when it fails. */
const MESSAGE_CHARACTERS = 300

interface Result {
  readonly engine: Engine | Skipped
  readonly during: number
  readonly after: number
  readonly faults: readonly string[]
}

/** What each engine read wrongly, by its name. */
type Found = Map<string, readonly string[]>

const tableOf = (folder: string) => join(folder, 'option_snapshots')

async function start(quick: boolean): Promise<(Engine | Skipped)[]> {
  const delta = await makeDeltaEnvironment()
  const spark = quick
    ? ({ kind: 'missing', why: 'left out by --quick' } as const)
    : await makeSparkEnvironment()
  const cache = spark.kind === 'made' ? join(spark.folder, 'ivy') : ''
  return [
    ...(await Promise.all(['delta-rs', 'pyarrow', 'polars'].map((name) => startPython(name, delta)))),
    await startPython('spark', spark, [SPARK_DELTA, cache]),
    await startHyparquet(),
  ]
}

/** What is wrong with a reading that must show the operations up to one of `least` … `most`; null for nothing. */
function faultOf(reading: Reading, least: number, most: number): string | null {
  const { rows, sum, keys } = reading
  if (keys !== rows) return `${rows} rows with ${keys} keys`
  const right = totalsUpTo(most + 1)
  const found = right.findIndex((total: Content) => total.rows === rows && total.sum === sum)
  if (found > least) return null
  return found < 0
    ? `${rows} rows of sum ${sum}: no operation up to ${most} left such a lake`
    : `as of operation ${found - 1}, though ${least} was stored before`
}

/** What is wrong with one reading; `least` was stored before it, and no more than `most()` may be when it ends. */
async function readOnce(
  engine: Engine,
  table: string,
  { least, most }: { least: number; most: () => number },
): Promise<string[]> {
  const fault = await engine.read(table).then(
    (reading) => faultOf(reading, least, most()),
    (error: Error) => error.message.slice(0, MESSAGE_CHARACTERS),
  )
  return fault === null ? [] : [fault]
}

/** Reads with each engine in turn while a process writes, until it is killed. */
async function readBeside(folder: string, engines: readonly Engine[], times: number): Promise<Found> {
  const writer = startWriter({ programs: PROGRAMS, folder, retentionSeconds: RETENTION_SECONDS })
  await expectEvent(writer, 'open')
  await writer.storedCount(SLOTS_FIRST)
  const found: Found = new Map()
  for (const engine of engines) {
    const faults: string[] = []
    for (let time = 0; time < times; time++) {
      const least = writer.acknowledged()
      // One more may be committed and not yet heard of.
      const most = () => writer.acknowledged() + 1
      faults.push(...(await readOnce(engine, tableOf(folder), { least, most })))
    }
    found.set(engine.name, faults)
  }
  await writer.kill()
  return found
}

/** Stores one slot more, compacts everything, and returns the last operation. */
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
  const all = await start(quick)
  const engines = all.filter((engine): engine is Engine => !('skipped' in engine))
  const during = await readBeside(folder, engines, times)
  const last = await compactAll(folder)
  const small = await fillSmallTables(folder)
  const after: Found = new Map()
  for (const engine of engines) {
    const snapshots = await readOnce(engine, tableOf(folder), { least: last, most: () => last })
    after.set(engine.name, [...snapshots, ...(await readSmall(engine, small))])
    await engine.close()
  }
  return all.map((engine) => {
    const [beside, compacted] = [during.get(engine.name), after.get(engine.name)]
    if (beside === undefined || compacted === undefined) return { engine, during: 0, after: 0, faults: [] }
    const faults = [...beside, ...compacted.map((fault) => `after compaction: ${fault}`)]
    return { engine, during: times - beside.length, after: TABLES - compacted.length, faults }
  })
}

function print(results: readonly Result[]): void {
  for (const { engine, faults } of results) {
    for (const fault of new Set(faults)) console.log(`${engine.name}: ${fault}`)
  }
  console.log(
    formatTable(results, [
      { title: 'engine', value: ({ engine }) => engine.name },
      { title: 'right during writes', align: 'right', value: ({ during }) => String(during) },
      { title: 'tables right after compaction', align: 'right', value: ({ after }) => String(after) },
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

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } })
if (values.help)
  console.log('usage: npm run test:interop [-- --quick]   (--quick: without Spark, fewer reads)')
else await withFolder(async (folder) => print(await measure(join(folder, 'lake'), values.quick === true)))
