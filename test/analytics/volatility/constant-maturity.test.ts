import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapFound } from '../../../src/analytics/measured.ts'
import { termPoint } from '../../../src/analytics/volatility/at-the-money.ts'
import {
  constantMaturity,
  expectedMove,
  interpolateVol,
  termSlope,
} from '../../../src/analytics/volatility/constant-maturity.ts'
import { parityForward } from '../../../src/analytics/volatility/forward/forward.ts'
import { modelFree30 } from '../../../src/analytics/volatility/model-free.ts'
import { chooseExpirations, universeOptions } from '../../../src/chain/universe.ts'
import { type ExpiryDate, sessionDate } from '../../../src/market/units.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { makeChain, range, recordedChain, SLOT, spyChain, stripCandidates } from '../chains.ts'

const iv30 = (rows: SnapshotRow[], { rate = 0.04, kind = 'own' as 'own' | 'ibModel', at = SLOT } = {}) =>
  mapFound(
    constantMaturity(
      spyChain(rows, at).expirations.map((one) => termPoint(one, { rateFraction: rate, dividends: [] }, at)),
      { days: 30, kind },
    ),
    ({ vol }) => vol,
  )

test('variance is interpolated and not volatility: 24 % at 20 days and 28 % at 45 give 26.47 % at 30', () => {
  const near = { days: 20, volFraction: 0.24 }
  const next = { days: 45, volFraction: 0.28 }
  expect((100 * interpolateVol(near, next)).toFixed(2)).toBe('26.47')
  expect(interpolateVol(near, next, 20)).toBeCloseTo(0.24, 12)
  expect(() => interpolateVol(near, next, 45)).toThrow(RangeError)
})

const skewed = (strike: number, days: number) => 0.17 + 0.0005 * days - 0.3 * (strike / 680 - 1)
const made = { vol: skewed, expiries: ['20261204', '20261218', '20261231'], strikes: range(640, 720, 1) }

describe('a chain of known volatilities', () => {
  const rows = makeChain(made)

  test('the volatility at the money of 30 days comes back', () => {
    // A smile that falls with strike is read at the forward, not at the underlying.
    const [near, next] = spyChain(rows, SLOT).expirations.slice(1)
    const truth = (at: typeof near) => {
      const days = at!.minutes / 1_440
      return { days, volFraction: skewed(680 * Math.exp((0.04 * days) / 365), days) }
    }
    expect(iv30(rows).value).toBeCloseTo(interpolateVol(truth(near), truth(next)), 3)
    expect(iv30(rows, { kind: 'ibModel' }).value).toBeCloseTo(iv30(rows).value as number, 3)
  })

  test('a wrong rate hardly matters: a point of it is worth less than four hundredths', () => {
    const right = iv30(rows).value as number
    for (const rate of [0.03, 0.05])
      expect(Math.abs((iv30(rows, { rate }).value as number) - right)).toBeLessThan(4e-4)
    expect(Math.abs((iv30(rows, { rate: 0 }).value as number) - right)).toBeLessThan(1.5e-3)
  })

  test('nor does it to the model-free value, which moves by a hundredth of a point', () => {
    const wide = makeChain({ ...made, vol: () => 0.17, strikes: range(500, 860, 2) })
    const points = (rate: number) =>
      modelFree30(stripCandidates(spyChain(wide, SLOT).expirations, rate), rate).value?.points as number
    for (const rate of [0.03, 0.05]) expect(Math.abs(points(rate) - points(0.04))).toBeLessThan(0.015)
  })

  test('nor does a wrong price of the underlying, since the forward is read from the quotes', () => {
    const moved = rows.map((row) => ({ ...row, underlying_price: 500 }))
    expect(iv30(moved)).toEqual(iv30(rows))
  })

  test('an expiration at exactly 30 days is its own value', () => {
    const [, second] = spyChain(rows, SLOT).expirations
    const at = (SLOT + ((second?.minutes ?? 0) - 30 * 1_440) * 60_000) as typeof SLOT
    const exact = makeChain({ ...made, at })
    const term = spyChain(exact, at).expirations.map((expiration) =>
      termPoint(expiration, { rateFraction: 0.04, dividends: [] }, at),
    )[1]
    expect(term?.days).toBe(30)
    expect(iv30(exact, { at }).value).toBeCloseTo(term?.own.value as number, 12)
  })
})

test('the forward is read where call and put are closest', () => {
  const [expiration] = spyChain(makeChain({ ...made, expiries: ['20261218'] }), SLOT).expirations
  const { value } = parityForward(expiration!, 0.04)
  expect(value?.pivot).toBe(682)
  expect(value?.forward).toBeCloseTo(680 * Math.exp((0.04 * expiration!.minutes) / 525_600), 0)
})

test('one of two rows of a contract counts, the later, and expired ones do not', () => {
  const rows = makeChain({ ...made, strikes: [680] })
  const again = { ...(rows[0] as SnapshotRow), bid: 1, ask: 2 }
  const gone = { ...again, expiry: '20261119' }
  const chain = spyChain([...rows, again, gone], SLOT).expirations
  expect(chain).toHaveLength(3)
  expect(chain[0]?.strikes[0]?.call).toBe(again)
})

describe('bad chains have no iv30, and say why', () => {
  const rows = makeChain(made)
  const change = (what: (row: SnapshotRow) => Partial<SnapshotRow>) =>
    rows.map((row) => ({ ...row, ...what(row) }))

  test.each<[string, SnapshotRow[], string]>([
    ['nothing at all', [], 'no_chain'],
    ['only expired options', change(() => ({ expiry: '20261119' })), 'no_chain'],
    ['a single expiration', rows.filter(({ expiry }) => expiry === '20261218'), 'no_bracket'],
    ['nothing beyond 30 days', rows.filter(({ expiry }) => expiry < '20261220'), 'no_bracket'],
    ['nothing up to 30 days', rows.filter(({ expiry }) => expiry > '20261220'), 'no_bracket'],
    ['all quotes crossed', change(({ bid, ask }) => ({ bid: ask, ask: bid! - 0.01 })), 'no_parity_pair'],
    ['all bids zero', change(() => ({ bid: 0 })), 'no_parity_pair'],
    ['all asks missing', change(() => ({ ask: null })), 'no_parity_pair'],
    ['all quotes stale', change(() => ({ flags: QUALITY_FLAGS.stale })), 'no_parity_pair'],
    ['only calls', rows.filter(({ right }) => right === 'C'), 'no_parity_pair'],
    ['one strike', rows.filter(({ strike }) => strike === 650), 'no_atm_bracket'],
    [
      'strikes too far apart',
      rows.filter(({ strike }) => strike === 640 || strike === 720),
      'no_atm_bracket',
    ],
  ])('%s', (_, broken, reason) => {
    expect(iv30(broken)).toEqual({ value: null, reason })
  })

  test('quotes unchanged while the underlying moved are ignored; the others give the value', () => {
    const isNear = ({ strike, right }: SnapshotRow) => right === 'C' && Math.abs(strike - 682) < 4
    const late = (flags: number) =>
      rows.map((row) => (isNear(row) ? { ...row, bid: row.bid! + 3, ask: row.ask! + 3, flags } : row))
    const truth = iv30(rows).value as number
    expect(Math.abs((iv30(late(0)).value as number) - truth)).toBeGreaterThan(0.01)
    expect(iv30(late(QUALITY_FLAGS.stale)).value).toBeCloseTo(truth, 3)
    const strip = (chain: SnapshotRow[]) =>
      modelFree30(stripCandidates(spyChain(chain, SLOT).expirations, 0.04), 0.04)
    expect(strip(late(QUALITY_FLAGS.stale)).reason).toBe('no_k0_quote')
    const wing = change(({ strike }) => (strike === 700 ? { flags: QUALITY_FLAGS.stale } : {}))
    expect(strip(wing).value?.near.count).toBe((strip(rows).value?.near.count as number) - 1)
  })

  test('the volatility from mids does not need model volatilities, nor the other way round', () => {
    const bare = change(() => ({ iv: null }))
    expect(iv30(bare, { kind: 'ibModel' }).reason).toBe('no_atm_bracket')
    expect(iv30(bare).value).toEqual(iv30(rows).value)
  })

  test("a volatility that we computed does not count as the gateway's model", () => {
    const own = change(() => ({ greeks_source: 'own' }))
    expect(iv30(own, { kind: 'ibModel' })).toEqual({ value: null, reason: 'no_atm_bracket' })
  })
})

test("on a recorded chain of SPY the model-free value lies in the VIX's range of that day, iv30 below it", () => {
  const { rows, at } = recordedChain()
  const { value } = modelFree30(stripCandidates(spyChain(rows, at).expirations, 0.0419, at), 0.0419)
  // 2024-06-14: low 12.12, high 13.45.
  expect(value?.points).toBeGreaterThan(12.12)
  expect(value?.points).toBeLessThan(13.45)
  // As in docs/numbers.md.
  expect(value?.points.toFixed(2)).toBe('12.98')
  expect((100 * (iv30(rows, { at, rate: 0.0419 }).value as number)).toFixed(2)).toBe('10.35')
})

test('the expected move of 30 days at 20 % is 5.73 % of the price', () => {
  expect(expectedMove(600, { value: 0.2, reason: null }).value).toBeCloseTo(34.4, 1)
  expect(expectedMove(600, { value: null, reason: 'no_bracket' })).toEqual({
    value: null,
    reason: 'no_bracket',
  })
  expect(expectedMove(0, { value: 0.2, reason: null }).reason).toBe('no_underlying_price')
})

describe('the term slope', () => {
  const { rows, at } = recordedChain()
  const today = sessionDate('2024-06-14')
  // The dividend of June went ex on the 21st.
  const carry = { rateFraction: 0.0525, dividends: [{ exDate: sessionDate('2024-06-21'), amount: 1.759 }] }
  const terms = spyChain(rows, at).expirations.map((one) => termPoint(one, carry, at))
  const listed = terms.map(({ expiry }) => expiry)
  const slopeOf = (collected: readonly string[]) =>
    termSlope(terms.filter(({ expiry }) => collected.includes(expiry)))
  const chosen = (admitted: readonly ExpiryDate[]) =>
    chooseExpirations(listed, admitted, { today, options: universeOptions.parse({}) }).map(
      (one) => one.expiry,
    )

  test('of one slot is the same to 0.05 points whichever expirations were collected', () => {
    const all = 100 * (slopeOf(listed).value?.slope as number)
    fc.assert(
      fc.property(fc.subarray(listed), (admitted) => {
        expect(Math.abs(100 * (slopeOf(chosen(admitted)).value?.slope as number) - all)).toBeLessThan(0.05)
      }),
      { numRuns: 100, seed: 7 },
    )
  })

  test('lies between the weekly expirations around its ends, and names them', () => {
    const names = slopeOf(listed).value?.expirations.map(({ expiry }) => expiry)
    expect(names).toEqual(['20240621', '20240628', '20240726', '20240802'])
  })

  test('needs both ends', () => {
    expect(slopeOf(['20240628', '20240726', '20240802']).reason).toBe('no_bracket')
    expect(slopeOf(['20240621', '20240628', '20240726']).reason).toBe('no_bracket')
    expect(slopeOf([]).reason).toBe('no_chain')
  })
})
