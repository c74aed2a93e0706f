import type { Lake } from '../../lake/open.ts'
import type { ProgressOptions } from '../../lake/progress.ts'
import { bars } from '../../lake/query/bars.ts'
import { expiriesIn } from '../../lake/query/export-files.ts'
import { streamRows } from '../../lake/query/stream-rows.ts'
import type { SnapshotFile } from '../../lake/tables/data-files.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import { epochMs, type SessionDate } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { decimalsOf } from '../decimal.ts'
import { type ExportFolder, openExportFolder } from '../export-folder.ts'
import { type FolderExportRequest, filesBySymbol, noRowsFailure, rowCondition } from '../export-request.ts'
import { barFiles } from './bar-files.ts'
import { optionFile, underlyingFile } from './instrument-files.ts'
import { type QuotedRow, quoteFile, sideOf } from './quote-file.ts'

/** The catalog of this version of nautilus_trader is written; the same version reads it in `npm run test:interop`. */
export const NAUTILUS_VERSION = '1.221.0'

/** Why rows of the lake are not in the catalog; the number of rows. */
export interface NautilusLeftOut {
  /** A quote of nautilus_trader needs a bid and an ask, each with its size. */
  readonly one_sided: number
  /** The row repeats the quote of an earlier slot. */
  readonly repeated: number
}

/** What was written. */
export interface NautilusReport {
  readonly format: 'nautilus'
  /** Absolute. */
  readonly path: string
  readonly bytes: number
  /** Rows of the lake that were read. */
  readonly rows: number
  readonly contracts: number
  readonly quotes: number
  readonly underlyings: number
  readonly bars: number
  readonly left_out: NautilusLeftOut
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] extends number ? number : Writable<T[Name]> }
type Counts = Writable<Omit<NautilusReport, 'format' | 'path' | 'bytes'>>

const COLUMNS = [
  ...(['symbol', 'expiry', 'right', 'strike', 'trading_class', 'con_id', 'timestamp', 'quoted_at'] as const),
  ...(['bid', 'ask', 'bid_size', 'ask_size', 'carried_from', 'multiplier', 'currency', 'exchange'] as const),
  ...(['underlying_type', 'expires_at', 'exercise_style', 'settlement'] as const),
] as const
type Row = Pick<SnapshotRow, (typeof COLUMNS)[number]>

/**
 * Writes a catalog for nautilus_trader: every option contract as an instrument with its quotes, and every stock or index
 * with its five-minute bars. Both times of a quote are when it came, and those of a bar its end, so that a backtest sees
 * nothing early. Memory holds one contract's quotes and the rows of one expiration that DuckDB sorts.
 * @throws Failure EXIT.usage where the folder must not be replaced or there are no rows; EXIT.cannotCreate, EXIT.io.
 */
export async function exportNautilus(
  lake: Lake,
  request: FolderExportRequest,
  progress: ProgressOptions = {},
): Promise<NautilusReport> {
  const symbols = await filesBySymbol(lake, request)
  const { replace } = request
  const folder = await openExportFolder(request.out, { replace, unique: lake.snapshots.unique() })
  const counts: Counts = {
    ...{ rows: 0, contracts: 0, quotes: 0, underlyings: 0, bars: 0 },
    left_out: { one_sided: 0, repeated: 0 },
  }
  const total = [...symbols.values()].flat().reduce((sum, file) => sum + (file.rows ?? 0), 0)
  const advance = () => {
    progress.signal?.throwIfAborted()
    progress.onProgress?.(Math.min(counts.rows, total), total)
  }
  try {
    for (const [symbol, files] of symbols) {
      await writeContracts({ lake, folder, request, files, counts, advance })
      await writeUnderlying({ lake, folder, files, counts }, symbol)
    }
    if (counts.rows === 0) throw noRowsFailure(lake, request)
    const { left_out, ...written } = counts
    const source = { lake: lake.layout.root, source: lake.source }
    await folder.publish({
      format: 'nautilus',
      nautilus_trader: NAUTILUS_VERSION,
      ...source,
      ...written,
      left_out,
    })
    return { format: 'nautilus', path: folder.path, bytes: folder.bytes(), ...counts }
  } finally {
    await folder.discard()
  }
}

interface SymbolWork {
  readonly lake: Lake
  readonly folder: ExportFolder
  readonly files: readonly SnapshotFile[]
  readonly counts: Counts
}

/** One expiration after the other: its rows are few enough to be sorted in memory, however many dates there are. */
async function writeContracts(
  work: SymbolWork & { readonly request: FolderExportRequest; readonly advance: () => void },
): Promise<void> {
  const { lake, folder, request, files, counts, advance } = work
  const expiries = request.expiry === undefined ? await expiriesIn(lake, files) : [request.expiry]
  for (const expiry of expiries) {
    let rows: Row[] = []
    const flush = (): Promise<void> | undefined => {
      const own = rows
      rows = []
      return own.length === 0 ? undefined : writeContract(folder, counts, own)
    }
    await streamRows(
      lake,
      {
        ...{ files, columns: COLUMNS, ...rowCondition({ ...request, expiry }) },
        orderBy: ['trading_class', 'right', 'strike', 'quoted_at', 'timestamp'],
      },
      (row) => {
        const [first] = rows
        const waiting = first === undefined || isSameContract(first, row) ? undefined : flush()
        rows.push(row)
        counts.rows++
        if (counts.rows % 10_000 === 0) advance()
        return waiting
      },
    )
    await flush()
    advance()
  }
}

function isSameContract(a: Row, b: Row): boolean {
  return a.strike === b.strike && a.right === b.right && a.trading_class === b.trading_class
}

function writeContract(
  folder: ExportFolder,
  counts: Counts,
  rows: readonly Row[],
): Promise<void> | undefined {
  const quotes: QuotedRow[] = []
  for (const row of rows) {
    const [bid, ask] = [sideOf(row.bid, row.bid_size), sideOf(row.ask, row.ask_size)]
    if (row.carried_from !== null) counts.left_out.repeated++
    else if (bid === null || ask === null || row.quoted_at === null) counts.left_out.one_sided++
    else quotes.push({ at: row.quoted_at, bid, ask })
  }
  const [first] = quotes
  // Terms that older rows lack are those of the newest row that has them.
  const contract = rows.findLast((row) => row.exchange !== null) ?? (rows.at(-1) as Row)
  if (first === undefined) return undefined
  const decimals = decimalsOf(
    quotes.flatMap(({ bid, ask }) => [bid.price, ask.price]),
    2,
  )
  counts.contracts++
  counts.quotes += quotes.length
  const instrument = optionFile(contract, decimals, epochMs(first.at))
  folder.write(instrument.name, instrument.bytes)
  const file = quoteFile(contract, decimals, quotes)
  return folder.write(file.name, file.bytes)
}

async function writeUnderlying({ lake, folder, files, counts }: SymbolWork, symbol: string): Promise<void> {
  const dates = files.map(({ date }) => date as SessionDate).sort()
  const [from, to] = [dates[0], dates.at(-1)]
  const stored = await bars(lake, symbol, { from, to })
  const [bar] = stored
  const kind = bar?.kind ?? instrumentNamed(symbol).kind
  const decimals = decimalsOf(
    stored.flatMap(({ open, high, low, close }) => [open, high, low, close]),
    2,
  )
  const firstSlot = Math.min(...files.map(({ minSlot }) => minSlot))
  const instrument = underlyingFile(
    { symbol, kind, currency: instrumentNamed(symbol).currency },
    decimals,
    epochMs(Math.min(firstSlot, bar?.timestamp ?? firstSlot)),
  )
  // The root of a future names no contract of its own.
  if (instrument === null) return
  counts.underlyings++
  await folder.write(instrument.name, instrument.bytes)
  for (const file of barFiles(symbol, kind, decimals, stored)) await folder.write(file.name, file.bytes)
  counts.bars += stored.length
}
