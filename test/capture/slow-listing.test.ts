import { expect, onTestFinished, test } from 'vitest'
import { startSlotChains } from '../../src/capture/slot-chains.ts'
import { chainCachePath, readChainCache, writeChainCache } from '../../src/chain/chain-cache.ts'
import { chainAsOf } from '../../src/lake/query/chains.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { dueSlot } from '../../src/market/slot.ts'
import { sessionDate } from '../../src/market/units.ts'
import { openLifetime } from '../../src/process/lifetime.ts'
import { openLog } from '../../src/process/log.ts'
import { openCaptureRig } from './capture-rig.ts'

const DATE = sessionDate('2026-11-19')
const SLOT = { at: newYorkInstant(DATE, '09:30') }
const never = new AbortController().signal
const log = openLog('silent')
/** Contract details of a gateway on its first morning. */
const SLOW = { detailsMedianMs: 20_000, detailsShape: 0 }
/** On a busy machine a fast clock would end requests that are under way. */
const PATIENT = { 'harvest.timeoutMs': 40_000 }

test('a run that starts a minute before the open on an empty lake collects each expiration as it is listed', async () => {
  const rig = await openCaptureRig('09:29', {
    rules: SLOW,
    values: { 'universe.plainExpirations': 3, ...PATIENT },
  })
  rig.clock.setSpeed(100)
  const { append } = await rig.capture('09:30')
  expect(append.reports).toMatchObject([{ outcome: 'stored', reason: null, detail: null }])
  const rows = await chainAsOf(rig.lake, 'IWM', { at: SLOT.at, columns: ['expiry', 'quoted_at'] })
  const quotedAt = new Map(rows.map(({ expiry, quoted_at }) => [expiry, quoted_at ?? 0]))
  expect(quotedAt.size).toBe(3)
  // The first is collected while the last is still being listed.
  const times = [...quotedAt].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, quoted]) => quoted)
  expect((times[2] as number) - (times[0] as number)).toBeGreaterThan(15_000)
})

test('what is not listed by the end of the slot is named in the ledger, and the rest is stored', async () => {
  const rig = await openCaptureRig('09:31:30', {
    rules: { detailsMedianMs: 12_000, detailsShape: 0 },
    values: { 'universe.plainExpirations': 20, ...PATIENT },
  })
  rig.clock.setSpeed(100)
  const { append } = await rig.capture('09:30')
  const [report] = append.reports
  expect(report).toMatchObject({ outcome: 'partial', reason: 'chain_incomplete' })
  expect(report?.detail).toMatch(/^\d+ of \d+ expirations were not listed in time: 2026/)
  expect(report?.answered).toBeGreaterThan(20)
})

test("while today's list does not come, yesterday's is collected, and the ledger says so", async () => {
  const rig = await openCaptureRig('09:29:50', {
    values: { 'universe.plainExpirations': 2, ...PATIENT },
  })
  await rig.chains.changed('IWM', never)
  while (!rig.chains.chain('IWM', DATE)?.completeness.isKnown) await rig.chains.changed('IWM', never)

  // The same lists, as if they had been made the day before.
  const path = chainCachePath(rig.lake.layout.contracts, 'IWM')
  const cache = readChainCache(path)
  if (!cache) throw new Error('nothing is cached')
  const yesterday = newYorkInstant(sessionDate('2026-11-18'), '09:05')
  writeChainCache(path, {
    ...cache,
    ...{ date: sessionDate('2026-11-18'), expirationsListedAt: yesterday },
    listings: new Map([...cache.listings].map(([expiry, one]) => [expiry, { ...one, at: yesterday }])),
  })
  rig.simulator.inject({ kind: 'symbol_trouble', symbol: 'IWM', how: 'unanswered' })
  const lifetime = openLifetime()
  onTestFinished(() => lifetime.close())
  const { config, lake } = rig
  const due = dueSlot(newYorkInstant(DATE, '09:30'), DATE, ['IWM'])
  rig.clock.setSpeed(10)
  const chains = startSlotChains(rig.session, due, { config, lake, log, signal: lifetime.signal })
  const { append } = await rig.capture('09:30', { chains })
  const [report] = append.reports
  expect(report).toMatchObject({
    ...{ outcome: 'stored', reason: null },
    detail: "the chain is that of 2026-11-18: today's was not listed in time",
  })
  // It does not wait for the list either: the slot is done when the known contracts are.
  expect((report?.finished_at ?? 0) - SLOT.at).toBeLessThan(200_000)
})

test('only symbols that the slot is due for are listed', async () => {
  const { session, config, lake, simulator } = await openCaptureRig('16:05', {
    values: { symbols: ['AAPL', 'IWM'] },
  })
  const lifetime = openLifetime()
  onTestFinished(() => lifetime.close())
  const due = dueSlot(newYorkInstant(DATE, '09:30'), DATE, ['IWM'])
  const chains = startSlotChains(session, due, { config, lake, log, signal: lifetime.signal })
  while (!chains.chain('IWM', DATE)?.completeness.isKnown) await chains.changed('IWM', never)
  expect(simulator.stats().received.reqSecDefOptParams).toBe(1)
})
