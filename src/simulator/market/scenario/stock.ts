import type { Scenario } from '../../../exchange/scenarios/schema.ts'
import { keyOf } from '../../../market/random.ts'
import type { Stock, StrikeRules } from '../instruments.ts'

/** The stock that a scenario trades. */
export const SCENARIO_SYMBOL = 'EXCH'
const CON_ID = 990_000_001
/** Sessions of 6.5 hours a year, in steps of 100 ms. */
const STEPS_PER_YEAR = 252 * 234_000

/** Distances between strikes, dollars; the nearest to half a percent of the price is taken. */
const STRIKE_STEPS = [0.5, 1, 2.5, 5, 10] as const
/** Prices whose strikes have contract ids, dollars. */
const LOWEST_WITH_OPTIONS = 20
const HIGHEST_WITH_OPTIONS = 2_500

/** The scenario's stock, or with `hasOptions` false one whose price is too low or too high for listed strikes. */
export function scenarioStock({ name, initialPrice }: Scenario): { stock: Stock; hasOptions: boolean } {
  return {
    hasOptions: initialPrice >= LOWEST_WITH_OPTIONS && initialPrice <= HIGHEST_WITH_OPTIONS,
    stock: {
      symbol: SCENARIO_SYMBOL,
      longName: `SCENARIO: ${name.toUpperCase()}`,
      tradingClass: SCENARIO_SYMBOL,
      classNumber: 1,
      optionsClose: '16:00',
      conId: CON_ID,
      primaryExchange: 'NASDAQ',
      key: keyOf(SCENARIO_SYMBOL),
      anchor: initialPrice,
      beta: 1,
      ownVolFraction: 0,
      volShift: 0,
      putSlope: 0.2,
      callSlope: 0.06,
      volume: 0,
      illiquidity: 1.5,
      strikes: strikesAround(initialPrice),
      secondClass: null,
    },
  }
}

/** The yearly volatility of the fundamental value: what the options are priced with at 30 days. */
export function scenarioVolFraction({ fundamental }: Scenario): number {
  return Math.min(1.5, Math.max(0.05, fundamental.volatility * Math.sqrt(STEPS_PER_YEAR)))
}

function strikesAround(price: number): StrikeRules {
  const wanted = price * 0.005
  const step = STRIKE_STEPS.reduce((best, one) =>
    Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best,
  )
  return {
    daily: [{ withinDays: 14, step, widthFraction: 0.08 }],
    weekly: [
      { withinDays: 56, step, widthFraction: 0.12 },
      { withinDays: 56, step: 4 * step, widthFraction: 0.25 },
    ],
    monthly: [
      { withinDays: 60, step, widthFraction: 0.15 },
      { withinDays: 800, step: 4 * step, widthFraction: 0.35 },
    ],
  }
}
