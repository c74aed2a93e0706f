import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flagOutliers } from '../../src/snapshot/iv-outliers.ts'
import { QUALITY_FLAGS } from '../../src/snapshot/quality-flags.ts'
import { flagStale, type QuoteHistory } from '../../src/snapshot/stale-quotes.ts'
import { range, rowOf, SLOT } from '../analytics/chains.ts'

const smile = (volOf: (strike: number) => number | null, strikes = range(600, 760)) =>
  strikes.map((strike) => rowOf({ strike, iv: volOf(strike) }))
const outliers = (rows: ReturnType<typeof smile>) =>
  flagOutliers(rows).flatMap(({ flags, strike }) => (flags & QUALITY_FLAGS.iv_outlier ? [strike] : []))
const skewed = (strike: number) => 0.18 - 0.4 * (strike / 680 - 1) + 1.5 * (strike / 680 - 1) ** 2

describe('volatilities out of line', () => {
  test.each([600, 605, 640, 680, 755, 760])('one at %d is found, its neighbours are not', (wrong) => {
    expect(outliers(smile((strike) => skewed(strike) + (strike === wrong ? 0.03 : 0)))).toEqual([wrong])
  })

  test('one that is known to be uncertain is neither found nor a neighbour', () => {
    const uncertain = new Set([650, 655, 660, 665])
    const rows = smile((strike) => skewed(strike) + (uncertain.has(strike) ? 0.2 : strike === 670 ? 0.03 : 0))
    const flagged = rows.map((row) =>
      uncertain.has(row.strike) ? { ...row, flags: QUALITY_FLAGS.iv_uncertain } : row,
    )
    expect(outliers(flagged)).toEqual([670])
  })

  test('two side by side are found', () => {
    expect(
      outliers(smile((strike) => skewed(strike) - (strike === 650 || strike === 655 ? 0.05 : 0))),
    ).toEqual([650, 655])
  })

  test('a smooth smile has no outliers, however steep or sharply curved at the money', () => {
    fc.assert(
      fc.property(
        fc.record({
          level: fc.double({ min: 0.08, max: 2, noNaN: true }),
          skew: fc.double({ min: -1, max: 0.5, noNaN: true }),
          bend: fc.double({ min: 0, max: 6, noNaN: true }),
          turn: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        ({ level, skew, bend, turn }) => {
          const volOf = (strike: number) => {
            const x = strike / 680 - 1
            return Math.round((level + skew * x + bend * x * x + turn * Math.abs(x)) * 1e6) / 1e6
          }
          expect(outliers(smile(volOf))).toEqual([])
        },
      ),
    )
  })

  test('few, missing or repeated strikes are never flagged, and an old flag is cleared', () => {
    expect(outliers(smile((strike) => (strike === 610 ? 0.9 : 0.2), range(600, 620)))).toEqual([])
    expect(outliers(smile((strike) => (strike > 610 ? null : 0.2)))).toEqual([])
    expect(outliers(smile(() => 0.2, Array(12).fill(680)))).toEqual([])
    const flagged = smile(skewed).map((row) => ({ ...row, flags: row.flags | QUALITY_FLAGS.iv_outlier }))
    expect(outliers(flagged)).toEqual([])
  })
})

describe('quotes that stand still', () => {
  const SLOT_MS = 300_000
  interface Seen {
    bid?: number | null
    ask?: number
    spot: number | null
    delta?: number | null
    slot?: number
  }

  function staleAt(seen: Seen[]): number[] {
    let memory: QuoteHistory = new Map()
    return seen.flatMap(({ bid = 10, ask = 10.1, spot, delta = 0.5, slot }, index) => {
      const timestamp = SLOT + (slot ?? index) * SLOT_MS
      const result = flagStale([rowOf({ timestamp, bid, ask, delta, underlying_price: spot })], memory)
      memory = result.history
      return (result.rows[0]?.flags ?? 0) & QUALITY_FLAGS.stale ? [index] : []
    })
  }

  test('the same bid and ask for three slots more while the underlying moved is stale', () => {
    expect(staleAt([680, 680.1, 680.2, 681, 681].map((spot) => ({ spot })))).toEqual([3, 4])
  })

  test.each<[string, Seen[]]>([
    ['the underlying stood still', Array(5).fill({ spot: 680 })],
    ['the option would hardly have moved', [680, 681, 682, 683].map((spot) => ({ spot, delta: 0.01 }))],
    ['the spread is wider than the move', [680, 681, 682, 683].map((spot) => ({ spot, ask: 14 }))],
    [
      'the quote moved by a cent',
      [0, 0.01, 0, 0.01, 0].map((cent, at) => ({ bid: 10 - cent, spot: 680 + at })),
    ],
    ['there is no bid', [680, 682, 684, 686].map((spot) => ({ bid: null, spot }))],
    ['the underlying is unknown', [680, null, null, null].map((spot) => ({ spot }))],
    ['delta is unknown', [680, 682, 684, 686].map((spot) => ({ spot, delta: null }))],
    ['one slot was run again and again', [680, 682, 684, 686].map((spot) => ({ spot, slot: 1 }))],
    ['it was not seen for an hour', [0, 1, 2, 20].map((slot) => ({ spot: 680 + slot, slot }))],
  ])('not stale: %s', (_, seen) => {
    expect(staleAt(seen)).toEqual([])
  })
})
