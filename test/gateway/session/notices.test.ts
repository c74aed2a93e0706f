import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  adviceOn,
  classify,
  endsRequest,
  KNOWN_CODES,
  refusesStream,
} from '../../../src/gateway/session/notices.ts'
import { maskAccounts } from '../../../src/process/log.ts'

test.each([
  ['pacing', [100]],
  ['lines', [101]],
  ['request', [162, 366, 420]],
  ['contract', [200]],
  ['bug', [102, 300, 321, 322]],
  ['configuration', [326, 10141]],
  ['entitlement', [203, 354, 10089, 10090, 10091, 10168, 10186]],
  ['information', [0, 2107, 2108, 2119, 10167]],
  ['session', [502, 503, 504, 506, 507, 1100, 1101, 1102, 1300, 2110, 10197]],
  ['farm', [2103, 2104, 2105, 2106, 2157, 2158]],
  ['operations', [2172]],
  ['order', [103, 161, 201, 202, 399, 10_147, 10_148]],
  ['unknown', [-1, 1, 398, 505, 99_999, Number.NaN]],
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

test('information and warnings leave a request open; every refusal ends it; what is unknown does if no answer follows', () => {
  const ends = (code: number) => endsRequest(classify(code, 5, ''))
  expect([0, 10167, 2104, 2107, 2172, 2176].map(ends)).toEqual(Array(6).fill('no'))
  const refusals = [100, 101, 162, 200, 203, 321, 322, 354, 366, 420, 10168, 10186]
  expect(refusals.map(ends)).toEqual(refusals.map(() => 'yes'))
  expect([1, 399, 99_999].map(ends)).toEqual(Array(3).fill('unless_answered'))
})

test('the announcement that a version will be refused is known by its text, whatever its code', () => {
  const text =
    'The version of the application you are running, 10.37, needs to be upgraded, as it will be desupported on 2026-12-15. The minimum supported version at that time will be 10.45. '
  for (const code of [0, 2172, 2176, 10_999]) {
    const notice = classify(code, -1, text)
    expect(notice).toMatchObject({ code, kind: 'operations', message: text.trim() })
    expect(endsRequest(notice)).toBe('no')
    expect(adviceOn(notice)).toBe('Install the current stable version of IB Gateway or TWS.')
  }
  expect(classify(1100, -1, text).kind).toBe('session')
})

test('what a person can do is known for every notice that needs one', () => {
  const advised = KNOWN_CODES.filter(({ code }) => adviceOn(classify(code, -1, '')) !== null)
  expect(advised.map(({ code }) => code)).toEqual([
    100, 101, 326, 354, 502, 503, 506, 1300, 2172, 10089, 10090, 10091, 10141, 10167, 10168, 10186, 10197,
  ])
})

test('docs/gateway.md names every code', () => {
  const page = readFileSync(new URL('../../../docs/gateway.md', import.meta.url), 'utf8')
  const missing = KNOWN_CODES.filter(({ code }) => !new RegExp(`(^|[^0-9])${code}([^0-9]|$)`).test(page))
  expect(missing).toEqual([])
})

test('only a stream that was refused gives its line back without a cancel', () => {
  const refuses = (code: number) => refusesStream(classify(code, 5, ''))
  expect([101, 200, 203, 321].map(refuses)).toEqual([true, true, true, true])
  expect(
    [100, 300, 322, 354, 366, 420, 10089, 10090, 10091, 10167, 10168, 10186, 10197].map(refuses),
  ).not.toContain(true)
})
