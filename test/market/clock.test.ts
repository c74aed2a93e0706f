import { expect, test } from 'vitest'
import { clockFrom, systemClock } from '../../src/market/clock.ts'
import { epochMs } from '../../src/market/units.ts'
import { createDisciplinedClock } from '../../src/schedule/clock-discipline.ts'

test("a clock says how many of the machine's milliseconds its own take", () => {
  const fast = clockFrom(epochMs(0), 300)
  expect(systemClock.machineMs(60_000)).toBe(60_000)
  expect(fast.machineMs(60_000)).toBe(200)
  const disciplined = createDisciplinedClock({
    ...{ clock: fast, signal: new AbortController().signal, askTime: null, answerWithinMs: 1 },
    ...{ onStep: () => {}, onVerdict: () => {} },
  })
  expect(disciplined.machineMs(60_000)).toBe(200)
})
