import type { Dividend, PricedOption } from '../../../src/market/pricing/option.ts'
import { randomOf } from '../../faults/campaign.ts'

/** An option of the comparison, with what sets it apart. */
export interface GridOption {
  readonly kind: string
  readonly option: PricedOption
  /** Times of the dividends as shares of the time to expiry: QuantLib counts time in days of its own. */
  readonly fractions: readonly number[]
}

/** Ex-dates are this part of the time to expiry, or a multiple: a day of the compared options. */
const PARTS = 3_650
const DAY = 1 / 365

/** Kinds of time, in years: the last hours, a week, two months, two years. */
const TIMES: readonly (readonly [name: string, from: number, to: number])[] = [
  ['hours', DAY / 48, DAY / 4],
  ['days', DAY, 8 * DAY],
  ['weeks', 8 * DAY, 60 * DAY],
  ['years', 60 * DAY, 2],
]
/** Volatilities; the last are of meme stocks. */
const VOLS: readonly (readonly [from: number, to: number])[] = [
  [0.06, 0.2],
  [0.2, 0.6],
  [0.6, 2],
]

/** Seeded options of every kind: in and out of the money by up to four standard deviations, rates from −1 to 8 %. */
export function optionGrid(count: number, seed: number): GridOption[] {
  const random = randomOf(seed)
  const between = (from: number, to: number) => from + (to - from) * random()
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T
  return Array.from({ length: count }, (_, at) => {
    const style = at % 3 === 0 ? ('european' as const) : ('american' as const)
    const right = random() < 0.5 ? ('C' as const) : ('P' as const)
    const [time, from, to] = TIMES[at % TIMES.length] as (typeof TIMES)[number]
    const years = between(from, to)
    const volFraction = between(...pick(VOLS))
    const rateFraction = random() < 0.15 ? between(-0.01, 0) : between(0, 0.08)
    const spot = between(20, 700)
    const spread = volFraction * Math.sqrt(years)
    const strike = spot * Math.exp(between(-4, 4) * Math.min(spread, 0.5))
    const carry = pick(['nothing', 'dividends', 'yield', 'future'] as const)
    const fractions = carry === 'dividends' ? datesOf(random, years > 0.4 ? 3 : 1) : []
    const dividends: Dividend[] = fractions.map((share) => ({
      years: share * years,
      amount: spot * between(0.001, 0.01),
    }))
    const yieldFraction = carry === 'yield' ? between(0, 0.05) : carry === 'future' ? rateFraction : 0
    return {
      kind: `${style}, ${carry === 'future' ? 'on a future' : `with ${carry}`}, ${time}`,
      option: { right, style, spot, strike, years, volFraction, rateFraction, dividends, yieldFraction },
      fractions,
    }
  })
}

function datesOf(random: () => number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, at) => Math.round(((at + 0.1 + 0.8 * random()) / count) * PARTS) / PARTS,
  )
}
