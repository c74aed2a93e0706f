import { describe, expect, test } from 'vitest'
import {
  type ExpirationTerms,
  earlyExercisePremium,
  premiumTable,
} from '../../../src/market/pricing/early-exercise.ts'

const SPOT = 680
const DIVIDEND = 1.9
const expirations = [0.3, 1, 7, 30, 60, 180].flatMap((days) =>
  [[], [{ years: (0.4 * days) / 365, amount: DIVIDEND }]].map((dividends) => ({
    ...{ spot: SPOT, years: days / 365, rateFraction: 0.04, dividends },
  })),
)

describe('the early-exercise premium', () => {
  test('of a call without a dividend before expiry is nothing, and of a European option', () => {
    const call = {
      ...(expirations[6] as ExpirationTerms),
      right: 'C',
      strike: 600,
      volFraction: 0.2,
    } as const
    expect(earlyExercisePremium(call)).toBe(0)
    expect(earlyExercisePremium({ ...call, right: 'P', strike: 700, style: 'european' })).toBe(0)
    expect(earlyExercisePremium({ ...call, right: 'P', strike: 700 })).toBeGreaterThan(0.1)
  })

  test('of a put deep in the money is the interest on its strike', () => {
    const put = {
      right: 'P',
      spot: 100,
      strike: 200,
      years: 0.5,
      volFraction: 0.2,
      rateFraction: 0.05,
    } as const
    expect(earlyExercisePremium(put)).toBeCloseTo(200 * (1 - Math.exp(-0.05 * 0.5)), 4)
  })

  test('is null where there is no price', () => {
    const terms = expirations[0] as ExpirationTerms
    for (const broken of [
      { strike: -1, volFraction: 0.2 },
      { strike: 680, volFraction: 0 },
    ]) {
      for (const right of ['C', 'P'] as const) {
        expect(earlyExercisePremium({ ...terms, right, ...broken })).toBeNull()
        expect(premiumTable(terms).premiumAt({ right, ...broken })).toBeNull()
      }
    }
  })
})

test.each(
  expirations.map((terms) => [(terms.years * 365).toFixed(1), terms.dividends.length, terms] as const),
)('the table of %s days and %d dividends keeps its error bound', (_, dividends, terms) => {
  const table = premiumTable(terms)
  for (const volFraction of [0.08, 0.17, 0.35, 0.8]) {
    const deviation = SPOT * volFraction * Math.sqrt(terms.years)
    const bound = 2e-4 * deviation + 5e-3 * DIVIDEND * dividends
    for (let depth = -5; depth <= 4; depth += 0.37) {
      for (const right of ['C', 'P'] as const) {
        const inward = right === 'C' ? -1 : 1
        const strike = SPOT * Math.exp((inward * depth * deviation) / SPOT)
        const miss =
          table.premiumAt({ right, strike, volFraction })! -
          earlyExercisePremium({ ...terms, right, strike, volFraction })!
        expect(Math.abs(miss), `${right} ${strike} at ${volFraction}`).toBeLessThan(bound)
      }
    }
  }
})
