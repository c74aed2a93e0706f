import { expect, test } from 'vitest'
import {
  admitted,
  atTime,
  type BreakerState,
  type FetchVerdict,
  judged,
} from '../../../src/gateway/breaker/policy.ts'
import {
  type NextState,
  type SupervisorState,
  TRANSITIONS,
  transition,
} from '../../../src/gateway/supervisor/state.ts'
import { epochMs } from '../../../src/market/units.ts'

const since = epochMs(1_000)
const STATES: Readonly<Record<SupervisorState['name'], SupervisorState>> = {
  connecting: { name: 'connecting', since },
  ready: { name: 'ready', since },
  degraded: { name: 'degraded', since, farms: ['market usopt'], dataFlow: false },
  waiting: { name: 'waiting', since, for: 'nightly_restart', detail: 'in words' },
  down: { name: 'down', since, reason: 'connection_lost', detail: 'in words' },
  closed: { name: 'closed', since },
}
const NAMES = Object.keys(STATES) as SupervisorState['name'][]
const others: Readonly<Partial<Record<SupervisorState['name'], NextState>>> = {
  degraded: { name: 'degraded', farms: ['market usopt', 'history ushmds'], dataFlow: false },
  waiting: { name: 'waiting', for: 'second_factor', detail: 'in words' },
  down: { name: 'down', reason: 'unreachable', detail: 'in words' },
}

// As it is drawn in docs/gateway.md: the first state is left for good, the last one too, all others follow each other.
const FOLLOWS = (from: SupervisorState['name'], to: SupervisorState['name']) =>
  from !== 'closed' && to !== 'connecting' && (from !== to || others[to] !== undefined)

test.each(NAMES.flatMap((from) => NAMES.map((to) => ({ from, to }))))(
  'supervisor: $from → $to',
  ({ from, to }) => {
    const next: NextState = (from === to && others[to]) || STATES[to]
    const at = epochMs(9_000)
    if (FOLLOWS(from, to)) {
      expect(transition(STATES[from], next, at)).toMatchObject({ name: to })
      expect(TRANSITIONS[from]).toContain(to)
    } else if (from === to) expect(transition(STATES[from], next, at)).toBe(STATES[from])
    else expect(() => transition(STATES[from], next, at)).toThrow(`cannot go from ${from} to ${to}`)
  },
)

const limits = { failuresToOpen: 5, openMs: 60_000 }
const closed = (failures: number): BreakerState => ({ name: 'closed', failures })
const open = (untilMs: number): BreakerState => ({ name: 'open', untilMs })
const halfOpen = (onTrial: boolean): BreakerState => ({ name: 'half_open', onTrial })

const VERDICTS: ReadonlyArray<readonly [BreakerState, FetchVerdict, BreakerState]> = [
  [closed(0), 'served', closed(0)],
  [closed(4), 'served', closed(0)],
  [closed(3), 'failed', closed(4)],
  [closed(4), 'failed', open(70_000)],
  [closed(4), 'proved_nothing', closed(4)],
  [halfOpen(true), 'served', closed(0)],
  [halfOpen(true), 'failed', open(70_000)],
  [halfOpen(true), 'proved_nothing', closed(4)],
  // What began before it opened: it opens no second time and for no longer.
  [open(20_000), 'failed', open(20_000)],
  [open(20_000), 'proved_nothing', open(20_000)],
]

test.each(VERDICTS)('breaker: %j, a fetch that %s → %j', (from, verdict, to) => {
  expect(judged(from, verdict, { nowMs: 10_000, limits })).toEqual(to)
})

test('breaker: only time half-opens it, and one fetch at a time is its trial', () => {
  expect(atTime(open(60_000), 59_999)).toEqual(open(60_000))
  expect(atTime(open(60_000), 60_000)).toEqual(halfOpen(false))
  expect(atTime(closed(4), 1e9)).toEqual(closed(4))
  expect(admitted(open(60_000))).toBeNull()
  expect(admitted(halfOpen(false))).toEqual(halfOpen(true))
  expect(admitted(halfOpen(true))).toBeNull()
  expect(admitted(closed(4))).toEqual(closed(4))
})
