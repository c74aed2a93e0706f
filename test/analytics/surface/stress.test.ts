import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitSurface } from '../../../src/analytics/surface/fit-surface.ts'
import { mix, uniform } from '../../../src/market/random.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { violationsOf } from '../../support/surface-violations.ts'
import { recordedChain, spyChain } from '../chains.ts'

const { rows, at } = recordedChain()
const EXPIRIES = ['20240614', '20240617', '20240621', '20240628', '20240719', '20240802', '20240816']
const near = rows.filter(({ expiry }) => EXPIRIES.includes(expiry))
const CARRY = { rateFraction: 0.0525, dividends: [] }

interface Damage {
  readonly seed: number
  /** Quotes move by up to so many of their half-widths. */
  readonly jitter: number
  readonly dropped: number
  readonly crossed: number
  /** Strikes further from the money are missing. */
  readonly wing: number
  /** Strikes on one side of the money only. */
  readonly side: 'both' | 'puts' | 'calls'
  /** Later expirations are quoted as if they were cheaper. */
  readonly inverted: boolean
}

const damages: fc.Arbitrary<Damage> = fc.record({
  seed: fc.nat(),
  jitter: fc.constantFrom(0, 1, 2, 10),
  dropped: fc.constantFrom(0, 0.1, 0.9),
  crossed: fc.constantFrom(0, 0.05, 1),
  wing: fc.constantFrom(0.005, 0.05, 1),
  side: fc.constantFrom('both', 'both', 'puts', 'calls'),
  inverted: fc.boolean(),
})

function damaged({ seed, jitter, dropped, crossed, wing, side, inverted }: Damage): SnapshotRow[] {
  return near.flatMap((row, index) => {
    const draw = (way: number) => uniform(mix(mix(seed, index), way))
    const distance = Math.log(row.strike / 541.65)
    const isMissing = (side === 'puts' && distance > 0) || (side === 'calls' && distance < 0)
    if (draw(0) < dropped || Math.abs(distance) > wing || isMissing) return []
    const { bid, ask } = row as { bid: number; ask: number }
    const move = (jitter * (2 * draw(1) - 1) * (ask - bid)) / 2
    const factor = inverted ? 1 - EXPIRIES.indexOf(row.expiry) / 10 : 1
    const [low, high] = [factor * Math.max(0, bid + move), factor * Math.max(0.01, ask + move)]
    return [draw(2) < crossed ? { ...row, bid: high, ask: low } : { ...row, bid: low, ask: high }]
  })
}

test('however bad the quotes, a smile has no arbitrage or is absent with its reason', () => {
  fc.assert(
    fc.property(damages, (damage) => {
      const fit = fitSurface({ chain: spyChain(damaged(damage), at), carry: CARRY })
      expect(violationsOf(fit)).toEqual([])
      for (const { smile, parity } of fit.slices) {
        expect(smile.value === null).toBe(smile.reason !== null)
        for (const value of numbersOf([smile.value, parity.value])) expect(Number.isFinite(value)).toBe(true)
      }
    }),
    { numRuns: 15, seed: 11 },
  )
})

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : []
}
