import type { SessionDate } from '../../market/units.ts'
import { currentState, type Lake } from '../open.ts'
import type { StoredFile } from '../tables/data-files.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'

/** What one table of the lake holds, by the sizes in its log; replaced files that are still on disk are not counted. */
export interface TableContents {
  readonly name: string
  /** Version of the table; null if it does not exist yet. */
  readonly version: number | null
  readonly rows: number
  readonly files: number
  /** Files whose number of rows is unknown: neither the log nor their footer has it. Their rows are not in `rows`. */
  readonly unreadable: number
  readonly bytes: number
}

/** Rows and bytes of one trade date in `option_snapshots`. */
export interface DayContents {
  readonly date: SessionDate
  readonly rows: number
  readonly files: number
  readonly bytes: number
}

export interface LakeContents {
  /** `option_snapshots` first. */
  readonly tables: readonly TableContents[]
  /** By date. */
  readonly days: readonly DayContents[]
}

/** Counts the tables and days of a lake from its logs, without reading a data file. @throws Failure EXIT.io */
export async function contents(lake: Lake): Promise<LakeContents> {
  const snapshots = await currentState(lake)
  const tables: TableContents[] = [
    { name: 'option_snapshots', version: snapshots.version, ...totalOf([...snapshots.files.values()]) },
  ]
  for (const table of SMALL_TABLES) {
    const state = await smallState(lake, table)
    tables.push({
      name: table.name,
      version: state?.version ?? null,
      ...totalOf([...(state?.files.values() ?? [])]),
    })
  }
  const days = new Map<string, { date: SessionDate; rows: number; files: number; bytes: number }>()
  for (const { date, rows, size } of snapshots.files.values()) {
    const day = days.get(date) ?? { date: date as SessionDate, rows: 0, files: 0, bytes: 0 }
    days.set(date, { ...day, rows: day.rows + (rows ?? 0), files: day.files + 1, bytes: day.bytes + size })
  }
  return { tables, days: [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1)) }
}

function totalOf(
  files: readonly StoredFile[],
): Pick<TableContents, 'rows' | 'files' | 'unreadable' | 'bytes'> {
  return {
    rows: files.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
    files: files.length,
    unreadable: files.filter(({ rows }) => rows === null).length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  }
}
