import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  type Breaker,
  BreakerOpen,
  breakerOptions,
  FetchTimedOut,
  openBreaker,
} from '../../../src/gateway/breaker/breaker.ts'
import type { FetchVerdict } from '../../../src/gateway/breaker/verdict.ts'
import { RequestRefused, RequestTimedOut } from '../../../src/gateway/session/errors.ts'
import { classify } from '../../../src/gateway/session/notices.ts'
import { NotReady } from '../../../src/gateway/supervisor/state.ts'
import { type Clock, clockFrom } from '../../../src/market/clock.ts'
import { epochMs } from '../../../src/market/units.ts'
import { manualClock } from '../../support/manual-clock.ts'

const never = new AbortController().signal
const open: Breaker[] = []
const asTheySay = (verdict: FetchVerdict) => verdict
/** Opossum's timers are the machine's: they are advanced together with the manual clock. */
beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }),
)
afterEach(() => {
  for (const breaker of open.splice(0)) breaker.close()
  vi.useRealTimers()
})

function breakerOn(clock: Clock): Breaker {
  const breaker = openBreaker(breakerOptions.parse({}), { clock })
  open.push(breaker)
  return breaker
}

function rig() {
  const clock = manualClock()
  const breaker = breakerOn(clock)
  let reached = 0
  const caller = (more: { signal?: AbortSignal; slotMs?: number } = {}) => ({
    signal: more.signal ?? never,
    deadlineAtMs: clock.monotonicMs() + (more.slotMs ?? 0),
  })
  /** One attempt with that verdict or error, in a slot that has no time to wait. */
  const attempt = (outcome: FetchVerdict | Error, more?: { signal?: AbortSignal; slotMs?: number }) =>
    breaker.fire(
      async () => {
        reached += 1
        if (outcome instanceof Error) throw outcome
        return outcome
      },
      asTheySay,
      caller(more),
    )
  const fail = async (times: number) => {
    for (let i = 0; i < times; i += 1) expect(await attempt('failed')).toBe('failed')
  }
  /** An attempt that ends when the test says so. */
  const begin = (more?: { signal?: AbortSignal; slotMs?: number }) => {
    let finish = (_verdict: FetchVerdict) => {}
    let stoppedBy: unknown
    const result = breaker.fire(
      (signal) =>
        new Promise<FetchVerdict>((resolve) => {
          reached += 1
          finish = resolve
          signal.addEventListener('abort', () => {
            stoppedBy = signal.reason
          })
        }),
      asTheySay,
      caller(more),
    )
    return { result, finish: (verdict: FetchVerdict) => finish(verdict), stoppedBy: () => stoppedBy }
  }
  const pass = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms)
    await clock.advance(ms)
  }
  return { clock, breaker, attempt, fail, begin, pass, reached: () => reached }
}

test('four failures in a row leave it closed; the fifth opens it, and then nothing is sent', async () => {
  const { breaker, fail, attempt, reached } = rig()
  await fail(4)
  expect([breaker.state(), breaker.failures()]).toEqual(['closed', 4])
  await fail(1)
  expect(breaker.state()).toBe('open')
  await expect(attempt('served')).rejects.toThrow(BreakerOpen)
  expect(reached()).toBe(5)
  expect(breaker.counters()).toEqual({ opened: 1, rejected: 1, failed: 5 })
})

test('an attempt that is served resets the count, however many have failed before', async () => {
  const { breaker, fail, attempt } = rig()
  for (let round = 0; round < 5; round += 1) {
    await fail(4)
    await attempt('served')
  }
  expect([breaker.state(), breaker.failures()]).toEqual(['closed', 0])
})

test('unknown contracts, missing subscriptions and a gateway that is not ready never count', async () => {
  const { breaker, fail, attempt } = rig()
  const refused = (code: number) => new RequestRefused('contract details', classify(code, 7, 'no'))
  await fail(4)
  for (const error of [
    refused(200),
    refused(354),
    refused(10_089),
    new NotReady({ name: 'connecting', since: epochMs(0) }),
  ]) {
    await expect(attempt(error)).rejects.toThrow(error)
  }
  await attempt('inconclusive')
  expect([breaker.state(), breaker.failures()]).toEqual(['closed', 4])
  const timedOut = new RequestTimedOut('the current time', 5)
  await expect(attempt(timedOut)).rejects.toThrow(timedOut)
  expect(breaker.state()).toBe('open')
})

test('an open breaker is waited for while the slot has time, and the attempt is its trial', async () => {
  const { clock, breaker, fail, attempt, pass, reached } = rig()
  await fail(5)
  expect(breaker.since()).toBe(clock.now())
  const served = attempt('served', { slotMs: 200_000 })
  await pass(59_999)
  expect([breaker.state(), reached()]).toEqual(['open', 5])
  await pass(1)
  expect(await served).toBe('served')
  expect([breaker.state(), breaker.failures(), reached()]).toEqual(['closed', 0, 6])
  expect(breaker.since()).toBeGreaterThanOrEqual(59_999)
  expect(clock.sleepers()).toBe(0)
})

test('if the time of the slot ends first, it is rejected without a wait, and says why', async () => {
  const { breaker, attempt, fail, pass, reached } = rig()
  await fail(4)
  await expect(attempt(new RequestTimedOut('the chain', 5))).rejects.toThrow('the chain')
  await pass(1)
  const rejected = attempt('served', { slotMs: 59_999 })
  await expect(rejected).rejects.toThrow(
    'too many attempts have failed (the last: the chain: no answer within 5 ms): none is sent to the gateway for another 60 s',
  )
  expect([breaker.state(), reached()]).toEqual(['open', 5])
})

test('one attempt at a time: a second waits for the trial, and is sent if it was served', async () => {
  const { breaker, fail, begin, attempt, pass, reached } = rig()
  await fail(5)
  await pass(60_000)
  expect(breaker.state()).toBe('half_open')
  const trial = begin()
  const second = attempt('served')
  await pass(1_000)
  expect(reached()).toBe(6)
  trial.finish('served')
  expect([await trial.result, await second]).toEqual(['served', 'served'])
  expect([breaker.state(), reached()]).toEqual(['closed', 7])
})

test('a trial that fails opens it for another 60 s, every time, and the second that waited is rejected', async () => {
  const { breaker, fail, begin, attempt, pass, reached } = rig()
  await fail(5)
  for (let round = 1; round <= 3; round += 1) {
    await pass(60_000)
    const trial = begin()
    const second = expect(attempt('served', { slotMs: 10_000 })).rejects.toThrow(BreakerOpen)
    await pass(0)
    trial.finish('failed')
    expect(await trial.result).toBe('failed')
    await second
    expect([breaker.state(), reached()]).toEqual(['open', 5 + round])
  }
  await pass(60_000)
  expect(await attempt('served')).toBe('served')
  expect(breaker.counters().opened).toBe(4)
})

test('an inconclusive trial closes it one failure below the limit', async () => {
  const { breaker, fail, attempt, pass } = rig()
  for (let round = 0; round < 2; round += 1) {
    await fail(round === 0 ? 5 : 1)
    expect(breaker.state()).toBe('open')
    await pass(60_000)
    await attempt('inconclusive')
    expect([breaker.state(), breaker.failures()]).toEqual(['closed', 4])
  }
})

test('a trial that hangs is stopped at its time limit and has failed; what it returns later changes nothing', async () => {
  const { breaker, fail, begin, attempt, pass } = rig()
  await fail(5)
  await pass(60_000)
  const hung = begin()
  const ended = expect(hung.result).rejects.toThrow(FetchTimedOut)
  await pass(290_000)
  await ended
  expect(hung.stoppedBy()).toBeInstanceOf(FetchTimedOut)
  expect(breaker.state()).toBe('open')
  hung.finish('served')
  await pass(30_000)
  expect(breaker.state()).toBe('open')
  await pass(30_000)
  expect(breaker.state()).toBe('half_open')
  hung.finish('failed')
  await pass(0)
  expect(breaker.state()).toBe('half_open')
  expect(await attempt('served')).toBe('served')
})

test('an attempt that is stopped from outside is inconclusive, as a trial too', async () => {
  const { breaker, fail, pass } = rig()
  const stopped = async () => {
    const controller = new AbortController()
    const caller = { signal: controller.signal, deadlineAtMs: 0 }
    const untilStopped = (signal: AbortSignal) =>
      new Promise<FetchVerdict>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    const result = expect(breaker.fire(untilStopped, asTheySay, caller)).rejects.toThrow('stopped')
    await pass(0)
    controller.abort(new Error('stopped'))
    await result
  }
  await fail(4)
  await stopped()
  expect([breaker.state(), breaker.failures()]).toEqual(['closed', 4])
  await fail(1)
  await pass(60_000)
  await stopped()
  expect([breaker.state(), breaker.failures()]).toEqual(['closed', 4])
})

test('a stop ends the wait for an open breaker at once, and nothing is left waiting', async () => {
  const { clock, breaker, fail, attempt, pass, reached } = rig()
  await fail(5)
  const controller = new AbortController()
  const waiting = expect(attempt('served', { signal: controller.signal, slotMs: 200_000 })).rejects.toThrow(
    'stopped',
  )
  await pass(10_000)
  controller.abort(new Error('stopped'))
  await waiting
  expect([breaker.state(), reached(), clock.sleepers()]).toEqual(['open', 5, 0])
})

test('closing it leaves no timers', async () => {
  const { breaker, fail } = rig()
  await fail(5)
  expect(vi.getTimerCount()).toBeGreaterThan(0)
  breaker.close()
  breaker.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('two breakers know nothing of each other', async () => {
  const [one, other] = [rig(), rig()]
  await one.fail(5)
  expect([one.breaker.state(), other.breaker.state()]).toEqual(['open', 'closed'])
  expect(await other.attempt('served')).toBe('served')
  await one.pass(60_000)
  await other.fail(5)
  expect([one.breaker.state(), other.breaker.state()]).toEqual(['half_open', 'open'])
})

test('on a fast clock it opens for as long as that clock says', async () => {
  vi.useRealTimers()
  const clock = clockFrom(epochMs(0), 600)
  const breaker = breakerOn(clock)
  const attempt = (verdict: FetchVerdict) =>
    breaker.fire(async () => verdict, asTheySay, {
      signal: never,
      deadlineAtMs: clock.monotonicMs() + 285_000,
    })
  for (let failure = 0; failure < 5; failure += 1) await attempt('failed')
  const fromMs = clock.monotonicMs()
  expect(await attempt('served')).toBe('served')
  expect(clock.monotonicMs() - fromMs).toBeGreaterThanOrEqual(59_000)
})
