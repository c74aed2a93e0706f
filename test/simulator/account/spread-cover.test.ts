import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Holdings, marginOf, type ValuedPosition } from '../../../src/simulator/account/margin.ts'
import { createSpreadCover } from '../../../src/simulator/account/spread-cover.ts'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { OPTIONS, SPY } from '../stub-market.ts'

const OPTION = OPTIONS[0] as SimContract

function option(
  right: 'C' | 'P',
  terms: Partial<SimContract>,
  quantity: number,
  price: number,
): ValuedPosition {
  return { contract: { ...OPTION, right, ...terms }, quantity, price }
}

/** The rule as it is stated: each written option, the dearest first, looks through all that is still bought. */
function requirementOf(positions: readonly ValuedPosition[], right: 'C' | 'P', spot: number) {
  const sign = right === 'C' ? 1 : -1
  const own = positions.filter(({ contract }) => contract.right === right)
  const bought = own.filter(({ quantity }) => quantity > 0).map((one) => ({ ...one, left: one.quantity }))
  const written = own.filter(({ quantity }) => quantity < 0)
  written.sort((a, b) => sign * (a.contract.strike - b.contract.strike))
  const shares = positions.find(({ contract }) => contract === SPY)?.quantity ?? 0
  let cover = Math.max(0, sign * shares)
  let risk = 0
  let closing = 0
  for (const { contract, quantity, price } of written) {
    const { strike, expiry, multiplier } = contract
    const units = Number(multiplier)
    const outOfTheMoney = Math.max(0, sign * (strike - spot))
    const uncovered = Math.max(0.2 * spot - outOfTheMoney, 0.1 * (right === 'C' ? spot : strike))
    const lossOf = (long: ValuedPosition) => Math.max(0, sign * (long.contract.strike - strike))
    const distanceOf = (long: ValuedPosition) => Math.abs(long.contract.strike - strike)
    const covers = bought
      .filter((long) => long.contract.expiry >= expiry && long.contract.multiplier === multiplier)
      .sort((a, b) => lossOf(a) - lossOf(b) || distanceOf(a) - distanceOf(b))
    let left = -quantity
    for (const long of covers) {
      if (lossOf(long) >= uncovered + price) break
      const paired = Math.min(left, long.left)
      long.left -= paired
      left -= paired
      risk += paired * lossOf(long) * units
    }
    const byShares = Math.min(left, Math.floor(cover / units))
    cover -= byShares * units
    risk += (left - byShares) * uncovered * units
    closing += left * price * units
  }
  return { risk, closing }
}

const positions = fc.array(
  fc
    .record({
      right: fc.constantFrom<'C' | 'P'>('C', 'P'),
      strike: fc.integer({ min: 590, max: 770 }).map((strike) => strike / 1.25),
      expiry: fc.constantFrom('20261120', '20261218', '20270115'),
      multiplier: fc.constantFrom('100', '100', '10'),
      quantity: fc.integer({ min: -6, max: 6 }).filter((quantity) => quantity !== 0),
      price: fc.integer({ min: 1, max: 3_000 }).map((cents) => cents / 100),
    })
    .map(({ right, quantity, price, ...terms }) => option(right, terms, quantity, price)),
  { maxLength: 40 },
)

test('written options find the same cover as by a look at every bought one, to the last digit', () => {
  fc.assert(
    fc.property(positions, fc.integer({ min: -900, max: 900 }), (options, shares) => {
      const held = [{ contract: SPY, quantity: shares, price: 550.1 }, ...options]
      const holdings: Holdings = { cash: 0, positions: held, underlyingPrice: () => 550.1 }
      const [calls, puts] = [requirementOf(held, 'C', 550.1), requirementOf(held, 'P', 550.1)]
      const required = Math.max(calls.risk, puts.risk) + calls.closing + puts.closing
      const { initialMargin } = marginOf(holdings)
      expect(initialMargin).toBe(Math.abs(shares * 550.1) * 0.5 + required)
    }),
    { numRuns: 500 },
  )
})

test('an option covers until nothing of it is left, the nearest of those without loss first', () => {
  const calls = [90, 100, 110, 120].map((strike) => option('C', { strike }, 1, 5))
  const cover = createSpreadCover(calls, 'C')
  const strikes: (number | undefined)[] = []
  for (let times = 0; times < 5; times++) {
    const next = cover.next({ ...OPTION, right: 'C', strike: 105 })
    strikes.push(next?.contract.strike)
    if (next) next.left = 0
  }
  expect(strikes).toEqual([100, 90, 110, 120, undefined])
})
