import { afterEach, expect, test } from 'vitest'
import { loadScenario } from '../../../src/exchange/scenarios/load.ts'
import type { StepRecord } from '../../../src/experiments/files/step-record.ts'
import type { RunOutcome } from '../../../src/experiments/run/outcome.ts'
import { runExperiment } from '../../../src/experiments/run/run-experiment.ts'
import type { Venue } from '../../../src/experiments/run/venue.ts'
import type { Strategy } from '../../../src/experiments/strategies/strategy.ts'
import { openTwsVenue } from '../../../src/experiments/tws/venue.ts'
import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import { openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import { openSupervisor, type SessionSupervisor } from '../../../src/gateway/supervisor/supervisor.ts'
import { clockFrom, systemClock } from '../../../src/market/clock.ts'
import { conId } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { openScenario } from '../../../src/simulator/market/scenario/open-scenario.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { NOON } from '../../support/supervised-gateway.ts'

const STEP_MS = 30

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

interface Place {
  readonly simulator: Simulator
  readonly supervisor: SessionSupervisor
  readonly venue: Venue
  readonly reports: string[]
  readonly signal: AbortController
}

async function openPlace({ lostLimitMs = 20_000 } = {}): Promise<Place> {
  const clock = clockFrom(NOON)
  const scenario = openScenario(loadScenario('normal_market'), { seed: 1, startAt: clock.now() })
  const simulator = await startSimulator(
    scenario.market,
    simulatorOptions.parse({ underlyingUpdateIntervalMs: 10, startingCash: 100_000_000 }),
    { clock, seed: 1, openVenue: scenario.openVenue },
  )
  lifetime.onClose(() => simulator.close())
  const gateway = gatewayOptions.parse({
    ...{ port: simulator.port, messagesPerSecond: 1_000, connectBackoffMs: 20, connectBackoffMaxMs: 50 },
  })
  const supervisor = openSupervisor(gateway, { clock: systemClock, options: supervisorOptions.parse({}) })
  lifetime.onClose(() => supervisor.close())
  const entry = openOrderEntry(supervisor, {
    accounts: ['DU1234567'],
    limits: orderLimits.parse({ maxOrderQuantity: 5_000, maxOrdersPerMinute: 1_000, maxLossPerDay: 1e9 }),
    clock: systemClock,
  })
  lifetime.onClose(() => entry.close())
  const signal = new AbortController()
  const session = await supervisor.whenReady(signal.signal, 10_000)
  await entry.whenReady(signal.signal, 10_000)
  const [stock] = await session.contractDetails({ symbol: 'EXCH', secType: 'STK' })
  const reports: string[] = []
  const venue = openTwsVenue(
    { supervisor, entry },
    {
      runId: 'run-1',
      stock: {
        conId: conId(stock!.conId),
        symbol: 'EXCH',
        secType: 'STK',
        exchange: 'SMART',
        currency: 'USD',
      },
      stepMs: STEP_MS,
      steps: 1_000,
      lostLimitMs,
      cancelLimitMs: 2_000,
    },
    { clock: systemClock, signal: signal.signal, report: (line) => void reports.push(line) },
  )
  return { simulator, supervisor, venue, reports, signal }
}

async function play(
  { venue, signal }: Place,
  decide: Strategy['decide'],
  steps: number,
  onStep: (step: number) => void = () => {},
): Promise<{ outcome: RunOutcome; records: StepRecord[] }> {
  const records: StepRecord[] = []
  const outcome = await runExperiment(
    {
      scenario: 'normal_market',
      rules: 'research',
      steps,
      decisionLimitMs: 1_000,
      maxInventory: 5_000,
    },
    {
      venue,
      strategy: { name: 'probe', description: '', mode: 'active', decide },
      log: { append: (record) => void records.push(record) },
      clock: systemClock,
      signal: signal.signal,
      onProgress: onStep,
    },
  )
  await venue.close()
  return { outcome, records }
}

test('a run over TWS sees the book, trades in it and records its fills with their latencies', async () => {
  const place = await openPlace()
  const { outcome, records } = await play(
    place,
    (step, { ask }) =>
      step % 4 === 0 && ask !== null ? [{ kind: 'order', side: 'BUY', price: ask + 0.5, qty: 100 }] : [],
    16,
  )
  expect(outcome).toMatchObject({ end: { kind: 'complete' }, lastStep: 16, records: 17, ordersSent: 4 })
  expect(outcome.inventory).toBe(400)
  expect(outcome.fillAttribution).toBe('as_read')
  const fills = records.flatMap((record) => record.fills)
  expect(fills.reduce((sum, { qty }) => sum + qty, 0)).toBe(400)
  expect(fills.every(({ latency_ms, is_maker }) => (latency_ms ?? -1) > 0 && is_maker === false)).toBe(true)
  for (const { market, book } of records) {
    expect(market.mid).toBeCloseTo(((market.bid ?? 0) + (market.ask ?? 0)) / 2, 6)
    expect(book.bids.length).toBeGreaterThan(1)
  }
  const last = records.at(-1)!
  expect(last.state.pnl).toBeCloseTo(last.state.cash_flow + 400 * (last.state.mark ?? 0), 6)
  expect(place.reports).toEqual(['the run leaves 400 shares of EXCH in the account'])
  expect(place.simulator.stats().received.placeOrder).toBe(4)
})

test('steps begin as far apart as they should, and none is left out', async () => {
  const place = await openPlace()
  const fromMs = performance.now()
  const { records } = await play(place, () => [], 10)
  expect(records.map(({ step }) => step)).toEqual(Array.from({ length: 11 }, (_, step) => step))
  expect(performance.now() - fromMs).toBeGreaterThanOrEqual(10 * STEP_MS - 2)
})

test('an order that rests is replaced by the next one, and the last one is cancelled when the run is stopped', async () => {
  const place = await openPlace()
  const { outcome, records } = await play(
    place,
    (_step, { bid }) => (bid === null ? [] : [{ kind: 'order', side: 'BUY', price: bid - 20, qty: 100 }]),
    1_000,
    (step) => {
      if (step === 6) place.signal.abort(new Error('stopped by the user'))
    },
  )
  expect(outcome.end).toMatchObject({ kind: 'stopped', reason: 'stopped by the user' })
  expect(records.flatMap(({ cancels }) => cancels).length).toBeGreaterThanOrEqual(4)
  expect(records.every(({ state }) => state.open_orders <= 2)).toBe(true)
  // Two, if the cancel of the one before has not been answered yet.
  expect(place.reports).toEqual([expect.stringMatching(/^open orders that were cancelled at the end: [12]$/)])
  const { received } = place.simulator.stats()
  expect(received.cancelOrder).toBe(received.placeOrder)
})

test('a gateway that is lost is waited for, and the run goes on', async () => {
  const place = await openPlace()
  const { outcome, records } = await play(
    place,
    () => [],
    12,
    (step) => {
      if (step === 5) place.simulator.inject({ kind: 'restart', seconds: 0.2 })
    },
  )
  expect(outcome.end.kind).toBe('complete')
  expect(records).toHaveLength(13)
  expect(place.reports[0]).toMatch(/^the gateway is lost: .*waiting up to 20 s$/)
  expect(place.reports[1]).toMatch(/^the run goes on after \d+\.\d s$/)
})

test('an order that rests while the gateway is lost is found again, sent once, and cancelled at the end', async () => {
  const place = await openPlace()
  const { outcome, records } = await play(
    place,
    (step, { bid }) =>
      step === 1 && bid !== null ? [{ kind: 'order', side: 'BUY', price: bid - 20, qty: 100 }] : [],
    12,
    (step) => {
      if (step === 5) place.simulator.inject({ kind: 'restart', seconds: 0.2 })
    },
  )
  expect(outcome.end.kind).toBe('complete')
  expect(records.at(-1)?.state).toMatchObject({ open_orders: 1, inventory: 0 })
  expect(records.flatMap((record) => record.refused)).toEqual([])
  expect(place.reports.at(-1)).toBe('open orders that were cancelled at the end: 1')
  expect(place.simulator.stats().received).toMatchObject({ placeOrder: 1, cancelOrder: 1 })
})

test('a gateway that does not come back within the limit cuts the run, with the reason', async () => {
  const place = await openPlace({ lostLimitMs: 300 })
  const { outcome } = await play(
    place,
    () => [],
    1_000,
    (step) => {
      if (step === 3) place.simulator.inject({ kind: 'restart', seconds: 30 })
    },
  )
  expect(outcome.end.kind).toBe('cut')
  expect(outcome.end.reason).toMatch(/^the gateway is lost: .*given up after 0\.3 s$/)
  expect(outcome.lastStep).toBe(3)
})

test('orders beyond the number that may be open on one side are refused before they are sent', async () => {
  const place = await openPlace()
  const { records } = await play(
    place,
    (step, { bid }) =>
      step > 0 || bid === null
        ? []
        : Array.from({ length: 22 }, (_, at) => ({
            kind: 'order' as const,
            side: 'BUY' as const,
            price: Math.round(bid) - 20 - at,
            qty: 100,
          })),
    4,
  )
  const refused = records.flatMap((record) => record.refused)
  expect(refused).toMatchObject([{ code: 'open_orders' }, { code: 'open_orders' }])
  expect(records.at(-1)?.state.open_orders).toBe(20)
  expect(place.simulator.stats().received).toMatchObject({ placeOrder: 20, cancelOrder: 20 })
})

test('what the gateway refuses is in the record, and the order is not open', async () => {
  const place = await openPlace()
  const { records } = await play(
    place,
    (step, { ask }) =>
      step > 0 || ask === null ? [] : [{ kind: 'order', side: 'BUY', price: 99_999_999, qty: 4_000 }],
    4,
  )
  expect(records.flatMap((record) => record.refused)).toHaveLength(1)
  expect(records.at(-1)?.state).toMatchObject({ open_orders: 0, inventory: 0 })
})
