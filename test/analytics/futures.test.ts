import { describe, expect, test } from 'vitest'
import { type FutureQuoteRow, futureColumns, futureFigures } from '../../src/analytics/futures.ts'
import { epochMs } from '../../src/market/units.ts'

const SLOT = epochMs(Date.parse('2026-11-20T15:00:00Z'))

function row(change: Partial<FutureQuoteRow>): FutureQuoteRow {
  return {
    ...{ local_symbol: 'ESZ6', expiry: '20261218', front_rank: 1, roll_days: 4 },
    ...{ bid: 6_810, ask: 6_811, quoted_at: SLOT + 1_000 },
    ...{ spot_index: 'SPX', spot_price: 6_800, spot_at: SLOT + 900 },
    ...change,
  }
}
const next = row({ local_symbol: 'ESH7', expiry: '20270319', front_rank: 2, bid: 6_850, ask: 6_852 })

describe('basis and roll yield', () => {
  test('are those of the front future, with their contracts and the index', () => {
    const figures = futureFigures([row({}), next], SLOT)
    expect(figures.basis).toMatchObject({ value: 10.5, unit: 'points', source: 'future', reason: null })
    expect(figures.basis_fraction.value).toBeCloseTo(10.5 / 6_800, 12)
    // 91 days from one third Friday to the other; the curve rises, so the roll costs.
    expect(figures.roll_yield.value).toBeCloseTo((Math.log(6_810.5 / 6_851) * 365) / 91, 12)
    expect(figures.roll_yield.value).toBeLessThan(0)
    expect(futureColumns(figures)).toMatchObject({
      ...{ front_future: 'ESZ6', next_future: 'ESH7', front_price: 6_810.5 },
      ...{ spot_index: 'SPX', spot_price: 6_800 },
    })
  })

  test('roll yield is positive in backwardation', () => {
    expect(
      futureFigures([row({}), { ...next, bid: 6_700, ask: 6_702 }], SLOT).roll_yield.value,
    ).toBeGreaterThan(0)
  })

  test('a future that the roll has left is neither front nor next', () => {
    const rolled = row({ local_symbol: 'ESZ6', front_rank: null })
    const figures = futureFigures([rolled, { ...next, front_rank: 1 }], SLOT)
    expect(figures).toMatchObject({ front: { localSymbol: 'ESH7' }, next: null })
    expect(figures.roll_yield).toMatchObject({ value: null, reason: 'no_future' })
  })

  test.each([
    ['no level of the index', [row({ spot_price: null, spot_at: null }), next], 'no_spot', null],
    ['no index', [row({ spot_index: null, spot_price: null, spot_at: null }), next], 'no_spot', null],
    ['no ask', [row({ ask: null }), next], 'no_future_quote', 'no_future_quote'],
    ['a crossed quote', [row({ bid: 6_812 }), next], 'no_future_quote', 'no_future_quote'],
    ['no future', [], 'no_future', 'no_future'],
  ])('with %s they are null with a reason', (_what, rows, basisReason, rollReason) => {
    const { basis, basis_fraction, roll_yield } = futureFigures(rows, SLOT)
    expect(basis).toMatchObject({ value: null, reason: basisReason })
    expect(basis_fraction).toMatchObject({ value: null, reason: basisReason })
    expect(roll_yield.reason).toBe(rollReason)
    if (rollReason === null) expect(roll_yield.value).not.toBeNull()
  })
})
