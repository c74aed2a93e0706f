import type { SnapshotRow } from '../../snapshot/row.ts'
import type { Archives } from './archives.ts'
import { leanSide, minuteOf, openInterestLine, quoteLine, tradeLine } from './lines.ts'
import { type LeanKind, optionEntry, type TickType } from './names.ts'
import { type ContractDay, withPrice } from './universe.ts'

export const LEAN_COLUMNS = [
  ...(['timestamp', 'symbol', 'date', 'expiry', 'right', 'strike', 'trading_class', 'quoted_at'] as const),
  ...(['bid', 'ask', 'bid_size', 'ask_size', 'last', 'volume', 'open_interest', 'carried_from'] as const),
  ...(['iv', 'delta', 'gamma', 'vega', 'theta'] as const),
  ...(['multiplier', 'exercise_style', 'underlying_type', 'underlying_price'] as const),
] as const
export type LeanRow = Pick<SnapshotRow, (typeof LEAN_COLUMNS)[number]>

/** Counts of lines, and of rows that have none. */
export interface LeanCounts {
  rows: number
  quotes: number
  trades: number
  open_interest: number
  readonly left_out: { without_quote: number; repeated: number; other_options: number; other_day: number }
}

/** The lines of one contract's rows of a day, in the order of time. */
export interface ContractLines {
  add(row: LeanRow): void
  day(): ContractDay
}

/** @param midnight of the day in New York; epoch ms. */
export function openContract(
  first: LeanRow,
  kind: LeanKind,
  { archives, counts, midnight }: { archives: Archives; counts: LeanCounts; midnight: number },
): ContractLines {
  const style = first.exercise_style ?? (kind.option === 'option' ? 'american' : 'european')
  const nameOf = (type: TickType) => optionEntry(kind, type, { ...first, style })
  const names = { quote: nameOf('quote'), trade: nameOf('trade'), openinterest: nameOf('openinterest') }
  let prices: ContractDay['prices'] = null
  let last: ContractDay['last'] = first
  let volume = 0
  let openInterest: number | null = null
  let minute = -1
  return {
    add: (row) => {
      if (row.carried_from !== null) {
        counts.left_out.repeated++
        return
      }
      last = latest(last, row)
      const [bid, ask] = [leanSide(row.bid, row.bid_size), leanSide(row.ask, row.ask_size)]
      const ms = row.quoted_at === null ? null : minuteOf(row.quoted_at, midnight)
      if (row.quoted_at === null || (bid === null && ask === null)) counts.left_out.without_quote++
      else if (ms === null || ms <= minute) counts.left_out.other_day++
      else {
        counts.quotes++
        minute = ms
        archives.add(names.quote, quoteLine(ms, bid, ask))
        if (bid && ask) prices = withPrice(prices, (bid.price + ask.price) / 2)
      }
      if (ms === null) return
      if (row.last !== null && row.volume !== null && row.volume > volume) {
        archives.add(names.trade, tradeLine(ms, row.last, row.volume - volume))
        counts.trades++
        volume = row.volume
      }
      if (row.open_interest !== null && row.open_interest !== openInterest) {
        archives.add(names.openinterest, openInterestLine(ms, row.open_interest))
        counts.open_interest++
        openInterest = row.open_interest
      }
    },
    day: () => ({ contract: first, prices, last }),
  }
}

/** The values of a row, where it has none those before. */
function latest(before: ContractDay['last'], row: LeanRow): ContractDay['last'] {
  const greeks = row.iv === null ? before : row
  return {
    volume: row.volume ?? before.volume,
    open_interest: row.open_interest ?? before.open_interest,
    ...{ iv: greeks.iv, delta: greeks.delta, gamma: greeks.gamma, vega: greeks.vega, theta: greeks.theta },
  }
}
