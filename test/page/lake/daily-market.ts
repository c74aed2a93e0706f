import { newYorkDate, sessionOn } from '../../../src/market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate } from '../../../src/market/units.ts'
import type { Bar, BarKind, Market, SimContract } from '../../../src/simulator/market/market.ts'
import { DAY_SECONDS } from '../../../src/simulator/market/market.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { BAR_MS, type UnderlyingBarRow } from '../../../src/snapshot/underlying-bars.ts'

/** A span of sessions, both included. */
interface Span {
  readonly from: SessionDate
  readonly to: SessionDate
}

/** The gateway's daily bars of a stock or the VIX, as its history gives them. */
export function observationsOf(market: Market, contract: SimContract, span: Span): ObservationRow[] {
  const { symbol } = contract
  const isVix = symbol === 'VIX'
  const volatilities = new Map(
    isVix ? [] : daily(market, contract, { what: 'OPTION_IMPLIED_VOLATILITY', ...span }).map(dated),
  )
  return daily(market, contract, { what: 'TRADES', ...span }).map((bar) => {
    const date = newYorkDate(bar.startAt)
    const { open, high, low, close } = bar
    return {
      ...NO_DAILY_PRICES,
      ...{ symbol, date, source: isVix ? 'index' : 'ib_index', open, high, low, close },
      iv30: volatilities.get(date)?.close ?? null,
      vix: isVix ? close : null,
      cycles: null,
      recorded_at: (sessionOn(date)?.closeAt ?? bar.startAt) + 20 * 60_000,
      definition_version: null,
    }
  })
}

function dated(bar: Bar): [string, Bar] {
  return [newYorkDate(bar.startAt), bar]
}

function daily(market: Market, contract: SimContract, { what, from, to }: Span & { what: BarKind }) {
  const startAt = sessionOn(from)?.openAt
  const endAt = sessionOn(to)?.optionsCloseAt
  if (startAt === undefined || endAt === undefined) throw new Error(`${from} or ${to} is no session`)
  return market.bars(contract, what, { startAt, endAt, barSeconds: DAY_SECONDS })
}

/** The five-minute bars of a session as a stream would have shown them, until a time. */
export function barsOn(
  market: Market,
  contract: SimContract,
  { date, until }: { readonly date: SessionDate; readonly until?: EpochMs },
): UnderlyingBarRow[] {
  const session = sessionOn(date)
  if (!session) throw new Error(`${date} is no session`)
  const endAt = epochMs(Math.min(until ?? session.closeAt, session.closeAt))
  const bars = market.bars(contract, 'TRADES', { startAt: session.openAt, endAt, barSeconds: BAR_MS / 1_000 })
  const isIndex = contract.secType === 'IND'
  return bars.map(({ startAt, open, high, low, close }) => ({
    ...{ timestamp: startAt, symbol: contract.symbol, con_id: contract.conId, date },
    ...{ kind: isIndex ? 'IND' : 'STK', expiry: null, open, high, low, close, ticks: 300 },
    ...{ price_basis: isIndex ? 'level' : 'trade', session: 'regular', coverage_seconds: BAR_MS / 1_000 },
    ...{ data_type: 'live', first_at: startAt, last_at: startAt + BAR_MS - 1_000 },
  }))
}
