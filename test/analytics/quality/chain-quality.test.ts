import { describe, expect, test } from 'vitest'
import { chainQuality } from '../../../src/analytics/quality/chain-quality.ts'
import { flagNames } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { makeChain, range, recordedChain, rowOf, SLOT, spyChain } from '../chains.ts'

const carry = { rateFraction: 0.04, dividends: [] }
const qualityOf = (rows: SnapshotRow[], slot = SLOT) => chainQuality(spyChain(rows, slot), carry)

test('a recorded dirty chain has its known counts', () => {
  const { rows, at } = recordedChain()
  const quality = qualityOf(rows, at)
  expect(quality).toMatchObject({ rows: 7_396, verticalMonotone: 309, verticalWidth: 313, butterfly: 456 })
  expect(quality.zeroBidShare).toBeCloseTo(0.04, 3)
  expect(quality.wideShare).toBeCloseTo(0.052, 3)
  const flagged = rows.filter((row) => flagNames(row.flags).includes('wide'))
  expect(flagged.length / rows.length).toBeCloseTo(0.012, 3)
  expect(quality.calendar).toBeGreaterThan(0)
  expect(quality.parity.pairs).toBeGreaterThan(2_500)
})

const made = {
  vol: (strike: number) => 0.18 + 0.3 * (strike / 680 - 1) ** 2,
  expiries: ['20261204', '20261218', '20261231'],
  strikes: range(630, 730),
}
const healthy = makeChain(made)

test('a healthy chain has no contradictions at all', () => {
  expect(qualityOf(healthy)).toMatchObject({
    rows: healthy.length,
    zeroBidShare: 0,
    verticalMonotone: 0,
    verticalWidth: 0,
    butterfly: 0,
    calendar: 0,
    parity: { pairs: healthy.length / 2, beyond: 0 },
  })
})

describe('each contradiction is counted where it is made, and nowhere else', () => {
  const at = (rows: SnapshotRow[], changes: Record<string, Partial<SnapshotRow>>) =>
    rows.map((row) => ({ ...row, ...changes[`${row.expiry} ${row.right} ${row.strike}`] }))
  const two = (right: string, low: Partial<SnapshotRow>, high: Partial<SnapshotRow>) => [
    rowOf({ right, strike: 680, ...low }),
    rowOf({ right, strike: 685, ...high }),
  ]

  test.each<[string, SnapshotRow[], object]>([
    [
      'a call bid above the ask of a better call',
      two('C', { bid: 9, ask: 10 }, { bid: 10.5, ask: 11 }),
      { verticalMonotone: 1 },
    ],
    [
      'a put bid above the ask of a better put',
      two('P', { bid: 10.5, ask: 11 }, { bid: 9, ask: 10 }),
      { verticalMonotone: 1 },
    ],
    [
      'a call spread sold for more than its width',
      two('C', { bid: 10.5, ask: 11 }, { bid: 5, ask: 5.4 }),
      { verticalWidth: 1 },
    ],
    [
      'a put spread sold for more than its width',
      two('P', { bid: 5, ask: 5.4 }, { bid: 10.5, ask: 11 }),
      { verticalWidth: 1 },
    ],
    ['prices that only touch are none', two('C', { bid: 10, ask: 10.4 }, { bid: 5, ask: 5 }), {}],
    ['an option without an ask takes no part', two('C', { bid: 9, ask: 0 }, { bid: 10.5, ask: 11 }), {}],
  ])('%s', (_, rows, counts) => {
    const none = { verticalMonotone: 0, verticalWidth: 0, butterfly: 0, calendar: 0 }
    expect(qualityOf(rows)).toMatchObject({ ...none, ...counts })
  })

  test('a butterfly for less than nothing', () => {
    const rows = [10, 8.6, 6].map((bid, index) => rowOf({ strike: 680 + 5 * index, bid, ask: bid + 0.1 }))
    expect(qualityOf(rows)).toMatchObject({ butterfly: 1, verticalMonotone: 0, verticalWidth: 0 })
  })

  test('an early expiration that sells for more than the later one costs', () => {
    const later = healthy.find(
      ({ expiry, right, strike }) => expiry === '20261218' && right === 'C' && strike === 680,
    )!
    const broken = at(healthy, {
      '20261204 C 680': { bid: (later.ask as number) + 0.01, ask: (later.ask as number) + 0.02 },
    })
    expect(qualityOf(broken).calendar).toBe(1)
  })

  test('a call and a put that are too far apart', () => {
    const broken = at(healthy, { '20261204 C 640': { bid: 45.5, ask: 45.6 } })
    expect(qualityOf(broken).parity.beyond).toBe(1)
    const unpriced = broken.map((row) => ({ ...row, underlying_price: null }))
    // The carry is fitted to the quotes, so the price of the underlying is not needed.
    expect(qualityOf(unpriced).parity.beyond).toBe(1)
  })

  test('a rate that differs from the setting is no contradiction', () => {
    // Against the price of the underlying at the rate of the settings, most pairs would be six half-spreads off.
    const { parity } = qualityOf(makeChain({ ...made, rateFraction: 0.05, halfSpread: 0.05 }))
    expect(parity.beyond).toBe(0)
    expect(parity.residual95).toBeLessThan(0.5)
  })
})

test('without rows there are no shares', () => {
  expect(qualityOf([])).toMatchObject({
    rows: 0,
    zeroBidShare: null,
    wideShare: null,
    parity: { residual95: null },
  })
})
