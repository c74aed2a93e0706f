import { expect, test } from 'vitest'
import { invalidRequest } from '../../../src/simulator/requests/validation.ts'

test('the usual generic ticks are valid; 104, unknown ones, and any with a snapshot are not', () => {
  const code = (genericTicks: string, snapshot = false, exchange = 'SMART') =>
    invalidRequest({ genericTicks, snapshot, exchange })?.code ?? null
  expect(code('')).toBeNull()
  expect(code('100, 101,106')).toBeNull()
  expect(code('', true)).toBeNull()
  expect(code('104')).toBe(321)
  expect(code('101,abc')).toBe(321)
  expect(code('101', true)).toBe(321)
  expect(code('', false, '')).toBe(321)
})
