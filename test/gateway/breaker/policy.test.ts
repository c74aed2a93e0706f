import { expect, test } from 'vitest'
import {
  admit,
  afterFetch,
  type BreakerState,
  type FetchVerdict,
  stateAt,
} from '../../../src/gateway/breaker/policy.ts'

const limits = { failuresToOpen: 5, openMs: 60_000 }
const closed = (failures: number): BreakerState => ({ name: 'closed', failures })
const open = (untilMs: number): BreakerState => ({ name: 'open', untilMs })
const halfOpen = (isTrialRunning: boolean): BreakerState => ({ name: 'half_open', isTrialRunning })

const VERDICTS: ReadonlyArray<readonly [BreakerState, FetchVerdict, BreakerState]> = [
  [closed(0), 'served', closed(0)],
  [closed(4), 'served', closed(0)],
  [closed(3), 'failed', closed(4)],
  [closed(4), 'failed', open(70_000)],
  [closed(4), 'inconclusive', closed(4)],
  [halfOpen(true), 'served', closed(0)],
  [halfOpen(true), 'failed', open(70_000)],
  [halfOpen(true), 'inconclusive', closed(4)],
  // The fetch began before the breaker opened: it does not open again, or for longer.
  [open(20_000), 'failed', open(20_000)],
  [open(20_000), 'inconclusive', open(20_000)],
]

test.each(VERDICTS)('%j, a fetch that %s → %j', (from, verdict, to) => {
  expect(afterFetch(from, verdict, { nowMs: 10_000, limits })).toEqual(to)
})

test('only time makes it half open, and then one fetch at a time is let through', () => {
  expect(stateAt(open(60_000), 59_999)).toEqual(open(60_000))
  expect(stateAt(open(60_000), 60_000)).toEqual(halfOpen(false))
  expect(stateAt(closed(4), 1e9)).toEqual(closed(4))
  expect(admit(open(60_000))).toBeNull()
  expect(admit(halfOpen(false))).toEqual(halfOpen(true))
  expect(admit(halfOpen(true))).toBeNull()
  expect(admit(closed(4))).toEqual(closed(4))
})
