import { expect, test } from 'vitest'
import { exerciseStyleOf } from '../../src/market/option-terms.ts'

test.each([
  ['AAPL', 'STK', 'american'],
  ['SPXW', 'IND', 'european'],
  ['VIX', 'IND', 'european'],
  ['OEX', 'IND', 'american'],
  ['XEO', 'IND', 'european'],
  ['ES', 'FUT', 'american'],
  ['EW', 'FUT', 'european'],
  ['EW3', 'FUT', 'european'],
  ['E1A', 'FUT', 'european'],
  ['QNE', 'FUT', 'european'],
  ['RTO', 'FUT', 'american'],
  ['LO', 'FUT', 'american'],
  ['LO2', 'FUT', 'american'],
  ['OZN', 'FUT', null],
] as const)('an option of class %s on %s is %s', (tradingClass, underlyingType, style) => {
  expect(exerciseStyleOf(tradingClass, underlyingType)).toBe(style)
})
