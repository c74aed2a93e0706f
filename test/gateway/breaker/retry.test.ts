import { expect, test } from 'vitest'
import { CYCLE_RETRIES, retry } from '../../../src/gateway/breaker/retry.ts'
import { manualClock } from '../../support/manual-clock.ts'

function rig(overrides: { random?: () => number; signal?: AbortSignal; deadlineAtMs?: number } = {}) {
  const clock = manualClock()
  const triedAtMs: number[] = []
  const timing = {
    clock,
    random: () => 0.5,
    signal: new AbortController().signal,
    deadlineAtMs: 285_000,
    ...overrides,
  }
  const run = (worksAt: number, isRetryable = () => true) =>
    retry(
      async (attempt) => {
        triedAtMs.push(clock.monotonicMs())
        if (attempt < worksAt) throw new Error(`attempt ${attempt}`)
        return attempt
      },
      { ...CYCLE_RETRIES, isRetryable },
      timing,
    ).catch((error: Error) => error.message)
  return { clock, triedAtMs, run }
}

test('it waits 2, 4 and 8 seconds, and throws the error of the fourth try', async () => {
  const { clock, triedAtMs, run } = rig()
  const result = run(9)
  await clock.advance(20_000)
  expect(await result).toBe('attempt 4')
  expect(triedAtMs).toEqual([0, 2_000, 6_000, 14_000])
})

test('each wait is a quarter more or less, and a try that works is the last', async () => {
  const { clock, triedAtMs, run } = rig({ random: () => 0 })
  const result = run(3)
  await clock.advance(20_000)
  expect(await result).toBe(3)
  expect(triedAtMs).toEqual([0, 1_500, 4_500])
})

test('an error that is not worth a retry is thrown at once, and no wait goes beyond the deadline', async () => {
  const hopeless = rig()
  expect(await hopeless.run(9, () => false)).toBe('attempt 1')
  const late = rig({ deadlineAtMs: 5_000 })
  const result = late.run(9)
  await late.clock.advance(20_000)
  expect(await result).toBe('attempt 2')
})

test('an aborted wait ends at once, with the reason', async () => {
  const controller = new AbortController()
  const { clock, run } = rig({ signal: controller.signal })
  const result = run(9)
  await clock.advance(1_000)
  controller.abort(new Error('stopped'))
  expect(await result).toBe('stopped')
})
