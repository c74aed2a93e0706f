import { expect, onTestFinished, test } from 'vitest'
import { waitForFirstPricesOn } from '../../src/capture/symbol/collect-passes.ts'
import { findUnderlying } from '../../src/chain/find-underlying.ts'
import { openUnderlyingStreams } from '../../src/harvest/underlying-streams.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { conId } from '../../src/market/units.ts'
import { openSimulatedSession } from '../support/simulated-session.ts'

const never = new AbortController().signal

/** Seconds until the first price of SPY is there, or until no more is waited for. */
async function waitBeside(
  fault: Parameters<Simulated['simulator']['inject']>[0],
  deadlineMs: number,
  signal: AbortSignal = never,
) {
  const simulated = await openSimulatedSession(0, 50)
  onTestFinished(simulated.close)
  const { clock, simulator, session } = simulated
  const spy = await findUnderlying(session, instrumentNamed('SPY'), never)
  simulator.inject(fault)
  const startedAtMs = clock.monotonicMs()
  const leftMs = () => Math.max(0, startedAtMs + deadlineMs - clock.monotonicMs())
  const streams = openUnderlyingStreams([spy], { clock, signal })
  await streams.attach(session)
  await waitForFirstPricesOn(session, 'SPY', {
    streams,
    deadline: { atMs: 0, signal, leftMs, close: async () => {} },
  })
  streams.close()
  return { price: streams.price('SPY'), seconds: (clock.monotonicMs() - startedAtMs) / 1_000 }
}
type Simulated = Awaited<ReturnType<typeof openSimulatedSession>>

test.each(['farm_broken', 'competing_session'] as const)(
  'the first price is waited for while no data can come: %s',
  async (kind) => {
    const { price, seconds } = await waitBeside({ kind, seconds: 20 }, 240_000)
    expect(price?.price).toBeGreaterThan(0)
    expect(seconds).toBeGreaterThan(19)
    expect(seconds).toBeLessThan(150)
  },
)

test('a block that does not end is waited for until the deadline, and silence without a notice for a minute', async () => {
  const blocked = await waitBeside({ kind: 'farm_broken' }, 30_000)
  expect(blocked.price).toBeNull()
  expect(blocked.seconds).toBeGreaterThan(29)
  expect(blocked.seconds).toBeLessThan(150)
  const silent = await waitBeside({ kind: 'freeze' }, 240_000)
  expect(silent.price).toBeNull()
  expect(silent.seconds).toBeLessThan(150)
})

test('a price that comes after twenty seconds without a notice is waited for', async () => {
  const { price, seconds } = await waitBeside({ kind: 'freeze', seconds: 20 }, 240_000)
  expect(price?.price).toBeGreaterThan(0)
  expect(seconds).toBeLessThan(60)
})

test('a stop ends the wait for the first price although no data can come', async () => {
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(new Error('stopped')), 200)
  const { seconds } = await waitBeside({ kind: 'farm_broken' }, 240_000, stopping.signal)
  expect(seconds).toBeLessThan(150)
})

test('an underlying that the gateway does not know is requested once, also while no data can come', async () => {
  const { clock, simulator, session, close } = await openSimulatedSession(0, 50)
  onTestFinished(close)
  const spy = await findUnderlying(session, instrumentNamed('SPY'), never)
  simulator.inject({ kind: 'farm_broken' })
  const streams = openUnderlyingStreams([{ ...spy, conId: conId(999_999_999) }], { clock, signal: never })
  await streams.attach(session)
  const startedAtMs = clock.monotonicMs()
  const leftMs = () => Math.max(0, startedAtMs + 60_000 - clock.monotonicMs())
  const deadline = { atMs: 0, signal: never, leftMs, close: async () => {} }
  await waitForFirstPricesOn(session, 'SPY', { streams, deadline })
  expect(streams.notice('SPY')).toMatchObject({ code: 200 })
  expect(simulator.stats().received.reqMktData).toBe(1)
})
