import fc from 'fast-check'
import { expect, test } from 'vitest'
import { epochMs } from '../../src/market/units.ts'
import { createLatencies } from '../../src/simulator/latency.ts'
import { createLinePool, createRateWindow } from '../../src/simulator/limits.ts'
import { IB_LIMITS, simulatorOptions } from '../../src/simulator/options.ts'
import { invalidRequest } from '../../src/simulator/requests/validation.ts'
import { createTimeline } from '../../src/simulator/timeline.ts'
import { formatGatewayTime, parseEndTime, sessionsInDuration } from '../../src/simulator/wire/times.ts'

test('the rate equals a count over the past second, at every message', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 80 }), (gaps) => {
      const window = createRateWindow()
      const times: number[] = []
      let now = 0
      let peak = 0
      for (const gap of gaps) {
        now += gap
        times.push(now)
        const expected = times.filter((time) => time > now - 1_000).length
        expect(window.record(now)).toBe(expected)
        peak = Math.max(peak, expected)
      }
      expect(window.peak).toBe(peak)
    }),
  )
})

test('fifty messages a second for a minute are fifty in every window, and never more', () => {
  const window = createRateWindow()
  for (let i = 0; i < 3_000; i++) window.record(i * 20)
  expect(window.peak).toBe(50)
})

test('lines are given up to the limit, and again after their release', () => {
  const lines = createLinePool(2)
  expect([lines.take(), lines.take(), lines.take()]).toEqual([true, true, false])
  lines.release()
  expect(lines.take()).toBe(true)
  expect([lines.inUse, lines.peak]).toEqual([2, 2])
})

test('the usual generic ticks are valid; 104, unknown ones, and any with a snapshot are not', () => {
  const code = (genericTicks: string, snapshot = false, exchange = 'SMART') =>
    invalidRequest({ genericTicks, snapshot, exchange })?.code ?? null
  expect(code('')).toBeNull()
  expect(code('100, 101,106')).toBeNull()
  expect(code('', true)).toBeNull()
  expect(code('104')).toBe(321)
  expect(code('101,abc')).toBe(321)
  expect(code('101', true)).toBe(321)
  expect(code('', false, '')).toBe(321)
})

test('latencies have the configured median, and are the same for the same seed, contract and request', () => {
  const draws = createLatencies(IB_LIMITS, 3)
  const drawn = Array.from({ length: 4_001 }, (_, i) => draws.firstQuoteMs(i, 1)).sort((a, b) => a - b)
  expect(drawn[2_000]).toBeGreaterThan(380)
  expect(drawn[2_000]).toBeLessThan(420)
  expect((drawn[3_800] as number) / 400).toBeCloseTo(2.3, 0)
  expect(createLatencies(IB_LIMITS, 3).firstQuoteMs(5, 1)).toBe(draws.firstQuoteMs(5, 1))
  expect(createLatencies(IB_LIMITS, 4).firstQuoteMs(5, 1)).not.toBe(draws.firstQuoteMs(5, 1))

  const lacking = Array.from({ length: 10_000 }, (_, i) => draws.lacksGreeks(i)).filter(Boolean)
  expect(lacking.length).toBeGreaterThan(420)
  expect(lacking.length).toBeLessThan(580)
})

test('options have the defaults of the embedded gateway and refuse unknown keys', () => {
  expect(simulatorOptions.parse({})).toMatchObject({ messagesPerSecond: 2_000, lines: 1_000, port: 0 })
  expect(IB_LIMITS).toMatchObject({ messagesPerSecond: 50, lines: 100 })
  expect(() => simulatorOptions.parse({ linse: 5 })).toThrow('linse')
})

test('durations and end times of history requests are parsed as IB writes them', () => {
  const now = epochMs(Date.UTC(2026, 0, 15, 20))
  expect([sessionsInDuration('300 D'), sessionsInDuration('2 W'), sessionsInDuration('1 Y')]).toEqual([
    300, 10, 252,
  ])
  expect([sessionsInDuration('300'), sessionsInDuration('3600 S')]).toEqual([null, null])
  expect(parseEndTime('', now)).toBe(now)
  expect(parseEndTime('20260115 16:00:00 US/Eastern', now)).toBe(Date.UTC(2026, 0, 15, 21))
  expect(parseEndTime('20260715 16:00:00', now)).toBe(Date.UTC(2026, 6, 15, 20))
  expect(parseEndTime('20260115-16:00:00', now)).toBe(Date.UTC(2026, 0, 15, 16))
  expect([
    parseEndTime('20260132 16:00:00', now),
    parseEndTime('20260115 16:00:00 Moon', now),
    parseEndTime('soon', now),
  ]).toEqual([null, null, null])
  expect(formatGatewayTime(now)).toBe('20260115 15:00:00 US/Eastern')
})

test('the timeline runs callbacks in order of time, and none that was cancelled', async () => {
  let nowMs = 0
  let wake: (() => void) | undefined
  const slept: number[] = []
  const timeline = createTimeline({
    now: () => epochMs(nowMs),
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        slept.push(ms)
        wake = resolve
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
  })
  const ran: string[] = []
  const at = (ms: number) => timeline.after(ms, () => ran.push(String(ms)))
  const ordered = [70, 30, 90, 10, 50, 20, 80, 60, 40]
  const callOff = ordered.map(at)
  callOff[2]?.()
  callOff[2]?.()

  const until = async (ms: number) => {
    nowMs = ms
    wake?.()
    await Promise.resolve()
    await Promise.resolve()
  }
  await until(10)
  expect(ran).toEqual(['10'])
  await until(65)
  expect(ran).toEqual(['10', '20', '30', '40', '50', '60'])
  at(1)
  await until(100)
  expect(ran.slice(6)).toEqual(['1', '70', '80'])
  expect(slept.length).toBeLessThan(8)
  timeline.close()
})
