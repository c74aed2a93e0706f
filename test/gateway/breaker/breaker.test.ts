import { afterEach, expect, test } from 'vitest'
import {
  type Breaker,
  BreakerOpen,
  breakerOptions,
  FetchTimedOut,
  openBreaker,
} from '../../../src/gateway/breaker/breaker.ts'
import type { FetchVerdict } from '../../../src/gateway/breaker/policy.ts'
import { RequestRefused, RequestTimedOut } from '../../../src/gateway/session/errors.ts'
import { classify } from '../../../src/gateway/session/notices.ts'
import { NotReady } from '../../../src/gateway/supervisor/state.ts'
import { epochMs } from '../../../src/market/units.ts'
import { manualClock } from '../../support/manual-clock.ts'

const never = new AbortController().signal
const open: Breaker[] = []
afterEach(() => {
  for (const breaker of open.splice(0)) breaker.close()
})

function rig() {
  const clock = manualClock()
  const breaker = openBreaker(breakerOptions.parse({}), { clock })
  open.push(breaker)
  let reached = 0
  /** One fetch with that verdict or error. */
  const fetch = (outcome: FetchVerdict | Error) =>
    breaker.fire(
      async () => {
        reached += 1
        if (outcome instanceof Error) throw outcome
        return outcome
      },
      (verdict) => verdict,
      never,
    )
  const fail = async (times: number) => {
    for (let i = 0; i < times; i += 1) expect(await fetch('failed')).toBe('failed')
  }
  return { clock, breaker, fetch, fail, reached: () => reached }
}

test('four failures in a row leave it closed; the fifth opens it, and then nothing is sent', async () => {
  const { breaker, fail, fetch, reached } = rig()
  await fail(4)
  expect(breaker.state()).toEqual({ name: 'closed', failures: 4 })
  await fail(1)
  expect(breaker.state().name).toBe('open')
  await expect(fetch('served')).rejects.toThrow(BreakerOpen)
  expect(reached()).toBe(5)
  expect(breaker.counters()).toEqual({ opened: 1, rejected: 1, failed: 5 })
})

test('a fetch that is served resets the count, however many have failed before', async () => {
  const { breaker, fail, fetch } = rig()
  for (let round = 0; round < 5; round += 1) {
    await fail(4)
    await fetch('served')
  }
  expect(breaker.state()).toEqual({ name: 'closed', failures: 0 })
})

test('unknown contracts, missing subscriptions and a gateway that is not ready never count', async () => {
  const { breaker, fail, fetch } = rig()
  const refused = (code: number) => new RequestRefused('contract details', classify(code, 7, 'no'))
  await fail(4)
  for (const error of [
    refused(200),
    refused(354),
    refused(10_089),
    new NotReady({ name: 'connecting', since: epochMs(0) }),
  ]) {
    await expect(fetch(error)).rejects.toThrow(error)
  }
  await fetch('inconclusive')
  expect(breaker.state()).toEqual({ name: 'closed', failures: 4 })
  const timedOut = new RequestTimedOut('the current time', 5)
  await expect(fetch(timedOut)).rejects.toThrow(timedOut)
  expect(breaker.state().name).toBe('open')
})

test('after 60 s one fetch is tried while the others are rejected; if it is served, the breaker closes', async () => {
  const { clock, breaker, fail, fetch } = rig()
  await fail(5)
  await clock.advance(59_999)
  await expect(fetch('served')).rejects.toThrow('for another 1 s')
  await clock.advance(1)
  expect(breaker.state()).toEqual({ name: 'half_open', isTrialRunning: false })
  let finish = (_verdict: FetchVerdict) => {}
  const trial = breaker.fire(
    () =>
      new Promise<FetchVerdict>((resolve) => {
        finish = resolve
      }),
    (verdict) => verdict,
    never,
  )
  await expect(fetch('served')).rejects.toThrow('one trial fetch is running')
  finish('served')
  expect(await trial).toBe('served')
  expect(breaker.state()).toEqual({ name: 'closed', failures: 0 })
  expect(await fetch('served')).toBe('served')
})

test('a trial that fails opens it for another 60 s, every time', async () => {
  const { clock, breaker, fail, fetch, reached } = rig()
  await fail(5)
  for (let round = 1; round <= 3; round += 1) {
    await clock.advance(60_000)
    await fail(1)
    expect(breaker.state().name).toBe('open')
    await expect(fetch('served')).rejects.toThrow(BreakerOpen)
    expect(reached()).toBe(5 + round)
  }
  await clock.advance(60_000)
  expect(await fetch('served')).toBe('served')
  expect(breaker.counters().opened).toBe(4)
})

test('an inconclusive trial lets the others through, and the next failure opens it again', async () => {
  const { clock, breaker, fail, fetch } = rig()
  await fail(5)
  await clock.advance(60_000)
  await fetch('inconclusive')
  expect(breaker.state()).toEqual({ name: 'closed', failures: 4 })
  await fail(1)
  expect(breaker.state().name).toBe('open')
})

test('a trial that hangs is stopped at its time limit, and has failed', async () => {
  const { clock, breaker, fail, fetch } = rig()
  await fail(5)
  await clock.advance(60_000)
  let stopped: unknown
  const hung = breaker.fire(
    (signal) =>
      new Promise<FetchVerdict>(() => {
        signal.addEventListener('abort', () => {
          stopped = signal.reason
        })
      }),
    (verdict) => verdict,
    never,
  )
  const ended = expect(hung).rejects.toThrow(FetchTimedOut)
  await clock.advance(290_000)
  await ended
  expect(stopped).toBeInstanceOf(FetchTimedOut)
  expect(breaker.state().name).toBe('open')
  await clock.advance(60_000)
  expect(await fetch('served')).toBe('served')
})

test('a fetch that began before the breaker opened can neither close it nor open it again', async () => {
  const { clock, breaker, fail } = rig()
  const finish: Array<(verdict: FetchVerdict) => void> = []
  const early = [0, 1].map(() =>
    breaker.fire(
      () => new Promise<FetchVerdict>((resolve) => void finish.push(resolve)),
      (verdict) => verdict,
      never,
    ),
  )
  await fail(5)
  finish[0]?.('served')
  await early[0]
  expect(breaker.state().name).toBe('open')
  await clock.advance(60_000)
  expect(breaker.state().name).toBe('half_open')
  finish[1]?.('failed')
  await early[1]
  expect(breaker.state()).toEqual({ name: 'half_open', isTrialRunning: false })
  expect(breaker.counters().opened).toBe(1)
})

test('a fetch that is stopped from outside is inconclusive', async () => {
  const { breaker, fail } = rig()
  await fail(4)
  const controller = new AbortController()
  const fetched = breaker.fire(
    (signal) =>
      new Promise<FetchVerdict>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
    (verdict) => verdict,
    controller.signal,
  )
  controller.abort(new Error('stopped'))
  await expect(fetched).rejects.toThrow('stopped')
  expect(breaker.state()).toEqual({ name: 'closed', failures: 4 })
})
