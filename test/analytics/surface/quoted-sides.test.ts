import { expect, test } from 'vitest'
import { parityLine } from '../../../src/analytics/surface/quotes/parity-line.ts'
import { quotedSides } from '../../../src/analytics/surface/quotes/quoted-sides.ts'
import { quotedVariances } from '../../../src/analytics/surface/quotes/quoted-volatility.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { makeChain, range, SLOT, spyChain } from '../chains.ts'

const CARRY = { rateFraction: 0.04, dividends: [] }
const volAt = (strike: number) => 0.16 - 0.25 * Math.log(strike / 680)
const ROWS = makeChain({
  vol: volAt,
  expiries: ['20261218'],
  strikes: range(600, 740, 10),
  halfSpread: 0.05,
  greeks: false,
})

function sidesOf(rows: readonly SnapshotRow[], inTheMoney = false) {
  const { expirations, spot } = spyChain(rows, SLOT)
  const [expiration] = expirations
  const fit = expiration && parityLine(expiration, { carry: CARRY, slot: SLOT, spot }).value
  if (!expiration || !fit) throw new Error('the chain has no forward')
  return { expiration, fit, sides: quotedSides(expiration, { fit, carry: CARRY, slot: SLOT, inTheMoney }) }
}

test('the bars of quotes out of the money hold the volatility they were priced with', () => {
  const { sides, fit } = sidesOf(ROWS)
  expect(sides.map(({ row }) => row.strike)).toEqual(range(600, 740, 10))
  for (const { row, bidVol, askVol, isFitted, isOutOfTheMoney } of sides) {
    expect(row.right).toBe(row.strike < fit.terms.forward ? 'P' : 'C')
    expect(bidVol).toBeLessThan(volAt(row.strike))
    expect(askVol).toBeGreaterThan(volAt(row.strike))
    const isNear = Math.abs(row.strike - 680) <= 40
    if (isNear) expect(((bidVol ?? 0) + (askVol ?? 0)) / 2).toBeCloseTo(volAt(row.strike), 3)
    expect([isFitted, isOutOfTheMoney]).toEqual([true, true])
  }
})

test('the bars are the intervals that the curve is fitted to', () => {
  const { sides, expiration, fit } = sidesOf(ROWS)
  const years = expiration.minutes / 525_600
  const fitted = quotedVariances(expiration, fit.terms)
  expect(sides.map(({ bidVol }) => bidVol)).toEqual(
    fitted.map(({ bidTotal }) => expect.closeTo(bidTotal / Math.sqrt(years), 8)),
  )
  expect(sides.map(({ askVol }) => askVol)).toEqual(
    fitted.map(({ askTotal }) => expect.closeTo(askTotal / Math.sqrt(years), 8)),
  )
})

test('quotes in the money are there on request, with early exercise taken out', () => {
  const { sides } = sidesOf(ROWS, true)
  const inside = sides.filter(({ isOutOfTheMoney }) => !isOutOfTheMoney)
  expect(inside.length).toBeGreaterThan(10)
  for (const { row, bidVol, askVol, isFitted } of inside) {
    expect(isFitted).toBe(false)
    if (bidVol !== null) expect(bidVol).toBeLessThan(volAt(row.strike) + 0.002)
    expect(askVol).toBeGreaterThan(volAt(row.strike) - 0.002)
  }
  expect(sides.map(({ row }) => row.strike)).toEqual(sides.map(({ row }) => row.strike).sort((a, b) => a - b))
})

test('a flagged quote keeps its bar and is not fitted; a side that is missing has none', () => {
  const rows = ROWS.map((row): SnapshotRow => {
    if (row.strike === 640 && row.right === 'P') return { ...row, flags: QUALITY_FLAGS.stale }
    if (row.strike === 620 && row.right === 'P') return { ...row, bid: 0, flags: QUALITY_FLAGS.no_bid }
    if (row.strike === 610 && row.right === 'P') return { ...row, bid: null, ask: null }
    if (row.strike === 720 && row.right === 'C') return { ...row, ask: Number.POSITIVE_INFINITY }
    return row
  })
  const { sides } = sidesOf(rows)
  const at = (strike: number) => sides.find(({ row }) => row.strike === strike)
  expect(at(640)).toMatchObject({ isFitted: false, bidVol: expect.any(Number), askVol: expect.any(Number) })
  expect(at(620)).toMatchObject({ isFitted: false, bidVol: null, askVol: expect.any(Number) })
  expect(at(610)).toBeUndefined()
  expect(at(720)).toMatchObject({ isFitted: false, bidVol: expect.any(Number), askVol: null })
})
