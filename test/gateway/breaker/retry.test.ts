import { expect, test } from 'vitest'
import { CYCLE_WAITS, type Outcome, type RetryEnv, retrying } from '../../../src/gateway/breaker/retry.ts'
import { manualClock } from '../../support/manual-clock.ts'

function rig(overrides: Partial<RetryEnv> = {}) {
  const clock = manualClock()
  const triedAtMs: number[] = []
  const env: RetryEnv = {
    clock,
    random: () => 0.5,
    signal: new AbortController().signal,
    deadlineAtMs: 285_000,
    ...overrides,
  }
  const run = (
    worksAt: number,
    again: (outcome: Outcome<number>) => boolean = (outcome) => 'error' in outcome,
  ) =>
    retrying(
      async (attempt) => {
        triedAtMs.push(clock.monotonicMs())
        if (attempt < worksAt) throw new Error(`attempt ${attempt}`)
        return attempt
      },
      { ...CYCLE_WAITS, again },
      env,
    ).catch((error: Error) => error.message)
  return { clock, triedAtMs, run }
}

test('it waits 2, 4 and 8 seconds, and the last word is that of the fourth try', async () => {
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

test('what a further try cannot mend is not tried again, nor what would end after the deadline', async () => {
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
