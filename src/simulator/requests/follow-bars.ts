import { isOption } from '../market/contracts.ts'
import type { Bar } from '../market/market.ts'
import { type BarFormat, historicalDataUpdate } from '../wire/history.ts'
import type { Lookup } from './answer-later.ts'
import { type BarSeries, barsUntilNow } from './bar-source.ts'
import { openPolling } from './polling.ts'

/**
 * Keeps the bars of an answered request up to date: at every update of a stream of the contract, the latest bar if it
 * has changed, and those that have begun since.
 */
export function followBars(
  lookup: Lookup,
  { series, format, last }: { readonly series: BarSeries; readonly format: BarFormat; readonly last: Bar },
): void {
  const { client, requestId, state } = lookup
  const { options, market, clock } = state
  const intervalMs = isOption(series.contract) ? options.updateIntervalMs : options.underlyingUpdateIntervalMs
  let latest = last

  openPolling(lookup, { kind: 'history', farm: 'history', waitMs: () => intervalMs }, () => {
    const span = { startAt: latest.startAt, endAt: clock.now() }
    for (const bar of barsUntilNow(market, series, span)) {
      if (bar.startAt < latest.startAt || isSame(bar, latest)) continue
      latest = bar
      client.send(historicalDataUpdate(requestId, bar, format))
    }
  })
}

function isSame(a: Bar, b: Bar): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
