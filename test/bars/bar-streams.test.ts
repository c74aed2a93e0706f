import { expect, test } from 'vitest'
import { barProblems } from '../../src/bars/bar-problems.ts'
import { type BarStreams, openBarStreams, type StreamSession } from '../../src/bars/bar-streams.ts'
import type { BarTarget } from '../../src/bars/bar-targets.ts'
import { spareLines } from '../../src/bars/spare-lines.ts'
import { createDataFlowMonitor } from '../../src/gateway/session/data-flow.ts'
import { classify } from '../../src/gateway/session/notices.ts'
import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import type { Tick } from '../../src/market/quote.ts'
import { conId, sessionDate } from '../../src/market/units.ts'
import { manualClock } from '../support/manual-clock.ts'

const DATE = sessionDate('2026-11-19')

const target = (symbol: string, id: number): BarTarget => ({
  instrument: { symbol, kind: 'IND', conId: conId(id), expiry: null },
  contract: { symbol, secType: 'IND', exchange: 'CBOE', currency: 'USD', conId: conId(id) },
  hours: { sessionOn, closeOf: ({ optionsCloseAt }) => optionsCloseAt },
})
const [SPX, VIX, VVIX] = [target('SPX', 1), target('VIX', 2), target('VVIX', 3)] as const

interface Line {
  readonly conId: number
  readonly request: Parameters<StreamSession['subscribe']>[1]
  cancelled: boolean
}

/** A session that opens every stream at once, and takes ticks and notices from the test. */
function fakeSession(clock: ReturnType<typeof manualClock>) {
  const lines: Line[] = []
  const flow = createDataFlowMonitor(clock)
  const endListeners = new Set<() => void>()
  const session: StreamSession = {
    subscribe: async (contract, request) => {
      const line = { conId: contract.conId, request, cancelled: false }
      lines.push(line)
      return {
        requestId: lines.length,
        cancel: async () => {
          line.cancelled = true
        },
      }
    },
    dataFlow: flow.dataFlow,
    onEnd: (listener) => {
      endListeners.add(listener)
      return () => void endListeners.delete(listener)
    },
  }
  const send = (id: number, tick: Tick) => {
    for (const line of lines) if (line.conId === id && !line.cancelled) line.request.onTick(tick)
    flow.onTick(tick, 'underlying')
  }
  return {
    session,
    open: () => lines.filter(({ cancelled }) => !cancelled).map((line) => line.conId),
    asked: () => lines.length,
    price: (id: number, value: number) => send(id, { field: 'last', value }),
    notice: (id: number | null, code: number, message = 'words') => {
      const notice = classify(code, id ?? -1, message)
      flow.onNotice(notice)
      if (id !== null) for (const line of lines) if (line.conId === id) line.request.onNotice(notice)
    },
    end: () => {
      for (const listener of endListeners) listener()
    },
  }
}

async function openRig(at: string, targets: readonly BarTarget[] = [SPX, VIX, VVIX]) {
  const clock = manualClock(newYorkInstant(DATE, at))
  const refused: string[] = []
  const streams = openBarStreams({
    clock,
    onRefused: ({ instrument }, { code }) => refused.push(`${instrument.symbol} ${code}`),
  })
  const gateway = fakeSession(clock)
  const balance = async (lines = 10, on: StreamSession | null = gateway.session, wanted = targets) => {
    streams.balance(wanted, { session: on, lines })
    await clock.advance(0)
  }
  await balance()
  return { clock, streams, gateway, balance, refused }
}

const states = (streams: BarStreams) => streams.status().map(({ state }) => state)
const rowsOf = (streams: BarStreams) =>
  streams.series().flatMap((series) => series.takeChanged(Number.POSITIVE_INFINITY))

test('streams have spare lines, the first ones first, and give them back when there are fewer', async () => {
  const { streams, gateway, balance } = await openRig('10:00')
  expect(gateway.open()).toEqual([1, 2, 3])
  await balance(1)
  expect(gateway.open()).toEqual([1])
  expect(states(streams)).toEqual(['open', 'cut', 'cut'])
  expect(streams.linesInUse()).toBe(1)
  await balance(0)
  expect(gateway.open()).toEqual([])
  await balance(2)
  expect(gateway.open()).toEqual([1, 2])
})

test('lines are spare where the message rate is the limit of a cycle, and never more than a quarter', () => {
  const ib = { messagesPerSecond: 45, pacingWindowMs: 1_000, dwellMs: 1_200, symbols: 3, maxLines: null }
  expect(spareLines({ ...ib, usable: 100 })).toBe(25)
  expect(spareLines({ ...ib, usable: 40 })).toBe(8)
  expect(spareLines({ ...ib, usable: 32 })).toBe(0)
  expect(spareLines({ ...ib, usable: 10 })).toBe(0)
  expect(spareLines({ ...ib, usable: 100, maxLines: 5 })).toBe(5)
})

test('what is not subscribed is said once, has no line and no bar, and is asked for on the next trade date', async () => {
  const { clock, streams, gateway, balance, refused } = await openRig('10:00')
  gateway.notice(2, 354)
  await balance()
  await balance()
  expect(gateway.open()).toEqual([1, 3])
  expect(streams.status()[1]).toMatchObject({ state: 'refused', detail: '354 words' })
  const problemsAt = (now: ReturnType<typeof clock.now>) =>
    barProblems(
      streams.status().map((status) => ({ status, hours: VIX.hours })),
      { now, startedAt: newYorkInstant(DATE, '10:00') },
    ).map(({ message }) => message)
  expect(problemsAt(newYorkInstant(DATE, '10:05'))).toEqual([])
  expect(problemsAt(newYorkInstant(DATE, '10:15'))).toEqual([
    'SPX: no price for 15 minutes',
    'VIX: the gateway said 354 words; it is asked again tomorrow',
    'VVIX: no price for 15 minutes',
  ])
  expect(problemsAt(newYorkInstant(DATE, '18:00'))).toEqual([])
  await clock.advance(24 * 3_600_000)
  await balance()
  expect(gateway.open()).toEqual([1, 3, 2])
  expect(refused).toEqual(['VIX 354'])
})

test('a stream refused for lack of lines or for the rate is asked for again a minute later', async () => {
  const { clock, streams, gateway, balance } = await openRig('10:00', [SPX])
  gateway.notice(1, 101)
  await balance()
  expect(states(streams)).toEqual(['waiting'])
  expect(gateway.asked()).toBe(1)
  await clock.advance(60_000)
  await balance()
  expect(states(streams)).toEqual(['open'])
  expect(gateway.asked()).toBe(2)
})

test('a new session has all streams again, and no price is carried over from the old one', async () => {
  const { clock, streams, gateway, balance } = await openRig('10:00', [SPX])
  gateway.price(1, 100)
  gateway.price(1, 101)
  gateway.end()
  expect(states(streams)).toEqual(['waiting'])
  await balance(10, null)
  const next = fakeSession(clock)
  await balance(10, next.session)
  gateway.price(1, 500)
  next.price(1, 200)
  next.price(1, 102)
  expect(rowsOf(streams)).toMatchObject([{ open: 101, high: 102, ticks: 2 }])
})

test('after 1101 the streams are asked for again, and their first price is that of before', async () => {
  const { streams, gateway, balance } = await openRig('10:00', [SPX, VIX])
  gateway.notice(null, 1100)
  expect(states(streams)).toEqual(['open', 'open'])
  gateway.notice(null, 1101, 'Connectivity restored, data lost')
  streams.streamsLost(gateway.session)
  await balance()
  expect(gateway.open()).toEqual([1, 2])
  expect(gateway.asked()).toBe(4)
  gateway.price(1, 300)
  expect(rowsOf(streams)).toEqual([])
  gateway.price(1, 301)
  expect(rowsOf(streams)).toMatchObject([{ open: 301, ticks: 1 }])
})

test('while another session holds the data nothing is covered and nothing is asked for', async () => {
  const { clock, streams, gateway, balance } = await openRig('10:00', [SPX])
  gateway.price(1, 100)
  await clock.advance(10_000)
  gateway.price(1, 101)
  gateway.notice(1, 10_197)
  await clock.advance(60_000)
  await balance(0)
  await balance(10)
  expect(states(streams)).toEqual(['open'])
  expect(gateway.asked()).toBe(2)
})

test('a broken farm of futures silences futures only, until their data come again', async () => {
  const future: BarTarget = {
    ...target('ES', 9),
    instrument: { ...SPX.instrument, conId: conId(9), kind: 'FUT' },
  }
  const { clock, streams, gateway } = await openRig('10:00', [SPX, future])
  for (const id of [1, 9]) for (const value of [10, 11]) gateway.price(id, value)
  gateway.notice(null, 2103, 'Market data farm connection is broken:usfuture')
  await clock.advance(30_000)
  gateway.price(1, 12)
  // The first after the outage is the last of before.
  gateway.price(9, 50)
  await clock.advance(30_000)
  gateway.price(9, 13)
  gateway.price(1, 13)
  expect(rowsOf(streams)).toMatchObject([
    { symbol: 'SPX', ticks: 3, high: 13, coverage_seconds: 60 },
    { kind: 'FUT', ticks: 2, high: 13, coverage_seconds: 30 },
  ])
})

test('a target that is no longer wanted gives its line back and is forgotten once its bars are taken', async () => {
  const { clock, streams, gateway, balance } = await openRig('10:00', [SPX, VIX])
  for (const value of [10, 11]) gateway.price(1, value)
  await balance(10, gateway.session, [VIX])
  expect(gateway.open()).toEqual([2])
  streams.forget(clock.now())
  expect(streams.series()).toHaveLength(2)
  expect(rowsOf(streams)).toHaveLength(1)
  await clock.advance(20 * 60_000)
  streams.forget(clock.now())
  expect(streams.series()).toHaveLength(1)
})
