import { lastSessionBefore, sessionOn } from '../../../market/calendar.ts'
import { settlementOf } from '../../../market/option-hours.ts'
import { dateToExpiry, type SessionDate } from '../../../market/units.ts'
import { CHAIN_COLUMNS } from './chain-file.ts'
import { badFile, type CsvLine, readCsv } from './csv.ts'

const NEEDED = [
  ...['root', 'expiry', 'strike', 'optiontype'],
  ...['bid_size', 'bid_price', 'ask_size', 'ask_price', 'open_interest'],
]

/** Whether a file has the columns of such a chain; a Yahoo chain has no `root`. */
export function isCboeChain(text: string): boolean {
  return text.slice(0, text.indexOf('\n')).split(',').includes('root')
}

/**
 * Converts a chain of OptionChainAnalytics' files of Cboe's quotes into a chain file (docs/chain-file.md):
 *
 * - the root is the trading class, and of a class with AM settlement the date becomes the last trading day, which is the
 *   session before;
 * - a price of 0 with a size of 0 is no quote and stays empty, as do the last trade, the volume and the greeks, which the
 *   source lacks;
 * - it names no price of the underlying either: that column has the forward of the nearest expiration by put-call parity, at
 *   the strike whose call and put are closest to each other.
 *
 * `symbol` is the underlying.
 */
export function convertCboeChain(text: string, name: string, symbol: string): string {
  const { columns, lines } = readCsv(text, name)
  const missing = NEEDED.filter((column) => !columns.includes(column))
  if (missing.length > 0) {
    throw badFile(
      name,
      `no column ${missing.join(', ')}; the file is not a Cboe chain of OptionChainAnalytics`,
    )
  }
  const read = lines.map((line) => readLine(line, name))
  const underlyingPrice = nearestForward(read)
  const rows = read.map((line) => ({ ...line, symbol, underlying_price: underlyingPrice }))
  const header = [...CHAIN_COLUMNS, 'trading_class']
  const written = rows.map((row) => header.map((column) => row[column as keyof typeof row] ?? '').join(','))
  return [header.join(','), ...written, ''].join('\n')
}

function readLine(line: CsvLine, name: string) {
  const numberIn = (column: string): number => {
    const cell = line.cell(column)
    const value = cell === '' ? Number.NaN : Number(cell)
    if (!Number.isFinite(value)) {
      throw badFile(name, `line ${line.number}, column ${column}: "${cell}" is not a number`)
    }
    return value
  }
  const date = line.cell('expiry')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) {
    throw badFile(name, `line ${line.number}, column expiry: "${date}" is not a date such as 2024-06-21`)
  }
  const side = (which: 'bid' | 'ask') => {
    const [price, size] = [numberIn(`${which}_price`), numberIn(`${which}_size`)]
    return price === 0 ? { price: null, size: null } : { price, size }
  }
  const [bid, ask] = [side('bid'), side('ask')]
  return {
    trading_class: line.cell('root'),
    expiry: lastTradingDay(date as SessionDate, line.cell('root')),
    strike: numberIn('strike'),
    right: line.cell('optiontype'),
    ...{ bid: bid.price, bid_size: bid.size, ask: ask.price, ask_size: ask.size },
    open_interest: numberIn('open_interest'),
  }
}

function lastTradingDay(date: SessionDate, tradingClass: string): string {
  if (settlementOf(tradingClass) === 'pm') return dateToExpiry(date)
  const session = sessionOn(date)
  return session ? dateToExpiry(lastSessionBefore(session.openAt).date) : dateToExpiry(date)
}

type Line = ReturnType<typeof readLine>

/** null without a call and a put of one strike that are both quoted. */
function nearestForward(lines: readonly Line[]): number | null {
  const nearest = lines.reduce((first, { expiry }) => (expiry < first ? expiry : first), '99999999')
  const calls = new Map<number, number>()
  const puts = new Map<number, number>()
  for (const { expiry, strike, right, bid, ask } of lines) {
    if (expiry !== nearest || bid === null || ask === null) continue
    const side = right === 'C' ? calls : puts
    side.set(strike, (bid + ask) / 2)
  }
  let best: { readonly strike: number; readonly difference: number } | null = null
  for (const [strike, call] of calls) {
    const put = puts.get(strike)
    if (put === undefined) continue
    const difference = call - put
    if (best === null || Math.abs(difference) < Math.abs(best.difference)) best = { strike, difference }
  }
  return best && Math.round((best.strike + best.difference) * 100) / 100
}
