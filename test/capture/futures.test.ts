import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { curveAnswer } from '../../src/analytics/answers/curve-answer.ts'
import { marketData } from '../../src/analytics/answers/questions.ts'
import { storeFigures } from '../../src/analytics/stored/stored-figures.ts'
import { recoverJournals } from '../../src/capture/recover-journal.ts'
import { readFutureCache, writeFutureCache } from '../../src/chain/futures/future-cache.ts'
import { frontFutures, futureHistory, futuresAsOf, latestFutures } from '../../src/lake/query/futures.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { storedSessions } from '../../src/lake/query/stored-sessions.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { MARKET_METRICS } from '../../src/lake/tables/small-tables.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { dueSlot } from '../../src/market/slot.ts'
import { conId, expiryDate } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import { DATE, openCaptureRig } from './capture-rig.ts'

const ES = { values: { symbols: ['ES'], 'harvest.timeoutMs': 60_000 } }
const slotAt = (clock: string) => newYorkInstant(DATE, clock)

test('the near futures of a slot are stored with the level of their index, counted and measured', async () => {
  const { lake, config, capture } = await openCaptureRig('10:00', ES)
  const { append, received } = await capture('10:00')
  expect(append.reports).toMatchObject([
    { kind: 'FUT', outcome: 'stored', requested: 3, complete: 3, rows: 0, future_rows: 3 },
  ])
  const rows = await latestFutures(lake, 'ES')
  expect(rows.map(({ local_symbol, front_rank }) => [local_symbol, front_rank])).toEqual([
    ['ESZ6', 1],
    ['ESH7', 2],
    ['ESM7', 3],
  ])
  for (const row of rows) {
    expect(row).toMatchObject({
      flags: 0,
      spot_index: 'SPX',
      multiplier: 50,
      exchange: 'CME',
      data_type: 'live',
    })
    expect(row.open_interest).toBeGreaterThan(0)
    expect(row.settlement).toBeGreaterThan(0)
  }

  // Stored figures are those of an answer, and name their contracts.
  await storeFigures(lake, dueSlot(slotAt('10:00'), DATE, ['ES']), { received, options: config.analytics })
  const [metrics] = await readRows(lake, MARKET_METRICS)
  expect(metrics).toMatchObject({
    front_future: 'ESZ6',
    next_future: 'ESH7',
    spot_index: 'SPX',
    contracts: 0,
  })
  expect(metrics?.underlying_price).toBe(metrics?.front_price)
  const data = await marketData(lake, 'ES')
  expect(data?.futures?.basis.value).toBe(metrics?.basis)
  expect(metrics?.basis).toBeGreaterThan(0)
  expect(metrics?.roll_yield).toBeLessThan(0)
  const answer = curveAnswer(rows, { symbol: 'ES', now: slotAt('10:01') })
  expect(answer.figures?.basis.value).toBe(metrics?.basis)
  expect(answer.futures[0]).toMatchObject({ days: 29, basis: metrics?.basis, flags: [] })

  // A later slot joins the day's file, and each is found as of its time.
  await capture('10:05')
  expect((await futuresAsOf(lake, 'ES', slotAt('10:04')))[0]?.timestamp).toBe(slotAt('10:00'))
  expect((await latestFutures(lake, 'ES'))[0]?.timestamp).toBe(slotAt('10:05'))
  expect(await frontFutures(lake, 'ES')).toHaveLength(2)
  expect(await futureHistory(lake, 'ES', { localSymbol: 'ESM7' })).toHaveLength(2)
  const session = { date: DATE, firstSlot: slotAt('10:00'), lastSlot: slotAt('10:05') }
  expect(await storedSessions(lake, { symbol: 'ES' })).toEqual([session])
})

test('a future that the gateway does not know any more is named, dropped from the list, and the rest is stored', async () => {
  const { lake, capture } = await openCaptureRig('10:00', ES)
  await capture('10:00')
  const folder = lake.layout.contracts
  const listed = readFutureCache(folder, 'ES')
  const [front] = listed?.futures ?? []
  if (!listed || !front) throw new Error('no list')
  const gone = { ...front, conId: conId(1), localSymbol: 'ESX6', expiry: expiryDate('20261201') }
  writeFutureCache(folder, { ...listed, futures: [gone, ...listed.futures] })
  // Another process: it knows what is on disk.
  const { createFutureSource } = await import('../../src/chain/futures/future-source.ts')
  const futures = createFutureSource({
    ...{ folder, clock: lake.clock, log: openLog('silent'), signal: new AbortController().signal },
  })
  const { append } = await capture('10:05', { futures })
  expect(append.reports).toMatchObject([
    { outcome: 'partial', reason: 'unanswered_contracts', requested: 3, answered: 2, future_rows: 2 },
  ])
  expect(append.reports[0]?.detail).toMatch(/1 no_such_contract: ESX6 \(200 /)
  const again = await capture('10:10', { futures })
  expect(again.append.reports).toMatchObject([{ outcome: 'stored', requested: 3, future_rows: 3 }])
})

test('futures of a killed cycle are recovered from its journal, and counted once', async () => {
  const { lake, config, capture } = await openCaptureRig('10:00', ES)
  const killed = capture('10:00', {
    onStage: (stage) => {
      if (stage === 'write') throw new Error('killed')
    },
  })
  await expect(killed).rejects.toThrow('killed')
  expect(readdirSync(lake.layout.journals)).toHaveLength(1)
  expect(await slots(lake, { date: DATE })).toEqual([])

  const recovered = await recoverJournals(lake, openLog('silent'), config.analytics)
  expect(recovered).toMatchObject([{ slot: slotAt('10:00'), rows: 3 }])
  expect(await slots(lake, { date: DATE })).toMatchObject([
    ...[{ symbol: 'ES', kind: 'FUT', outcome: 'partial', reason: 'recovered_from_spool' }],
  ])
  const rows = await latestFutures(lake, 'ES')
  expect(rows.map(({ front_rank, spot_index }) => [front_rank, spot_index])).toEqual([
    [1, 'SPX'],
    [2, 'SPX'],
    [3, 'SPX'],
  ])
  expect(rows.every(({ spot_price }) => (spot_price ?? 0) > 0)).toBe(true)
  expect(readdirSync(join(lake.layout.journals))).toEqual([])
})
