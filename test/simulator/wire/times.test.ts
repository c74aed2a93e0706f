import { expect, test } from 'vitest'
import { epochMs } from '../../../src/market/units.ts'
import { formatGatewayTime, parseEndTime, sessionsInDuration } from '../../../src/simulator/wire/times.ts'

test('durations and end times of history requests are parsed as IB writes them', () => {
  const now = epochMs(Date.UTC(2026, 0, 15, 20))
  expect([sessionsInDuration('300 D'), sessionsInDuration('2 W'), sessionsInDuration('1 Y')]).toEqual([
    300, 10, 252,
  ])
  expect([sessionsInDuration('300'), sessionsInDuration('3600 S')]).toEqual([null, null])
  expect(parseEndTime('', now)).toBe(now)
  expect(parseEndTime('20260115 16:00:00 US/Eastern', now)).toBe(Date.UTC(2026, 0, 15, 21))
  expect(parseEndTime('20260715 16:00:00', now)).toBe(Date.UTC(2026, 6, 15, 20))
  expect(parseEndTime('20260115-16:00:00', now)).toBe(Date.UTC(2026, 0, 15, 16))
  expect([
    parseEndTime('20260132 16:00:00', now),
    parseEndTime('20260115 16:00:00 Moon', now),
    parseEndTime('soon', now),
  ]).toEqual([null, null, null])
  expect(formatGatewayTime(now)).toBe('20260115 15:00:00 US/Eastern')
})
