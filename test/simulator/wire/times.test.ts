import { expect, test } from 'vitest'
import { epochMs } from '../../../src/market/units.ts'
import { parseDuration } from '../../../src/simulator/requests/duration.ts'
import { formatGatewayTime, parseEndTime } from '../../../src/simulator/wire/times.ts'

test('durations and end times of history requests are parsed as IB writes them', () => {
  const now = epochMs(Date.UTC(2026, 0, 15, 20))
  expect(['300 D', '2 W', '1 M', '1 Y', '3600 S'].map(parseDuration)).toEqual([
    { sessions: 300 },
    { sessions: 10 },
    { sessions: 21 },
    { sessions: 252 },
    { seconds: 3_600 },
  ])
  for (const wrong of ['300', '0 D', '366 D', '90000 S', '-1 D', '1 H']) {
    expect(parseDuration(wrong)).toMatchObject({ code: 321 })
  }
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
