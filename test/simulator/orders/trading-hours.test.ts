import { expect, test } from 'vitest'
import { createTradingHours } from '../../../src/simulator/orders/trading-hours.ts'
import { QUOTED, SPY } from '../stub-market.ts'
import { at, combination, order } from './order-bench.ts'

const HOUR_MS = 3_600_000
const hours = createTradingHours({
  hours: ({ secType }) => ({
    timeZoneId: 'US/Eastern',
    liquidHours:
      secType === 'OPT'
        ? '20261120:0930-20261120:1615;20261121:CLOSED;20261123:0930-20261123:1615'
        : '20261120:0930-20261120:1600;20261121:CLOSED;20261123:0930-20261123:1600',
    tradingHours: '20261120:0400-20261120:2000;20261121:CLOSED;20261123:0400-20261123:2000',
  }),
})
const stock = order(SPY, 'BUY', 1).instrument
const option = order(QUOTED, 'BUY', 1).instrument
const both = combination(
  [
    [SPY, 'BUY', 100],
    [QUOTED, 'SELL'],
  ],
  'BUY',
  1,
).instrument
const regular = (time: ReturnType<typeof at>) => ({ at: time, outsideRth: false })

test('an instrument trades within its own hours, and a combination within those of all its legs', () => {
  const late = regular(at('2026-11-20', '16:05'))
  expect(hours.window(option, late)).toEqual({ isOpen: true, closesInMs: HOUR_MS / 6 })
  expect(hours.window(stock, late)).toMatchObject({ isOpen: false, opensAt: at('2026-11-23', '09:30') })
  expect(hours.window(both, late)).toEqual(hours.window(stock, late))
  const noon = regular(at('2026-11-20', '12:00'))
  expect(hours.window(both, noon)).toEqual({ isOpen: true, closesInMs: 4 * HOUR_MS })
})

test('outside regular hours the long ones count, and after the last known session none does', () => {
  expect(hours.window(stock, { at: at('2026-11-20', '17:00'), outsideRth: true })).toEqual({
    isOpen: true,
    closesInMs: 3 * HOUR_MS,
  })
  expect(hours.window(stock, regular(at('2026-11-20', '16:00')))).toMatchObject({ isOpen: false })
  expect(hours.window(stock, regular(at('2026-11-23', '16:00')))).toEqual({
    isOpen: false,
    opensAt: null,
    opensInMs: 3 * HOUR_MS,
  })
  // Orders of any time look again at the same moment, so that they share one timer.
  expect(hours.window(stock, regular(at('2026-11-23', '18:30')))).toMatchObject({ opensInMs: HOUR_MS / 2 })
})
