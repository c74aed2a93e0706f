import { isFarmDown } from '../faults/farms.ts'
import type { Bar } from '../market/market.ts'
import type { OpenRequest } from '../state.ts'
import { type BarFormat, historicalDataUpdate } from '../wire/history.ts'
import type { Lookup } from './answer-later.ts'
import { type BarSeries, barsUntilNow } from './bar-source.ts'

/**
 * Keeps the bars of an answered request up to date: at every update of a stream of the contract, the latest bar if it
 * has changed, and those that have begun since.
 */
export function followBars(
  { client, requestId, state }: Lookup,
  { series, format, last }: { readonly series: BarSeries; readonly format: BarFormat; readonly last: Bar },
): void {
  const { options, market, clock, timeline, faults } = state
  const intervalMs =
    series.contract.secType === 'OPT' ? options.updateIntervalMs : options.underlyingUpdateIntervalMs
  let latest = last
  let isMuted = false
  let cancel = timeline.after(intervalMs, update)

  function update(): void {
    if (!isMuted && !faults.has('server_lost') && !isFarmDown(faults, 'history')) sendChanges()
    cancel = timeline.after(intervalMs, update)
  }

  function sendChanges(): void {
    const span = { startAt: latest.startAt, endAt: clock.now() }
    for (const bar of barsUntilNow(market, series, span)) {
      if (bar.startAt < latest.startAt || isSame(bar, latest)) continue
      latest = bar
      client.send(historicalDataUpdate(requestId, bar, format))
    }
  }

  const subscription: OpenRequest = {
    kind: 'history',
    close: () => {
      client.open.delete(requestId)
      cancel()
    },
    mute: () => {
      isMuted = true
    },
  }
  client.open.set(requestId, subscription)
}

function isSame(a: Bar, b: Bar): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
