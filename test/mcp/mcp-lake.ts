import { analyticsOptions } from '../../src/analytics/options.ts'
import { storeFigures, storeObservations } from '../../src/analytics/stored/stored-figures.ts'
import { createBarStore } from '../../src/bars/bar-store.ts'
import { openLake } from '../../src/lake/open.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import type { Clock } from '../../src/market/clock.ts'
import { dueSlot } from '../../src/market/slot.ts'
import { type SessionDate, sessionDate } from '../../src/market/units.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { ibIndexHistory, makeChain, range } from '../analytics/chains.ts'
import { slotOf } from '../lake/slots.ts'

export const THURSDAY = sessionDate('2026-11-19')
export const FRIDAY = sessionDate('2026-11-20')
/** Friday at 18:00 in New York. */
export const NOW = newYorkInstant(FRIDAY, '18:00')
export const CLOCK: Clock = {
  now: () => NOW,
  monotonicMs: () => 0,
  sleep: async () => {},
  machineMs: (ms) => ms,
}
export const ANALYTICS = analyticsOptions.parse({})

/** A lake of SPY: Thursday's last slot, compacted, two slots of Friday, one missing between, a year of history, bars. */
export async function makeMcpLake(folder: string): Promise<void> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: CLOCK })
  const store = async (date: SessionDate, clock: string, spot: number) => {
    const at = newYorkInstant(date, clock)
    const rows = makeChain({
      ...{ at, spot, vol: (strike: number) => 0.17 + (680 - strike) / 2_000, strikes: range(640, 720, 10) },
      expiries: ['20261120', '20261211', '20261218', '20261231'],
    }).map((row, index) => ({ ...row, date, open_interest: 100 + index, multiplier: 100 }))
    await append(lake, slotOf({ SPY: rows }, at, date))
    const received = [{ symbol: 'SPY', kind: 'STK' as const, vix: 17.25, ivIndexFraction: 0.17 }]
    await storeFigures(lake, dueSlot(at, date, ['SPY']), { received, options: ANALYTICS })
  }
  const history = ibIndexHistory('SPY', newYorkInstant(THURSDAY, '09:00')).slice(0, -1)
  await upsert(
    lake,
    DAILY_OBSERVATIONS,
    history.map((row) => ({ ...row, recorded_at: newYorkInstant(sessionDate(row.date), '18:00') })),
  )
  await store(THURSDAY, '15:55', 676)
  await storeObservations(lake, THURSDAY, newYorkInstant(THURSDAY, '18:00'))
  await compact(lake, { scope: { kind: 'date', date: THURSDAY } })
  await store(FRIDAY, '10:00', 680)
  const missed = newYorkInstant(FRIDAY, '12:00')
  await recordReports(lake, [
    reportMissing('SPY', 'connection_lost', {
      ...{ slot: missed, date: FRIDAY, detail: 'the gateway closed the connection', startedAt: missed },
      kind: 'STK',
    }),
  ])
  await store(FRIDAY, '15:55', 682)
  const bar = (minute: string, close: number) => ({
    ...{ timestamp: newYorkInstant(FRIDAY, minute), symbol: 'SPY', con_id: 756733, kind: 'STK' as const },
    ...{ expiry: null, date: FRIDAY, open: 680, high: 683, low: 679, close, ticks: 10 },
    ...{ price_basis: 'trade' as const, session: 'regular' as const, coverage_seconds: 300 },
    data_type: 'live' as const,
    ...{ first_at: newYorkInstant(FRIDAY, minute), last_at: newYorkInstant(FRIDAY, minute) + 299_000 },
  })
  await createBarStore(lake).write([bar('15:45', 681), bar('15:50', 682)])
  await lake.close()
}
