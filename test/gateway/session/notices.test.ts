import { expect, test } from 'vitest'
import { classify, endsRequest, refusesStream } from '../../../src/gateway/session/notices.ts'
import { maskAccounts } from '../../../src/process/log.ts'

test.each([
  ['pacing', [100]],
  ['lines', [101]],
  ['request', [162]],
  ['contract', [200]],
  ['bug', [102, 300, 321, 322]],
  ['configuration', [326]],
  ['entitlement', [354, 10089, 10090, 10091, 10168]],
  ['information', [0, 2107, 2108, 2119, 10167]],
  ['session', [502, 503, 504, 506, 507, 1100, 1101, 1102, 2110, 10197]],
  ['farm', [2103, 2104, 2105, 2106, 2157, 2158]],
  ['operations', [2172]],
  ['unknown', [-1, 1, 399, 505, 99_999, Number.NaN]],
])('%s: %j', (kind, codes) => {
  for (const code of codes) expect(classify(code, 7, 'text').kind, String(code)).toBe(kind)
})

test('a notice without a request has no id, whether the gateway sends −1, 0 or no number', () => {
  expect(classify(2104, -1, '').id).toBeNull()
  expect(classify(1100, 0, '').id).toBeNull()
  expect(classify(200, Number.NaN, '').id).toBeNull()
  expect(classify(200, 12, '').id).toBe(12)
})

test('a farm notice names its farm and whether it works', () => {
  expect(classify(2104, -1, 'Market data farm connection is OK:usfarm').farm).toEqual({
    kind: 'market',
    name: 'usfarm',
    isOk: true,
  })
  expect(classify(2103, -1, 'Market data farm connection is broken:usopt').farm).toEqual({
    kind: 'market',
    name: 'usopt',
    isOk: false,
  })
  expect(classify(1100, -1, 'Connectivity lost: all').farm).toBeNull()
})

test('a message has its account numbers masked and its length limited', () => {
  expect(maskAccounts('DU1234567, U7654321 and DF246810 of 1234567')).toBe('DU***, U*** and DF*** of 1234567')
  expect(classify(321, 5, `account\n U1234567 ${'x'.repeat(1e6)}`).message).toMatch(
    /^account U\*\*\* x{280,290}$/,
  )
})

test('information and warnings leave a request open; every refusal ends it', () => {
  const ends = (code: number) => endsRequest(classify(code, 5, ''))
  expect([0, 10167, 2104, 2172, 2176].map(ends)).toEqual([false, false, false, false, false])
  expect([100, 101, 162, 200, 321, 322, 354, 10168, 99_999].map(ends)).not.toContain(false)
})

test('only a stream that was refused gives its line back without a cancel', () => {
  const refuses = (code: number) => refusesStream(classify(code, 5, ''))
  expect([101, 200, 321].map(refuses)).toEqual([true, true, true])
  expect([100, 300, 322, 354, 10089, 10090, 10091, 10167, 10168, 10197].map(refuses)).not.toContain(true)
})
