import { expect, test } from 'vitest'
import { createNoticeThrottle, isNotable } from '../../src/daemon/notable-notices.ts'
import { classify } from '../../src/gateway/session/notices.ts'

test.each([
  [1100, 'Connectivity between IB and TWS has been lost.'],
  [2103, 'Market data farm connection is broken:usopt'],
  [10_197, 'No market data during competing live session'],
  [354, 'Requested market data is not subscribed.'],
  [10_167, 'Requested market data is not subscribed. Displaying delayed market data.'],
  [101, 'Max number of tickers has been reached'],
  [31_415, 'something that this program does not know'],
])('%i explains a poor slot', (code, message) => {
  expect(isNotable(classify(code, -1, message))).toBe(true)
})

test.each([
  [2104, 'Market data farm connection is OK:usopt'],
  [2103, 'Market data farm connection is broken:eufarm'],
  [1102, 'Connectivity restored, data maintained'],
  [200, 'No security definition has been found for the request'],
  [0, 'Warning: Approaching max rate of 50 messages per second'],
])('%i "%s" does not', (code, message) => {
  expect(isNotable(classify(code, -1, message))).toBe(false)
})

test('a flood of one code is logged once a minute, with the number left out', () => {
  const throttle = createNoticeThrottle()
  const logged = Array.from({ length: 200 }, (_, second) => throttle(354, second * 1_000))
  expect(logged.flatMap((one, second) => (one ? [[second, one.leftOut]] : []))).toEqual([
    [0, 0],
    [60, 59],
    [120, 59],
    [180, 59],
  ])
  const codes = Array.from({ length: 1_000 }, (_, code) => throttle(code, 300_000))
  expect(codes.filter((one) => one !== null).length).toBeLessThan(210)
})
