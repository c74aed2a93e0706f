import { expect, test } from 'vitest'
import { rebuildDay, storedDays } from '../../../src/analytics/stored/rebuild.ts'
import { rebuildSurfaces } from '../../../src/analytics/stored/surfaces/rebuild-surfaces.ts'
import { chainCachePath, readChainCache } from '../../../src/chain/chain-cache.ts'
import { demoConfig } from '../../../src/daemon/demo/demo-config.ts'
import { pastClock } from '../../../src/daemon/demo/past-clock.ts'
import { storePastPrices } from '../../../src/daemon/demo/past-prices.ts'
import { storePastSlots } from '../../../src/daemon/demo/past-slots.ts'
import { withSparseStrikes } from '../../../src/daemon/demo/sparse-strikes.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { chainAsOf } from '../../../src/lake/query/chains.ts'
import { slots } from '../../../src/lake/query/stats.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS, SURFACE_GRID } from '../../../src/lake/tables/small-tables.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { temporaryLake } from '../../lake/lakes.ts'

const DATE = sessionDate('2026-11-19')
const time = (clock: string) => newYorkInstant(DATE, clock)

test('past slots of the simulated market are stored as if they had been collected', async () => {
  const { clock, setTime } = pastClock(time('08:00'))
  const lake = await temporaryLake(undefined, { clock })
  const market = withSparseStrikes(syntheticMarket({ seed: 1, asOf: time('09:00') }), () => DATE)
  const config = demoConfig({ symbols: ['SPY'] })
  const { signal } = new AbortController()
  await storePastPrices(lake, market, { symbols: ['SPY'], before: DATE })
  const fault = { symbol: 'SPY', detail: 'farm down' }
  await storePastSlots(
    lake,
    {
      ...{ market, date: DATE },
      slots: ['09:30', '09:35', '09:40', '09:45'].map(time),
      faults: [
        { ...fault, slot: time('09:35'), reason: 'connection_lost', answeredFraction: 0 },
        { ...fault, slot: time('09:40'), reason: 'deadline', answeredFraction: 0.5 },
      ],
    },
    { config, signal, setTime },
  )

  const ledger = await slots(lake)
  expect(ledger.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['stored', null],
    ['missing', 'connection_lost'],
    ['partial', 'deadline'],
    ['stored', null],
  ])
  const stored = ledger.map(({ rows }) => rows)
  expect(stored[0]).toBeGreaterThan(200)
  expect(stored[2]).toBe(Math.floor((stored[0] as number) / 2))
  const chain = await chainAsOf(lake, 'SPY', { at: time('09:46') })
  expect(chain).toHaveLength(stored[3] as number)
  const quoted = chain.map(({ quoted_at }) => quoted_at as number)
  expect(Math.max(...quoted) - Math.min(...quoted)).toBeGreaterThan(20_000)

  const figures = await readRows(lake, MARKET_METRICS, { symbol: 'SPY' })
  expect(figures).toHaveLength(3)
  expect(figures[2]).toMatchObject({
    iv_rank: expect.any(Number),
    iv30: expect.any(Number),
    vix: expect.any(Number),
  })
  expect(await readRows(lake, SURFACE_GRID, { symbol: 'SPY' })).not.toEqual([])
  expect(await readRows(lake, DAILY_OBSERVATIONS, { symbol: 'SPY' })).toHaveLength(251)

  // The same bits as the figures of the stored chains computed again, and nothing that a check of the lake finds.
  const [day] = await storedDays(lake, {})
  const rebuilding = { options: config.analytics, recordedAt: time('10:00'), signal }
  if (!day) throw new Error('no day is stored')
  expect(await rebuildDay(lake, day, rebuilding)).toMatchObject({ rows: 3, figuresChanged: 0 })
  expect(await rebuildSurfaces(lake, day, rebuilding)).toMatchObject({ surfacesChanged: 0, gridChanged: 0 })
  expect((await verify(lake.layout.root, { clock: systemClock })).findings).toEqual([])
  // The daemon begins with the chain that the slots were taken from.
  expect(readChainCache(chainCachePath(lake.layout.contracts, 'SPY'))?.date).toBe(DATE)
})

test('a stock that the simulated market does not have is refused', async () => {
  const { clock, setTime } = pastClock(time('08:00'))
  const lake = await temporaryLake(undefined, { clock })
  const market = syntheticMarket({ seed: 1, asOf: time('09:00') })
  const past = { market, date: DATE, slots: [time('09:30')] }
  const { signal } = new AbortController()
  await expect(
    storePastSlots(lake, past, { config: demoConfig({ symbols: ['KO'] }), signal, setTime }),
  ).rejects.toThrow('the simulated market has no stock KO')
})
