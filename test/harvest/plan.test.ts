import { expect, test } from 'vitest'
import { estimateCycle, plan } from '../../src/harvest/plan.ts'
import { options, range } from '../chain/contracts.ts'

test('expirations are requested one after the other, each from the money outwards with call and put together', () => {
  const wanted = [
    ...options('SPY', '20261218', range(98, 102)),
    ...options('SPY', '20261127', range(99, 101)),
  ]
  const order = plan(wanted, 100)
  expect(order.map(({ expiry, strike, right }) => `${expiry} ${strike}${right}`).slice(0, 8)).toEqual([
    '20261127 100C',
    '20261127 100P',
    '20261127 101C',
    '20261127 101P',
    '20261127 99C',
    '20261127 99P',
    '20261218 100C',
    '20261218 100P',
  ])
  expect(new Set(order)).toEqual(new Set(wanted))
})

test('the estimate is two messages per contract at the message rate, unless lines are the limit', () => {
  const wire = { messagesPerSecond: 50, pacingWindowMs: 1_000, lines: 100, dwellSeconds: 1, tailSeconds: 4 }
  expect(estimateCycle(6_000, wire, 285)).toMatchObject({
    messages: 12_000,
    seconds: 244,
    boundBy: 'messages',
    maxContracts: 7_025,
    fits: true,
  })
  expect(estimateCycle(6_000, { ...wire, lines: 20 }, 285)).toMatchObject({
    seconds: 304,
    boundBy: 'lines',
    fits: false,
  })
  expect(estimateCycle(0, wire, 285)).toMatchObject({ seconds: 0, fits: true })
  expect(estimateCycle(6_000, { ...wire, pacingWindowMs: 1_020 }, 285).seconds).toBeCloseTo(248.8, 9)
})
