import { describe, expect, test } from 'vitest'
import { termPoint } from '../../../src/analytics/volatility/at-the-money.ts'
import { expirationMoves, straddleFigures } from '../../../src/analytics/volatility/straddle-move.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { makeChain, range, SLOT, spyChain } from '../chains.ts'

const carry = { rateFraction: 0, dividends: [] }
const made = {
  expiries: ['20261204', '20261218', '20261224', '20261231'],
  strikes: range(640, 720),
  rateFraction: 0,
}

function movesOf(rows: readonly SnapshotRow[]) {
  const chain = spyChain(rows, SLOT)
  const terms = chain.expirations.map((one) => termPoint(one, carry, SLOT))
  const moves = expirationMoves(chain, terms)
  return { moves, terms, figure: straddleFigures(chain, { terms, moves }).expected_move_straddle }
}

describe('the expected move from the straddle', () => {
  test.each([0.1, 0.2, 0.6])('is 0.798 of a standard deviation at a volatility of %d', (vol) => {
    const { moves, figure } = movesOf(makeChain({ ...made, vol: () => vol }))
    for (const { byVol, straddle } of moves) {
      // The tree of 100 steps is within half a percent of the formula for the at-the-money option.
      expect(straddle.value!.price / byVol.value!).toBeCloseTo(Math.sqrt(2 / Math.PI), 2)
    }
    expect(figure.value! / (680 * vol * Math.sqrt(30 / 365))).toBeCloseTo(Math.sqrt(2 / Math.PI), 2)
    expect(figure).toMatchObject({ unit: '$', expirations: ['20261218', '20261224'] })
  })

  test('is call and put mid at the strike where they are closest', () => {
    const rows = makeChain({ ...made, spot: 682, vol: () => 0.2 })
    const { moves } = movesOf(rows)
    const [call, put] = rows.filter(({ strike, expiry }) => strike === 680 && expiry === '20261204')
    const mid = ({ bid, ask }: SnapshotRow) => (bid! + ask!) / 2
    expect(moves[0]?.straddle.value).toEqual({ strike: 680, price: mid(call!) + mid(put!) })
  })

  test.each<[string, SnapshotRow[], string]>([
    ['no rows', [], 'no_chain'],
    [
      'calls alone',
      makeChain({ ...made, vol: () => 0.2 }).filter(({ right }) => right === 'C'),
      'no_parity_pair',
    ],
    ['one expiration', makeChain({ ...made, expiries: ['20261204'], vol: () => 0.2 }), 'no_bracket'],
  ])('%s: null with its reason', (_, rows, reason) => {
    expect(movesOf(rows).figure).toMatchObject({ value: null, reason })
  })
})
