import { expect, test } from 'vitest'
import { isWithinLimit, joinChanges, sentWithinHour } from '../../src/alerts/pending-changes.ts'
import { epochMs } from '../../src/market/units.ts'
import { AT, change } from './alert-messages.ts'

const later = (minutes: number) => epochMs(AT + minutes * 60_000)

test('changes of a check that wait are one, from what the receiver knew to what is so now', () => {
  const joined = joinChanges(new Map(), [
    change({ from: 'warn', to: 'fail', at: AT }),
    change({ from: 'fail', to: 'ok', at: later(5), reason: 'connected', advice: null, since: null }),
    change({ check: 'slot', at: later(6), firstAt: later(6) }),
  ])
  expect([...joined.keys()]).toEqual(['gateway', 'slot'])
  expect(joined.get('gateway')).toMatchObject({
    ...{ from: 'warn', to: 'ok', worst: 'fail', count: 2, reason: 'connected', firstAt: AT, at: later(5) },
  })
})

test('the last quarter of the messages of an hour is for failures', () => {
  const limit = (to: 'ok' | 'warn' | 'fail', sent: number) =>
    isWithinLimit(joinChanges(new Map(), [change({ to })]), {
      ...{ sentAt: Array.from({ length: sent }, (_, at) => later(at)), now: later(59), maxPerHour: 12 },
    })
  expect([limit('warn', 8), limit('warn', 9), limit('ok', 9)]).toEqual([true, false, false])
  expect([limit('fail', 11), limit('fail', 12)]).toEqual([true, false])
})

test('messages older than an hour no longer count, nor those of a clock that has gone back', () => {
  expect(sentWithinHour([AT, later(30), later(90)], later(60))).toEqual([later(30)])
})
