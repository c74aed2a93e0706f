import { expect, test } from 'vitest'
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

// Nothing leads back to the first state, nothing follows the last; all others may follow each other.
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
