import { expect, test } from 'vitest'
import { PHASE, SHARED } from '../../../src/commands/experiment/run-order.ts'
import { createStrategyWatch } from '../../../src/commands/experiment/strategy-watch.ts'

test('a thread that is busy between decisions hangs; one that waits does not', () => {
  const shared = new Int32Array(3)
  Atomics.store(shared, SHARED.phase, PHASE.waiting)
  Atomics.store(shared, SHARED.step, 7)
  const watch = createStrategyWatch(shared, 100)
  for (let nowMs = 0; nowMs <= 600_000; nowMs += 250) {
    Atomics.add(shared, SHARED.beats, 1)
    expect(watch.look(nowMs)).toBe(false)
  }
  expect(watch.look(660_000)).toBe(false)
  expect(watch.look(660_001)).toBe(true)
  expect(watch.problem).toBe('its thread did not answer for 60 s after step 7 and was ended')
})

test('a decision may take its limit and a grace; what came before it does not count', () => {
  const shared = new Int32Array(3)
  const watch = createStrategyWatch(shared, 100)
  Atomics.store(shared, SHARED.phase, PHASE.waiting)
  expect(watch.look(0)).toBe(false)
  Atomics.store(shared, SHARED.phase, PHASE.deciding)
  expect(watch.look(50_000)).toBe(false)
  expect(watch.look(50_600)).toBe(false)
  expect(watch.look(50_601)).toBe(true)
})
