import { barObservations } from '../../src/analytics/stored/bar-observations.ts'
import type { Lake } from '../../src/lake/open.ts'
import { DAILY_OBSERVATIONS, UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import type { TradingSession } from '../../src/market/calendar.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'
import type { Market, SimContract } from '../../src/simulator/market/market.ts'
import { BAR_MS, type UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'

/** After the close, when the daemon writes what a session has come to; ms. */
export const AFTER_CLOSE_MS = 1_800_000

/** Stores the five-minute bars of sessions up to a time, and of those that are over by then their daily prices. */
export async function storeBars(
  lake: Lake,
  {
    market,
    names,
    sessions,
    until,
  }: {
    readonly market: Market
    readonly names: readonly string[]
    readonly sessions: readonly TradingSession[]
    readonly until: EpochMs
  },
): Promise<void> {
  const contracts = names.map((name) => contractIn(market, name))
  const bars = sessions.flatMap((session) =>
    contracts.flatMap((one) => barsOf(market, one, { session, until })),
  )
  await upsert(lake, UNDERLYING_BARS, bars)
  const symbols = new Set(names)
  const observed = []
  for (const { date, closeAt } of sessions) {
    if (closeAt > until) continue
    const recordedAt = epochMs(closeAt + AFTER_CLOSE_MS)
    observed.push(...(await barObservations(lake, date, { symbols, observed: [], recordedAt })))
  }
  await upsert(lake, DAILY_OBSERVATIONS, observed)
}

function contractIn(market: Market, symbol: string): SimContract {
  const found = market.find({ symbol }).find(({ secType }) => secType === 'STK' || secType === 'IND')
  if (!found) throw new Error(`the synthetic market has no ${symbol}`)
  return found
}

/** As a stream without a hole would have shown them. */
function barsOf(
  market: Market,
  { conId, symbol, secType }: SimContract,
  { session, until }: { readonly session: TradingSession; readonly until: EpochMs },
): UnderlyingBarRow[] {
  const { openAt, closeAt, date } = session
  const contract = market.byConId(conId)
  if (!contract || until <= openAt) return []
  const span = { startAt: openAt, endAt: epochMs(Math.min(until, closeAt)), barSeconds: BAR_MS / 1_000 }
  const isIndex = secType === 'IND'
  return market.bars(contract, 'TRADES', span).map(({ startAt, open, high, low, close }) => ({
    ...{ timestamp: startAt, symbol, con_id: conId, kind: isIndex ? 'IND' : 'STK', expiry: null, date },
    ...{ open, high, low, close, ticks: BAR_MS / 1_000, price_basis: isIndex ? 'level' : 'trade' },
    ...{ session: 'regular', coverage_seconds: BAR_MS / 1_000, data_type: 'live' },
    ...{ first_at: startAt, last_at: startAt + BAR_MS - 1_000 },
  }))
}
