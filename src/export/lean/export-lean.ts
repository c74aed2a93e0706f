import type { Lake } from '../../lake/open.ts'
import type { ProgressOptions } from '../../lake/progress.ts'
import { bars } from '../../lake/query/bars.ts'
import { streamRows } from '../../lake/query/stream-rows.ts'
import type { SnapshotFile } from '../../lake/tables/data-files.ts'
import { newYorkInstant } from '../../market/calendar.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import type { SessionDate } from '../../market/units.ts'
import { BAR_MS } from '../../snapshot/underlying-bars.ts'
import { type ExportFolder, openExportFolder } from '../export-folder.ts'
import { type FolderExportRequest, filesBySymbol, noRowsFailure, rowCondition } from '../export-request.ts'
import { type Archives, createArchives } from './archives.ts'
import { barLine, minuteOf, type Prices } from './lines.ts'
import { type LeanKind, leanKind, underlyingEntry, universeFile } from './names.ts'
import {
  type ContractLines,
  LEAN_COLUMNS,
  type LeanCounts,
  type LeanRow,
  openContract,
} from './option-day.ts'
import { contractLine, joined, UNIVERSE_HEADER, underlyingLine } from './universe.ts'

/** What was written. */
export interface LeanReport {
  readonly format: 'lean'
  /** Absolute. */
  readonly path: string
  readonly bytes: number
  /** Rows of the lake that were read. */
  readonly rows: number
  /** Lines of quotes, of trades between two slots, and of open interest. */
  readonly quotes: number
  readonly trades: number
  readonly open_interest: number
  /** Lines of the underlyings. */
  readonly bars: number
  readonly left_out: LeanLeftOut
}

/** Why rows of the lake have no quote in the folder; the number of rows. */
export interface LeanLeftOut {
  /** Neither side has a price. */
  readonly without_quote: number
  /** The row repeats the quote of an earlier slot. */
  readonly repeated: number
  /** Options on futures, and adjusted contracts, which do not deliver 100 shares: LEAN would take them for others. */
  readonly other_options: number
  /** The quote came on another day, or in the minute of an earlier one. */
  readonly other_day: number
}

const MINUTE_MS = 60_000

/**
 * Writes LEAN's data folder: quotes, trades and open interest of options as files of minutes, the underlyings, and the
 * files from which contracts are chosen. A snapshot is the bar of the minute in which it was quoted, with one price; there
 * is nothing for the minutes between. Memory holds one day of one symbol.
 * @throws Failure EXIT.usage where the folder must not be replaced or there are no rows; EXIT.cannotCreate, EXIT.io.
 */
export async function exportLean(
  lake: Lake,
  request: FolderExportRequest,
  progress: ProgressOptions = {},
): Promise<LeanReport> {
  const symbols = await filesBySymbol(lake, request)
  const { replace } = request
  const folder = await openExportFolder(request.out, { replace, unique: lake.snapshots.unique() })
  const counts: LeanCounts & { bars: number } = {
    ...{ rows: 0, quotes: 0, trades: 0, open_interest: 0, bars: 0 },
    left_out: { without_quote: 0, repeated: 0, other_options: 0, other_day: 0 },
  }
  const total = [...symbols.values()].flat().reduce((sum, file) => sum + (file.rows ?? 0), 0)
  try {
    for (const [symbol, files] of symbols) {
      const dates = [...new Set(files.map(({ date }) => date as SessionDate))].sort()
      for (const date of dates) {
        progress.signal?.throwIfAborted()
        const own = files.filter((file) => file.date === date)
        await writeDay({ lake, folder, request, counts }, { symbol, date, files: own })
        progress.onProgress?.(Math.min(counts.rows, total), total)
      }
    }
    if (counts.rows === 0) throw noRowsFailure(lake, request)
    await folder.publish({ format: 'lean', lake: lake.layout.root, source: lake.source, ...counts })
    return { format: 'lean', path: folder.path, bytes: folder.bytes(), ...counts }
  } finally {
    await folder.discard()
  }
}

interface Work {
  readonly lake: Lake
  readonly folder: ExportFolder
  readonly request: FolderExportRequest
  readonly counts: LeanCounts & { bars: number }
}

interface SymbolDay {
  readonly symbol: string
  readonly date: SessionDate
  readonly files: readonly SnapshotFile[]
}

async function writeDay({ lake, folder, request, counts }: Work, day: SymbolDay): Promise<void> {
  const { symbol, date, files } = day
  const archives = createArchives()
  // Clocks change at night: from the session's opening back, every day has the offset that it has in the session.
  const midnight = newYorkInstant(date, '09:30') - 9.5 * 3_600_000
  const universes = new Map<string, string[]>()
  const seen = new Map<number, { readonly at: number; readonly price: number }>()
  let underlying: LeanKind['underlying'] | null = null
  let key = ''
  let contract: ContractLines | null = null
  let kind: LeanKind | null = null
  const finish = () => {
    if (contract === null || kind === null) return
    const file = universeFile(kind, date)
    const own = universes.get(file) ?? []
    universes.set(file, own)
    const ended = contract.day()
    if (ended.contract.expiry > date.replaceAll('-', '')) own.push(contractLine(ended))
  }
  const take = (row: LeanRow) => {
    counts.rows++
    const own = `${row.trading_class} ${row.expiry} ${row.right} ${row.strike}`
    if (own !== key) {
      finish()
      key = own
      kind = leanKind(row, row.underlying_type ?? instrumentNamed(symbol).kind)
      contract = kind === null ? null : openContract(row, kind, { archives, counts, midnight })
    }
    if (contract === null || kind === null) counts.left_out.other_options++
    else {
      underlying = kind.underlying
      contract.add(row)
    }
    const { quoted_at: at, underlying_price: price, timestamp } = row
    if (at !== null && price !== null && at > (seen.get(timestamp)?.at ?? 0))
      seen.set(timestamp, { at, price })
    return undefined
  }
  await streamRows(
    lake,
    {
      ...{ files, columns: LEAN_COLUMNS, ...rowCondition(request) },
      orderBy: ['trading_class', 'expiry', 'right', 'strike', 'timestamp'],
    },
    take,
  )
  finish()
  if (underlying === null) return
  const prices = await underlyingPrices(lake, day, seen)
  addUnderlying(archives, { ...day, underlying, midnight, prices, counts })
  for (const { name, bytes } of archives.take()) await folder.write(name, bytes)
  for (const [name, lines] of universes) {
    const text = [UNIVERSE_HEADER, underlyingLine(joined(prices)), ...lines].join('\n')
    await folder.write(name, Buffer.from(`${text}\n`))
  }
}

/** Prices of an underlying, with the start of the minute whose bar they are. */
interface MinutePrices extends Prices {
  readonly at: number
}

/**
 * The bars that were streamed, each as the bar of its last minute, at whose end it is known. On a day without bars, the
 * underlying's price at the last quote of each slot.
 */
async function underlyingPrices(
  lake: Lake,
  { symbol, date }: SymbolDay,
  seen: ReadonlyMap<number, { readonly at: number; readonly price: number }>,
): Promise<MinutePrices[]> {
  const stored = (await bars(lake, symbol, { from: date, to: date })).filter(({ kind }) => kind !== 'FUT')
  if (stored.length > 0) {
    return stored.map(({ timestamp, open, high, low, close }) => ({
      ...{ at: timestamp + BAR_MS - MINUTE_MS, open, high, low, close },
    }))
  }
  return [...seen.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ at, price }) => ({ at, open: price, high: price, low: price, close: price }))
}

function addUnderlying(
  archives: Archives,
  work: SymbolDay & {
    readonly underlying: LeanKind['underlying']
    readonly midnight: number
    readonly prices: readonly MinutePrices[]
    readonly counts: Work['counts']
  },
): void {
  const name = underlyingEntry(work.underlying, work.symbol, work.date)
  let before = -1
  for (const price of work.prices) {
    const ms = minuteOf(price.at, work.midnight)
    if (ms === null || ms <= before) continue
    before = ms
    work.counts.bars++
    archives.add(name, barLine(ms, price, work.underlying))
  }
}
