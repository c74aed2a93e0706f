import {
  DAILY_OBSERVATIONS,
  MARKET_METRICS,
  SLOTS,
  type SmallTable,
} from '../../../src/lake/tables/small-tables.ts'
import type { Column } from '../../../src/snapshot/column.ts'
import { type LedgerRow, preferredReport } from '../../../src/snapshot/ledger.ts'
import { SNAPSHOT_COLUMNS, SNAPSHOT_KEY } from '../../../src/snapshot/row.ts'

/** A row of any table: times are epoch milliseconds, dates are text. */
export type Row = Readonly<Record<string, unknown>>

/** The column that another engine adds to tables. */
export const EXTRA_COLUMN = 'note'

/** The shape of a table whose rows the model holds. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly Column[]
  readonly key: readonly string[]
}

export const OPTION_SNAPSHOTS: TableShape = {
  name: 'option_snapshots',
  columns: SNAPSHOT_COLUMNS,
  key: SNAPSHOT_KEY,
}
export const SMALL: readonly (TableShape & SmallTable)[] = [MARKET_METRICS, DAILY_OBSERVATIONS]
/** Tables whose rows other engines may change. `slots` they may only rearrange. */
export const CHANGEABLE: readonly TableShape[] = [OPTION_SNAPSHOTS, ...SMALL]
export const ALL_TABLES: readonly TableShape[] = [...CHANGEABLE, SLOTS]

/** The rows of one version of a table, by symbol and date, then by key. Never changed, so that versions share parts. */
export type Content = ReadonlyMap<string, ReadonlyMap<string, Row>>

/** What one table must hold. */
export interface TableModel {
  readonly shape: TableShape
  content: Content
  /** Earlier content by version of the table. */
  readonly versions: Map<number, Content>
  version: number
  /** Versions below this may lack data files. */
  wholeFrom: number
  /** Whether another engine has added a column. */
  hasExtra: boolean
}

/** What a lake must hold. */
export interface LakeModel {
  readonly tables: ReadonlyMap<string, TableModel>
  /** The ledger by slot and symbol. */
  readonly ledger: Map<string, LedgerRow>
}

export function createModel(): LakeModel {
  const tables = CHANGEABLE.map((shape): [string, TableModel] => [
    shape.name,
    { shape, content: new Map(), versions: new Map(), version: -1, wholeFrom: 0, hasExtra: false },
  ])
  return { tables: new Map(tables), ledger: new Map() }
}

export function tableOf(model: LakeModel, name: string): TableModel {
  return model.tables.get(name) as TableModel
}

export function rowsIn(content: Content): Row[] {
  return [...content.values()].flatMap((part) => [...part.values()])
}

export function keyOf({ key }: TableShape, row: Row): string {
  return key.map((name) => row[name]).join('|')
}

const partOf = (row: Row) => `${row.symbol}|${row.date}`

/** The content with rows added. A row with the same key is replaced. */
export function withRows(shape: TableShape, content: Content, rows: readonly Row[]): Content {
  const next = new Map(content)
  for (const [part, fresh] of groupBy(rows, partOf)) {
    next.set(
      part,
      new Map([...(content.get(part) ?? []), ...fresh.map((row) => [keyOf(shape, row), row] as const)]),
    )
  }
  return next
}

/** The content with each row as `change` returns it, without those for which it returns null. */
export function changedRows(content: Content, change: (row: Row) => Row | null): Content {
  const next = new Map<string, ReadonlyMap<string, Row>>()
  for (const [part, rows] of content) {
    const kept = [...rows].flatMap(([key, row]): [string, Row][] => {
      const changed = change(row)
      return changed === null ? [] : [[key, changed]]
    })
    if (kept.length > 0) next.set(part, new Map(kept))
  }
  return next
}

/** The number of stored rows of a slot and symbol. */
export function countOf(model: LakeModel, slot: number, symbol: string): number {
  return rowsIn(tableOf(model, OPTION_SNAPSHOTS.name).content).filter(
    (row) => row.timestamp === slot && row.symbol === symbol,
  ).length
}

export function enterReports(model: LakeModel, reports: readonly LedgerRow[]): void {
  for (const row of reports) {
    const key = `${row.timestamp}|${row.symbol}`
    model.ledger.set(key, preferredReport(model.ledger.get(key), row))
  }
}

/** Remembers the content as that of `version`. Those in between, of an operation with several commits, are not known. */
export function recordVersion(table: TableModel, version: number): void {
  table.versions.set(version, table.content)
  table.version = version
}

export function groupBy<T>(all: readonly T[], of: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(of(one))
    if (group) group.push(one)
    else groups.set(of(one), [one])
  }
  return groups
}
