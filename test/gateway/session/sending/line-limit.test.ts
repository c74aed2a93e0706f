import { expect, test } from 'vitest'
import { createLineLimit } from '../../../../src/gateway/session/sending/line-limit.ts'

test('a refusal leaves as many lines as were in use when the request was written; the smallest number counts', () => {
  const limit = createLineLimit(100)
  // Of 20 requests under way, those written with 15 and more lines in use are refused.
  for (let otherLines = 15; otherLines < 20; otherLines += 1) limit.refused(otherLines, 0)
  expect(limit.current(0)).toBe(15)
  limit.refused(0, 10)
  expect(limit.current(10)).toBe(0)
})

test('after 2 s without a change the limit may grow by one line, up to the configured number', () => {
  const limit = createLineLimit(3)
  expect(limit.growsAtMs()).toBe(Number.POSITIVE_INFINITY)
  limit.refused(1, 500)
  expect(limit.growsAtMs()).toBe(2_500)
  limit.grow(1, 2_600)
  expect([limit.current(2_600), limit.growsAtMs()]).toEqual([2, 4_600])
  limit.grow(2, 4_600)
  expect([limit.current(4_600), limit.growsAtMs()]).toEqual([3, Number.POSITIVE_INFINITY])
})
