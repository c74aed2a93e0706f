import type { DuckDBConnection } from '@duckdb/node-api'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { firstLine, sqlLiteral } from '../../engines/duckdb.ts'
import type { Lake } from '../../open.ts'
import { snapshotSource } from '../../query/snapshot-source.ts'
import type { SnapshotFile } from '../../tables/data-files.ts'
import { FILE_COLUMNS } from '../../tables/schema.ts'
import { dataFilePath } from '../../write/data-file.ts'
import type { Finding } from '../findings.ts'

/** The rows in the data files of one symbol and day. */
interface DayRows {
  /** Number of rows by slot, in intact files. */
  readonly bySlot: ReadonlyMap<EpochMs, number>
  readonly findings: readonly Finding[]
  /** Whether a key is stored more than once. */
  readonly isCrowded: boolean
  /** Files that cannot be read, or whose rows differ from the log. */
  readonly bad: readonly SnapshotFile[]
}

/** Counts the rows of one symbol and day, and looks for duplicate keys. The files' bytes must already be checked. */
export async function verifyRows(lake: Lake, files: readonly SnapshotFile[]): Promise<DayRows> {
  return lake.engine.use(async (connection) => {
    const findings: Finding[] = []
    const bad: SnapshotFile[] = []
    const intact: SnapshotFile[] = []
    const counted = await countTogether(connection, lake, files)
    for (const file of files) {
      const finding = findingOf(
        lake,
        file,
        counted?.get(file.path) ?? (await countAlone(connection, lake, file)),
      )
      if (finding) findings.push(finding)
      if (finding) bad.push(file)
      else intact.push(file)
    }
    const bySlot = new Map<EpochMs, number>()
    for (const { slot, rows, keys } of await slotsOf(connection, lake, intact)) {
      bySlot.set(slot, rows)
      if (keys === rows) continue
      const path = intact.filter((file) => file.minSlot <= slot && slot <= file.maxSlot)
      const detail = `${rows - keys} rows of slot ${new Date(slot).toISOString()} are stored more than once`
      findings.push({ kind: 'duplicate_rows', path: dataFilePath(lake, path[0] as SnapshotFile), detail })
    }
    const isCrowded = findings.some(({ kind }) => kind === 'duplicate_rows')
    return { bySlot, findings, isCrowded, bad }
  })
}

/** The rows and slots of one file, or DuckDB's error message if it cannot be read. */
type Counted = { rows: number; minSlot: number | null; maxSlot: number | null } | string

function findingOf(lake: Lake, file: SnapshotFile, counted: Counted): Finding | null {
  const path = dataFilePath(lake, file)
  if (typeof counted === 'string') return { kind: 'unreadable_file', path, detail: counted }
  if (counted.rows !== file.rows) {
    return { kind: 'wrong_rows', path, detail: `it has ${counted.rows} rows, the log says ${file.rows}` }
  }
  const within =
    (counted.minSlot ?? file.minSlot) >= file.minSlot && (counted.maxSlot ?? file.maxSlot) <= file.maxSlot
  return within ? null : { kind: 'wrong_rows', path, detail: 'it has slots outside the bounds in the log' }
}

const COUNTS = 'count(*)::DOUBLE, epoch_ms(min(timestamp))::DOUBLE, epoch_ms(max(timestamp))::DOUBLE'

/** Counts all files in one query. Null if the query fails because of one of them. */
async function countTogether(
  connection: DuckDBConnection,
  lake: Lake,
  files: readonly SnapshotFile[],
): Promise<Map<string, Counted> | null> {
  const paths = files.map((file) => sqlLiteral(dataFilePath(lake, file))).join(', ')
  const source = `read_parquet([${paths}], hive_partitioning = false, union_by_name = true, filename = true)`
  const sql = `SELECT filename, ${COUNTS} FROM ${source} GROUP BY filename`
  const answer = await connection.runAndReadAll(sql).catch(() => null)
  if (answer === null) return null
  const byPath = new Map(files.map((file) => [dataFilePath(lake, file), file.path]))
  return new Map(
    answer
      .getRows()
      .map(([name, rows, min, max]) => [
        byPath.get(String(name)) ?? String(name),
        { rows: Number(rows), minSlot: min as number | null, maxSlot: max as number | null },
      ]),
  )
}

/** Counts one file. The hash over all columns makes DuckDB read every page. */
async function countAlone(connection: DuckDBConnection, lake: Lake, file: SnapshotFile): Promise<Counted> {
  const names = FILE_COLUMNS.map((column) => `"${column.name}"`).join(', ')
  const sql = `SELECT ${COUNTS}, bit_xor(hash(${names})) FROM ${snapshotSource(lake, [file])}`
  try {
    const [rows, min, max] = (await connection.runAndReadAll(sql)).getRows()[0] ?? []
    return { rows: Number(rows), minSlot: min as number | null, maxSlot: max as number | null }
  } catch (error) {
    return firstLine(error)
  }
}

async function slotsOf(
  connection: DuckDBConnection,
  lake: Lake,
  files: readonly SnapshotFile[],
): Promise<{ slot: EpochMs; rows: number; keys: number }[]> {
  if (files.length === 0) return []
  const answer = await connection.runAndReadAll(
    'SELECT epoch_ms(timestamp)::DOUBLE, sum(n)::DOUBLE, count(*)::DOUBLE FROM (SELECT timestamp, count(*) AS n ' +
      `FROM ${snapshotSource(lake, files)} GROUP BY timestamp, expiry, strike, "right", trading_class) GROUP BY timestamp`,
  )
  return answer
    .getRows()
    .map(([slot, rows, keys]) => ({ slot: epochMs(Number(slot)), rows: Number(rows), keys: Number(keys) }))
}
