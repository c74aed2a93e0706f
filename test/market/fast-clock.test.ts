import { expect, test } from 'vitest'
import { systemClock } from '../../src/market/clock.ts'
import { fastClock } from '../../src/market/fast-clock.ts'
import { epochMs } from '../../src/market/units.ts'

function holdUp(ms: number): void {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
}

test('sleepers wake in the order of their times, and a sleep can be given up', async () => {
  const clock = fastClock(epochMs(0), 1_000)
  const woken: number[] = []
  const sleep = (ms: number) => clock.sleep(ms).then(() => void woken.push(ms))
  const giveUp = new AbortController()
  const givenUp = clock.sleep(3_600_000, giveUp.signal)
  const sleeps = [sleep(9_000), sleep(3_000), sleep(6_000)]
  giveUp.abort(new Error('enough'))
  await expect(givenUp).rejects.toThrow('enough')
  await Promise.all(sleeps)
  expect(woken).toEqual([3_000, 6_000, 9_000])
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(9_000)
})

test('while the process is held up the clock waits, with sleepers and without', async () => {
  const clock = fastClock(epochMs(0), 100)
  holdUp(100)
  expect(clock.monotonicMs()).toBeLessThanOrEqual(500)
  let isAwake = false
  const sleep = clock.sleep(2_000).then(() => {
    isAwake = true
  })
  holdUp(100)
  await new Promise(setImmediate)
  expect(isAwake).toBe(false)
  await sleep
  // Nobody sleeps any more: it goes on when it is read.
  const readAt = clock.monotonicMs()
  await systemClock.sleep(2)
  expect(clock.monotonicMs()).toBeGreaterThan(readAt)
})
