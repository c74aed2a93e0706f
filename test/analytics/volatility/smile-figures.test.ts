import { describe, expect, test } from 'vitest'
import { smileFigures, tenorFigures } from '../../../src/analytics/volatility/smile-figures.ts'
import { skewFigures } from '../../../src/analytics/volatility/volatility-figures.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { makeChain, range, SLOT, spyChain } from '../chains.ts'

const EXPIRIES = [
  '20261120',
  '20261127',
  '20261204',
  '20261218',
  '20261224',
  '20261231',
  '20270115',
  '20270129',
]
const made = { expiries: EXPIRIES, strikes: range(500, 840, 2) }
const figuresOf = (rows: readonly SnapshotRow[]) => tenorFigures(spyChain(rows, SLOT))

/** A chain whose volatility is a function of the option's delta, so that the figures are known. */
function byDelta(volOf: (delta: number) => number): SnapshotRow[] {
  return makeChain({ ...made, vol: () => 0.2 }).map((row) => ({ ...row, iv: volOf(row.delta!) }))
}

describe('risk reversals and butterflies', () => {
  test('of a flat smile are 0 at every maturity', () => {
    const tenors = figuresOf(makeChain({ ...made, vol: () => 0.18 }))
    expect(tenors.map(({ days }) => days)).toEqual([7, 14, 30, 60])
    for (const { days: _, ...figures } of tenors) {
      for (const { value, unit } of Object.values(figures)) {
        expect(value).toBeCloseTo(0, 9)
        expect(unit).toBe('fraction')
      }
    }
  })

  test('of volatilities linear in delta are those of the line', () => {
    // 0.20 at a half, calls fall and puts rise by 0.1 for each unit of delta out of the money.
    const line = (delta: number) => (delta > 0 ? 0.2 - 0.1 * (0.5 - delta) : 0.2 + 0.2 * (0.5 + delta))
    for (const tenor of figuresOf(byDelta(line))) {
      // Call 0.175, put 0.25 at 25 delta; 0.16 and 0.28 at 10 delta.
      expect(tenor.risk_reversal_25d.value).toBeCloseTo(-0.075, 9)
      expect(tenor.risk_reversal_10d.value).toBeCloseTo(-0.12, 9)
      expect(tenor.butterfly_25d.value).toBeCloseTo(0.0125, 9)
      expect(tenor.butterfly_10d.value).toBeCloseTo(0.02, 9)
    }
  })

  test('between two expirations interpolate each total variance, and name the two', () => {
    const level = { '20261218': 0.02, '20261224': 0.04 } as Record<string, number>
    const rows = byDelta(() => 0.2).map((row) =>
      row.delta! > 0 && row.delta! < 0.45 ? { ...row, iv: 0.2 + (level[row.expiry] ?? 0) } : row,
    )
    const { risk_reversal_25d } = smileFigures(figuresOf(rows))
    // The days are those from 11:00 to 16:15, of 24 December to 13:15.
    const [near, next] = [28 + 5.25 / 24, 34 + 2.25 / 24]
    const between = 0.22 ** 2 * near * (next - 30) + 0.24 ** 2 * next * (30 - near)
    expect(risk_reversal_25d.value).toBeCloseTo(Math.sqrt(between / (next - near) / 30) - 0.2, 9)
    expect(risk_reversal_25d.expirations).toEqual(['20261218', '20261224'])
  })

  test('at 25 delta and 30 days is the negative of the skew', () => {
    const rows = makeChain({ ...made, vol: (strike) => 0.18 - 0.3 * (strike / 680 - 1) })
    const chain = spyChain(rows, SLOT)
    const { risk_reversal_25d } = smileFigures(tenorFigures(chain))
    expect(risk_reversal_25d.value).toBe(-skewFigures(chain).skew_25d.value!)
  })

  test('leave out our own volatilities that are uncertain', () => {
    const rows = byDelta((delta) => (Math.abs(delta) < 0.12 ? 0.9 : 0.2)).map((row) =>
      row.iv === 0.9 ? { ...row, greeks_source: 'own', flags: QUALITY_FLAGS.iv_uncertain } : row,
    )
    const { risk_reversal_10d, risk_reversal_25d } = smileFigures(figuresOf(rows))
    expect(risk_reversal_10d).toMatchObject({ value: null, reason: 'no_10_delta' })
    expect(risk_reversal_25d.value).toBeCloseTo(0, 9)
  })

  test.each<[string, SnapshotRow[], string, string]>([
    ['no rows', [], 'no_chain', 'no_chain'],
    ['no greeks', makeChain({ ...made, vol: () => 0.2, greeks: false }), 'no_25_delta', 'no_25_delta'],
    [
      'nothing at the money',
      byDelta(() => 0.2).filter(({ delta }) => Math.abs(delta!) < 0.4),
      '',
      'no_50_delta',
    ],
    [
      'one expiration',
      makeChain({ ...made, expiries: ['20261204'], vol: () => 0.2 }),
      'no_bracket',
      'no_bracket',
    ],
  ])('%s: null with its reason', (_, rows, ofReversal, ofButterfly) => {
    const { risk_reversal_25d, butterfly_25d } = smileFigures(figuresOf(rows))
    expect(risk_reversal_25d.reason ?? '').toBe(ofReversal)
    expect(butterfly_25d).toMatchObject({ value: null, reason: ofButterfly })
  })
})
