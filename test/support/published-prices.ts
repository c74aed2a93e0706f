import type { PricedOption } from '../../src/market/pricing/option.ts'

/** A price that a book or a paper gives, with all its digits. */
export interface PublishedPrice {
  readonly source: string
  readonly option: PricedOption
  readonly price: number
}

const HULL = 'J. Hull, Options, Futures, and Other Derivatives'
const HAUG = 'E. Haug, The Complete Guide to Option Pricing Formulas'
const JU =
  'N. Ju, An Approximate Formula for Pricing American Options, Journal of Derivatives 7 (1999), table 1'
const BROADIE_DETEMPLE =
  'M. Broadie, J. Detemple, American Option Valuation, Review of Financial Studies 9 (1996)'

const hull = {
  spot: 42,
  strike: 40,
  rateFraction: 0.1,
  volFraction: 0.2,
  years: 0.5,
  style: 'european',
} as const
const twoDividends: PricedOption = {
  right: 'C',
  spot: 40,
  strike: 40,
  rateFraction: 0.09,
  volFraction: 0.3,
  years: 0.5,
  dividends: [
    { years: 2 / 12, amount: 0.5 },
    { years: 5 / 12, amount: 0.5 },
  ],
}
const oneDividend: PricedOption = {
  right: 'C',
  spot: 80,
  strike: 82,
  rateFraction: 0.06,
  volFraction: 0.3,
  years: 1 / 3,
  dividends: [{ years: 0.25, amount: 4 }],
}
const ju = { right: 'P', spot: 40, rateFraction: 0.0488, volFraction: 0.2 } as const
const withYield: Omit<PricedOption, 'spot'> = {
  right: 'C',
  strike: 100,
  rateFraction: 0.03,
  yieldFraction: 0.07,
  volFraction: 0.2,
  years: 0.5,
}

/** European and American prices of the literature, with cash dividends and with a yield. */
export const PUBLISHED_PRICES: readonly PublishedPrice[] = [
  { source: HULL, option: { ...hull, right: 'C' }, price: 4.76 },
  { source: HULL, option: { ...hull, right: 'P' }, price: 0.81 },
  { source: HULL, option: { ...twoDividends, style: 'european' }, price: 3.67 },
  { source: HAUG, option: { ...oneDividend, style: 'european' }, price: 3.5107 },
  // The one American call with a dividend that has a closed form: Roll, Geske and Whaley.
  { source: HAUG, option: oneDividend, price: 4.386 },
  ...(
    [
      [35, 0.0833, 0.006],
      [35, 0.3333, 0.2],
      [35, 0.5833, 0.433],
      [40, 0.0833, 0.852],
      [40, 0.3333, 1.58],
      [40, 0.5833, 1.99],
      [45, 0.0833, 5],
      [45, 0.3333, 5.088],
      [45, 0.5833, 5.267],
    ] as const
  ).map(([strike, years, price]) => ({ source: JU, option: { ...ju, strike, years }, price })),
  ...(
    [
      [80, 0.219],
      [90, 1.386],
      [100, 4.783],
      [110, 11.098],
      [120, 20],
    ] as const
  ).map(([spot, price]) => ({ source: BROADIE_DETEMPLE, option: { ...withYield, spot }, price })),
]
