import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import { type LedgerRow, normalizedEntry } from '../../snapshot/ledger.ts'
import { currentState, type Lake } from '../open.ts'
import { type DateRange, ledgerParts } from '../tables/ledger.ts'
import { folderOf } from '../tables/loaded-small-tables.ts'
import { SLOTS, type SmallFile, schemaOf } from '../tables/small-tables.ts'
import { readFailure } from './errors.ts'
import { filesOf } from './file-index.ts'
import { parquetSource } from './parquet-source.ts'

/** A slot that is not stored whole, as the ledger has it. */
export type CoverageGap = Pick<
  LedgerRow,
  'timestamp' | 'outcome' | 'reason' | 'detail' | 'requested' | 'answered' | 'skipped' | 'rows'
>

/** One symbol's ledger of one trade date, without what nobody asks of a slot that is stored whole. */
export interface DaySlots {
  readonly date: SessionDate
  /** The slots that are stored whole, in order. */
  readonly stored: readonly EpochMs[]
  /** All others that the ledger has, in order. */
  readonly gaps: readonly CoverageGap[]
}

/** Days of the ledger that are kept for each lake: three years. A day of three symbols takes about two kilobytes. */
const MAX_CACHED_DAYS = 756

/** The days of `slots` by date. An entry is valid for its files, which never change. */
type Cache = Map<string, { readonly files: string; readonly bySymbol: ReadonlyMap<string, DaySlots> }>
const caches = new WeakMap<Lake, Cache>()

/**
 * The outcome of every slot that the ledger has for a symbol, by trade date, both dates included. A date without entries is
 * left out. Each file of the ledger is read once.
 * @throws Failure EXIT.io when the log or `slots` cannot be read.
 */
export async function slotCoverage(
  lake: Lake,
  symbol: string,
  dates: Required<DateRange>,
): Promise<readonly DaySlots[]> {
  const { files, rows } = await ledgerParts(lake, dates)
  const stored = await storedDays(lake, files)
  const fresh = grouped(rows, ({ date }) => date)
  const days = [...stored.values(), ...[...fresh].map(([date, entries]) => dayOf(date, entries))]
  return days.flatMap((bySymbol) => bySymbol.get(symbol) ?? []).sort((a, b) => (a.date < b.date ? -1 : 1))
}

/** The first trade date with rows of a symbol; null if it has none. */
export async function firstStoredDate(lake: Lake, symbol: string): Promise<SessionDate | null> {
  const dates = filesOf(await currentState(lake), symbol).map(({ date }) => date)
  const [first = null] = dates.sort()
  return first === null ? null : sessionDate(first)
}

type DayBySymbol = ReadonlyMap<string, DaySlots>

async function storedDays(lake: Lake, files: readonly SmallFile[]): Promise<Map<string, DayBySymbol>> {
  const cache: Cache = caches.get(lake) ?? new Map()
  caches.set(lake, cache)
  const days = new Map<string, DayBySymbol>()
  const unread: SmallFile[] = []
  for (const [date, own] of grouped(files, ({ partition }) => partition ?? '')) {
    const known = cache.get(date)
    if (known?.files === namesOf(own)) days.set(date, known.bySymbol)
    else unread.push(...own)
  }
  const read = await readDays(lake, unread)
  for (const [date, own] of grouped(unread, ({ partition }) => partition ?? '')) {
    const bySymbol = read.get(date) ?? new Map()
    days.set(date, bySymbol)
    cache.delete(date)
    cache.set(date, { files: namesOf(own), bySymbol })
  }
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_CACHED_DAYS) break
    cache.delete(oldest)
  }
  return days
}

function namesOf(files: readonly SmallFile[]): string {
  return files
    .map(({ path }) => path)
    .sort()
    .join('|')
}

/**
 * One row for each date and symbol: the stored slots as one text, the others as JSON. With a row for each slot, copying them
 * out of DuckDB would take longer than reading the files.
 */
const DAYS = `
  SELECT strftime(date, '%Y-%m-%d'), symbol,
    string_agg(epoch_ms(timestamp)::VARCHAR, ',' ORDER BY timestamp) FILTER (WHERE outcome = 'stored' AND reason IS NULL),
    to_json(list({'timestamp': epoch_ms(timestamp), 'outcome': outcome, 'reason': reason, 'detail': detail,
        'requested': requested, 'answered': answered, 'skipped': skipped, 'rows': "rows"} ORDER BY timestamp)
      FILTER (WHERE outcome <> 'stored' OR reason IS NOT NULL))::VARCHAR`

async function readDays(
  lake: Lake,
  files: readonly SmallFile[],
): Promise<ReadonlyMap<string, Map<string, DaySlots>>> {
  const days = new Map<string, Map<string, DaySlots>>()
  if (files.length === 0) return days
  const folder = folderOf(lake, SLOTS)
  const source = parquetSource(
    { folder, ...schemaOf(SLOTS) },
    files.map(({ path, sha256, partition }) => ({
      path,
      sha256,
      partition: [partition],
      missingColumns: [],
    })),
  )
  const rows = await lake.engine.use(async (connection) => {
    const result = await connection
      .run(`${DAYS} FROM ${source} GROUP BY ALL`)
      .catch(async (error: unknown) => {
        throw await readFailure(lake, { folder, files }, error)
      })
    return result.getRows()
  })
  for (const [date, symbol, stored, gaps] of rows as (string | null)[][]) {
    const day = days.get(date as string) ?? new Map<string, DaySlots>()
    days.set(date as string, day)
    day.set(symbol as string, {
      date: sessionDate(date as string),
      stored: stored ? stored.split(',').map((at) => epochMs(Number(at))) : [],
      gaps: gaps ? (JSON.parse(gaps) as LedgerRow[]).map(gapOf) : [],
    })
  }
  return days
}

function dayOf(date: string, rows: readonly LedgerRow[]): DayBySymbol {
  return new Map(
    [...grouped(rows, ({ symbol }) => symbol)].map(([symbol, own]) => {
      const isWhole = ({ outcome, reason }: LedgerRow) => outcome === 'stored' && reason === null
      const stored = own.filter(isWhole).map(({ timestamp }) => epochMs(timestamp))
      const gaps = own.filter((row) => !isWhole(row)).map(gapOf)
      return [symbol, { date: sessionDate(date), stored, gaps }]
    }),
  )
}

/** With outcomes and reasons of this version. */
function gapOf(row: LedgerRow): CoverageGap {
  const { timestamp, outcome, reason, detail, requested, answered, skipped, rows } = normalizedEntry(row)
  return { timestamp, outcome, reason, detail, requested, answered, skipped, rows }
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const own = groups.get(keyOf(one))
    if (own) own.push(one)
    else groups.set(keyOf(one), [one])
  }
  return groups
}
