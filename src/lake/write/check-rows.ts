import { newYorkDate } from '../../market/calendar.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import { SYMBOL_FORM, SYMBOL_PATTERN } from '../../market/symbol.ts'
import { MAX_DAYS_EARLY } from '../../market/trade-dates.ts'
import {
  addDays,
  type EpochMs,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../../market/units.ts'
import type { Column } from '../../snapshot/column.ts'
import { LEDGER_COLUMNS, type LedgerRow } from '../../snapshot/ledger.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { faultOf } from '../tables/schema.ts'

/** A slot to check: its rows and reports by symbol. */
interface CheckedSlot {
  readonly slot: EpochMs
  readonly symbols: readonly {
    readonly symbol: string
    readonly rows: readonly SnapshotRow[]
    readonly report: Omit<LedgerRow, 'rows'>
  }[]
}

/**
 * Checks what would otherwise be stored and then be unreadable, or never be found again. The types of all columns are
 * checked when the rows become a frame.
 * @throws RangeError naming the field, its value and what is expected.
 */
export function checkSlot({ slot, symbols }: CheckedSlot): void {
  if (new Set(symbols.map((part) => part.symbol)).size < symbols.length) {
    throw new RangeError('a symbol occurs twice in one slot')
  }
  const dates: Dates = new Map()
  const expiries = new Set<string>()
  for (const { symbol, rows, report } of symbols) {
    checkSymbol(symbol)
    const { date } = report
    const place = { timestamp: slot, symbol, date }
    checkTradeDate(slot, date, { kind: kindOf(report), dates })
    checkPlace('the report', report, place)
    checkReport(report)
    for (const row of rows) {
      checkPlace('a row', row, place)
      checkKey(row, expiries)
      checkCarried(row)
    }
  }
}

/** Checks reports of slots without rows. @throws RangeError */
export function checkReports(reports: readonly Omit<LedgerRow, 'rows'>[]): void {
  const dates: Dates = new Map()
  for (const report of reports) {
    checkSymbol(report.symbol)
    checkTradeDate(report.timestamp, report.date, { kind: kindOf(report), dates })
    checkReport(report)
  }
}

/** Checks rows of a small table. The types of the other columns are checked when they are encoded. @throws RangeError */
export function checkSmallRows(rows: readonly object[]): void {
  const dates: Dates = new Map()
  for (const row of rows) {
    const { timestamp, symbol, date } = row as { timestamp?: number; symbol?: unknown; date?: unknown }
    checkSymbol(symbol)
    if (timestamp === undefined) checkDate(date)
    else checkTradeDate(timestamp, date, { dates })
  }
}

function checkSymbol(symbol: unknown): void {
  if (typeof symbol === 'string' && SYMBOL_PATTERN.test(symbol)) return
  throw new RangeError(`symbol ${JSON.stringify(symbol)}: expected ${SYMBOL_FORM}`)
}

/** New York dates by slot. Rows have few slots, and computing a date takes long. */
type Dates = Map<number, SessionDate>

/** Kinds whose sessions begin and end on one New York date. */
const OF_ONE_DAY: ReadonlySet<LedgerRow['kind'] | undefined> = new Set(['STK', 'IND'])

/** An entry without a kind is of the instrument that its name usually means. */
function kindOf({ kind, symbol }: Pick<LedgerRow, 'kind' | 'symbol'>): LedgerRow['kind'] {
  return kind ?? instrumentNamed(symbol).kind
}

/** @param kind of the symbol; without one, the trade date may be a later one. */
function checkTradeDate(
  slot: number,
  date: unknown,
  { kind, dates }: { kind?: LedgerRow['kind']; dates: Dates },
): void {
  const first = dates.get(slot) ?? newYorkDateOf(slot)
  dates.set(slot, first)
  if (date === first) return
  const at = new Date(slot).toISOString()
  if (OF_ONE_DAY.has(kind)) {
    throw new RangeError(`date ${JSON.stringify(date)} of slot ${at}: expected its New York date, ${first}`)
  }
  checkDate(date)
  const last = addDays(first, MAX_DAYS_EARLY)
  if ((date as string) > first && (date as string) <= last) return
  throw new RangeError(
    `date ${JSON.stringify(date)} of slot ${at}: expected its trade date, from ${first} to ${last}`,
  )
}

/** Every legal interval between slots gives whole seconds. */
function newYorkDateOf(slot: number): SessionDate {
  if (slot % 1000 === 0 && !Number.isNaN(new Date(slot).getTime())) return newYorkDate(epochMs(slot))
  throw new RangeError(`timestamp ${slot}: expected epoch milliseconds of a whole second`)
}

/** @throws RangeError */
export function checkDate(date: unknown): void {
  try {
    sessionDate(date as string)
  } catch {
    throw new RangeError(`date ${JSON.stringify(date)}: expected a date of the form YYYY-MM-DD`)
  }
}

type Place = Pick<LedgerRow, 'timestamp' | 'symbol' | 'date'>

function checkPlace(what: string, found: Place, expected: Place): void {
  const wrong = (['timestamp', 'symbol', 'date'] as const).find((name) => found[name] !== expected[name])
  if (!wrong) return
  throw new RangeError(
    `${wrong} ${JSON.stringify(found[wrong])} of ${what} of ${expected.symbol}: expected ${JSON.stringify(expected[wrong])}, as of its slot`,
  )
}

/** @param expiries those that were already found to be dates. */
function checkKey({ symbol, expiry, strike, right }: SnapshotRow, expiries: Set<string>): void {
  const fail = (name: string, value: unknown, expected: string) => {
    throw new RangeError(
      `${name} ${JSON.stringify(value)} of ${symbol} ${expiry} ${strike}${right}: expected ${expected}`,
    )
  }
  if (!expiries.has(expiry)) {
    try {
      expiries.add(expiryDate(expiry))
    } catch {
      fail('expiry', expiry, 'a date of the form YYYYMMDD')
    }
  }
  if (!Number.isFinite(strike) || strike <= 0) fail('strike', strike, 'a number above 0')
  if (right !== 'C' && right !== 'P') fail('right', right, 'C or P')
}

function checkCarried({ symbol, timestamp, carried_from }: SnapshotRow): void {
  if (carried_from === null || carried_from < timestamp) return
  const [from, at] = [carried_from, timestamp].map((time) => new Date(time).toISOString())
  throw new RangeError(`carried_from ${from} of a row of ${symbol} of slot ${at}: expected an earlier slot`)
}

const REPORT_COLUMNS = (LEDGER_COLUMNS as readonly Column[]).filter(({ name }) => name !== 'rows')

/** Reports are stored in a commit first and in a data file later, which must not fail then. */
function checkReport(report: Omit<LedgerRow, 'rows'>): void {
  for (const column of REPORT_COLUMNS) {
    const fault = faultOf(column, (report as Record<string, unknown>)[column.name])
    if (fault) throw new RangeError(`column ${column.name} of the report of ${report.symbol} ${fault}`)
  }
}
