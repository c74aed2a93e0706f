import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { TEMPORARY_PREFIX } from '../../src/delta/index.ts'
import { currentState, type Lake, openLake } from '../../src/lake/open.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { systemClock } from '../../src/market/clock.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { contentAfter, opOf, planOf, SUM_SQL, SYMBOLS } from './writer-operations.ts'

/** The faults of a lake after its writer was interrupted, by kind. */
export interface LakeCheck {
  /** Operations found. */
  readonly operations: number
  /** Acknowledged operations whose rows are missing or older. */
  readonly lost: number
  /** (slot, symbol) pairs with other rows than the operations stored, and data files that are not as written. */
  readonly torn: number
  /** Duplicate rows. */
  readonly duplicates: number
  /** Unfinished files, and visible data files that are in no commit. */
  readonly orphans: number
  /** One line of text for each fault. */
  readonly details: readonly string[]
}

/** Number of faults. Orphans do not count: the next start removes them. */
export function faultCount({ lost, torn, duplicates }: LakeCheck): number {
  return lost + torn + duplicates
}

/**
 * Compares a lake with what it must hold: the operations 0 … n exactly, where n is at least `acknowledged`.
 * @param acknowledged the highest operation that was acknowledged, −1 for none.
 */
export async function checkLake(folder: string, acknowledged: number): Promise<LakeCheck> {
  try {
    const lake = await openLake(folder, { mode: 'read', clock: systemClock })
    return await checkOpenLake(lake, acknowledged).finally(() => lake.close())
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const nothing = { operations: 0, lost: 0, torn: 0, duplicates: 0, orphans: 0, details: [] }
    // No lake, and nothing was acknowledged.
    if (error.exitCode === EXIT.configuration && acknowledged < 0) return nothing
    // A lake that cannot be read has lost everything that was acknowledged.
    return { ...nothing, lost: acknowledged + 1, torn: 1, details: [error.message] }
  }
}

async function checkOpenLake(lake: Lake, acknowledged: number): Promise<LakeCheck> {
  const details: string[] = []
  const ledger = await slots(lake)
  const last = ledger.reduce((most, row) => Math.max(most, opOf(row)), -1)
  const lost = Math.max(0, acknowledged - last)
  if (lost > 0) details.push(`op ${acknowledged} was acknowledged, the lake ends with op ${last}`)
  const named = new Set(ledger.map((row) => `${opOf(row)} ${row.symbol}`))
  const unnamed = reportsAfter(last + 1).filter((report) => !named.has(report))
  details.push(...unnamed.map((report) => `the ledger has no row of op ${report}`))
  const content = await compareContent(lake, last + 1)
  const files = await damagedFiles(lake)
  const orphans = await strayFiles(lake)
  details.push(...content.details, ...files, ...orphans)
  return {
    operations: last + 1,
    lost: lost + unnamed.length,
    torn: content.details.length + files.length,
    duplicates: content.duplicates,
    orphans: orphans.length,
    details,
  }
}

/** The last operation that stored each slot, once for each symbol. */
function reportsAfter(count: number): string[] {
  const newest = new Map<number, number>()
  for (let op = 0; op < count; op++) newest.set(planOf(op).index, op)
  return [...newest.values()].flatMap((op) => SYMBOLS.map((symbol) => `${op} ${symbol}`))
}

async function compareContent(lake: Lake, operations: number) {
  const { rows } = await sql(
    lake,
    `SELECT epoch_ms(timestamp)::DOUBLE, symbol, count(*)::DOUBLE, ${SUM_SQL}, ` +
      'count(DISTINCT (strike, expiry, "right"))::DOUBLE FROM option_snapshots GROUP BY ALL',
  )
  const expected = contentAfter(operations)
  const details: string[] = []
  let duplicates = 0
  for (const [slot, symbol, count, sum, keys] of rows as [number, string, number, number, number][]) {
    const key = `${slot} ${symbol}`
    const right = expected.get(key)
    duplicates += count - keys
    if (right?.rows !== count || right.sum !== sum) {
      details.push(
        `${key} holds ${count} rows of sum ${sum}, must be ${right?.rows ?? 0} of ${right?.sum ?? 0}`,
      )
    }
    expected.delete(key)
  }
  details.push(...[...expected.keys()].map((key) => `${key} has no rows`))
  return { details, duplicates }
}

/** Data files whose checksum differs from the log's. */
async function damagedFiles(lake: Lake): Promise<string[]> {
  const { files } = await currentState(lake)
  const damaged: string[] = []
  for (const file of files.values()) {
    const bytes = await readFile(join(lake.layout.table, file.path))
    const hash = createHash('sha256').update(bytes).digest('hex')
    if (hash !== file.sha256) damaged.push(`${file.path} is not what was written`)
  }
  return damaged
}

/** Unfinished files anywhere in the lake, and data files that no commit names. */
async function strayFiles(lake: Lake): Promise<string[]> {
  const { files, removed } = await currentState(lake)
  const entries = await readdir(lake.layout.root, { recursive: true, withFileTypes: true })
  const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return found.flatMap((file) => {
    if (basename(file).startsWith(TEMPORARY_PREFIX)) {
      return [`${relative(lake.layout.root, file)} is unfinished`]
    }
    const path = relative(lake.layout.table, file)
    const isData = path.startsWith('symbol=') && path.endsWith('.parquet')
    return isData && !files.has(path) && !removed.has(path) ? [`${path} is in no commit`] : []
  })
}
