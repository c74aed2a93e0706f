import { PATH_COLUMNS } from '../../analytics/answers/at-the-money-path.ts'
import { type AnalyticsOptions, carryOf } from '../../analytics/options.ts'
import { storedExpectedMoves } from '../../analytics/stored/expected-moves.ts'
import type { LatestFigures } from '../../analytics/stored/latest-figures.ts'
import { storedPositioning } from '../../analytics/stored/positioning.ts'
import type { Lake } from '../../lake/open.ts'
import { atmOptions } from '../../lake/query/at-the-money.ts'
import { chainAsOf } from '../../lake/query/chains.ts'
import { slotPrices } from '../../lake/query/slot-prices.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../lake/tables/small-tables.ts'
import { VIX } from '../../market/contract.ts'
import { expiryDate } from '../../market/units.ts'
import type { ExpirationName, VolatilitySources } from '../../serve/views/volatility-sources.ts'

/** The stored data of the views of volatility, expected moves and positioning. */
export function volatilitySources(
  lake: Lake,
  { figures, analytics }: { readonly figures: LatestFigures; readonly analytics: AnalyticsOptions },
): VolatilitySources {
  return {
    figuresOn: (symbol, date) => readRows(lake, MARKET_METRICS, { symbol, from: date, to: date }),
    observedWithVix: async (symbol, dates) => {
      const rows = await readRows(lake, DAILY_OBSERVATIONS, dates)
      return rows.filter((row) => row.symbol === symbol || row.symbol === VIX.symbol)
    },
    slotPrices: (symbol, dates) => slotPrices(lake, symbol, dates),
    expirations: async (symbol, at) => {
      const rows = await chainAsOf(lake, symbol, { at, columns: ['expiry', 'trading_class'] })
      const names = new Map<string, ExpirationName>()
      for (const { expiry, trading_class: tradingClass } of rows) {
        const name = `${expiry} ${tradingClass}`
        if (!names.has(name)) names.set(name, { expiry: expiryDate(expiry), tradingClass })
      }
      return [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
    },
    atTheMoney: (symbol, { date, expiry, tradingClass }) =>
      atmOptions(lake, symbol, { date, expiry, tradingClass, columns: PATH_COLUMNS }),
    expectedMoves: async (symbol, at) => {
      const newest = await figures.latest(symbol)
      if (newest && newest.terms.length > 0 && (at === undefined || at === newest.slot)) {
        return { ...newest, spot: newest.figures.underlying_price.value }
      }
      return storedExpectedMoves(lake, symbol, { carry: carryOf(analytics, symbol), at })
    },
    positioningOf: (symbol, asked) =>
      storedPositioning(lake, symbol, { carry: carryOf(analytics, symbol), ...asked }),
  }
}
