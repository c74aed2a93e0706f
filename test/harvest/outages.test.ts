import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Harvest } from '../../src/harvest/harvest.ts'
import type { FaultInput } from '../../src/simulator/faults/faults.ts'
import { openSimulatedSession, type SimulatedSession } from '../support/simulated-session.ts'

let simulated: SimulatedSession | undefined
afterEach(async () => {
  await simulated?.close()
  simulated = undefined
})

const CONTRACTS = 300
/** Latencies and limits as of an account; every second of this clock is 25 ms. */
const SPEED = 40
const RULES = { messagesPerSecond: 50, lines: 100, firstQuoteMedianMs: 400, greeksMedianMs: 800 }

/** Collects, with a fault that begins after 4 s. */
async function collectWith(fault: FaultInput | null) {
  simulated = await openSimulatedSession(CONTRACTS, SPEED, { ...RULES, aboveRate: 'delay' })
  const { clock, simulator } = simulated
  const collected = simulated.collect(clock.monotonicMs() + 285_000)
  await clock.sleep(4_000)
  if (fault) simulator.inject(fault)
  return await collected
}

const completeOf = (harvest: Harvest) => harvest.answered.filter(({ complete }) => complete).length

/** Contracts with a bid, an ask and an implied volatility: the market has none for the far wings. */
let completeWithoutOutage = 0
beforeAll(async () => {
  completeWithoutOutage = completeOf(await collectWith(null))
  await simulated?.close()
})

const outages: readonly [string, FaultInput][] = [
  ['a market-data farm is broken for 30 s', { kind: 'farm_broken', farm: 'market', seconds: 30 }],
  [
    'the connection to IB is lost for 30 s and streams continue',
    { kind: 'server_lost', streams: 'kept', seconds: 30 },
  ],
  [
    'the connection to IB is lost for 30 s and streams have ended',
    { kind: 'server_lost', streams: 'lost', seconds: 30 },
  ],
  ['another session holds the data for 40 s', { kind: 'competing_session', seconds: 40 }],
]
test.each(outages)('no contract is lost when %s', async (_what, fault) => {
  const harvest = await collectWith(fault)
  expect(harvest.gaps).toEqual([])
  expect(harvest.answered).toHaveLength(CONTRACTS)
  expect(completeOf(harvest)).toBeGreaterThanOrEqual(completeWithoutOutage - 10)
  const seconds = (harvest.finishedAt - harvest.startedAt) / 1_000
  expect(seconds).toBeGreaterThan(30)
})

test('options that fall silent without a word are requested a second time', async () => {
  const harvest = await collectWith({ kind: 'option_silence', seconds: 8 })
  expect(harvest.gaps).toEqual([])
  expect(harvest.answered).toHaveLength(CONTRACTS)
})

test('at the deadline the gaps name the outage', async () => {
  simulated = await openSimulatedSession(CONTRACTS, SPEED, { ...RULES, aboveRate: 'delay' })
  const { clock, simulator } = simulated
  const collected = simulated.collect(clock.monotonicMs() + 20_000)
  await clock.sleep(4_000)
  simulator.inject({ kind: 'competing_session' })
  const { answered, gaps } = await collected
  expect(answered.length + gaps.length).toBe(CONTRACTS)
  expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['competing_session']))
  // One probe every 5 s, and what was in flight: a gateway without data is not asked for the rest.
  expect(simulator.stats().received.reqMktData).toBeLessThan(answered.length + 120)
})
