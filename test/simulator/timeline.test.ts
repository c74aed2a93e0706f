import { expect, test } from 'vitest'
import { epochMs } from '../../src/market/units.ts'
import { createTimeline } from '../../src/simulator/timeline.ts'
import { manualClock } from '../support/manual-clock.ts'

test('the timeline runs callbacks in order of time, and none that was cancelled', async () => {
  let nowMs = 0
  let wake: (() => void) | undefined
  const slept: number[] = []
  const timeline = createTimeline({
    now: () => epochMs(nowMs),
    monotonicMs: () => nowMs,
    machineMs: (ms) => ms,
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
  const cancel = ordered.map(at)
  cancel[2]?.()
  cancel[2]?.()

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

test('callbacks due at the same time run in the order in which they were scheduled', async () => {
  const clock = manualClock()
  const timeline = createTimeline(clock)
  const ran: number[] = []
  for (let n = 0; n < 100; n++) timeline.after(n % 2 === 0 ? 5 : 10, () => ran.push(n))
  await clock.advance(10)
  const numbers = Array.from({ length: 100 }, (_, n) => n)
  expect(ran).toEqual([...numbers.filter((n) => n % 2 === 0), ...numbers.filter((n) => n % 2 === 1)])
  timeline.close()
})
