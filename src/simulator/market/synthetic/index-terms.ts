import { yearsBetween } from '../../../market/calendar.ts'
import { type EpochMs, type ExpiryDate, expiryToDate } from '../../../market/units.ts'
import type { IndexOptions, LevelSource, MarketIndex } from '../indices.ts'
import type { SimContract } from '../market.ts'
import { indexListedFrom } from './index-expirations.ts'
import { fundOf } from './index-levels.ts'
import type { OptionModel, OptionPath, OptionTerms } from './option-terms.ts'
import { cents, indexLevel, type Moment } from './path.ts'
import { atLeastShortest, RATE_FRACTION, smileVol, termVol } from './surface.ts'
import { VOLATILITY_SLOPES, volatilityForward, volOfVolatilityIndex } from './volatility-forwards.ts'

/** The terms of the options of an index: European, in cash, until the settlement of their class. */
export function indexTerms({
  level,
  options,
}: MarketIndex & { readonly options: IndexOptions }): OptionTerms {
  const price = level.kind === 'fund' ? fundModel(level, options) : volatilityModel
  return {
    tick: options.minTick,
    illiquidity: options.illiquidity,
    classShare: () => 1,
    modelAt: (path, contract, moment) => {
      const years = yearsBetween(moment.at, contract.settlesAt as EpochMs)
      return years > 0 && contract.right !== '' ? price(path, { contract, years }, moment) : null
    },
    closeAt: (contract, session) =>
      session.date === expiryToDate(contract.expiry as ExpiryDate)
        ? (contract.lastTradeAt as EpochMs)
        : session.optionsCloseAt,
    listedFrom: ({ tradingClass, realExpiry }) => {
      const own = options.classes.find((one) => one.tradingClass === tradingClass)
      if (!own) throw new RangeError(`no class ${tradingClass} of index options`)
      return indexListedFrom(own, expiryToDate(realExpiry as ExpiryDate))
    },
  }
}

type Pricing = (
  path: OptionPath,
  option: { readonly contract: SimContract; readonly years: number },
  moment: Moment,
) => OptionModel

/** Black-Scholes on the level less the present value of the dividends until expiry, with the volatilities of the fund. */
function fundModel(
  { symbol, factor }: Extract<LevelSource, { kind: 'fund' }>,
  { dividendYieldFraction }: IndexOptions,
): Pricing {
  const fund = fundOf(symbol)
  return (path, { contract, years }, moment) => {
    const { strike } = contract
    const underlyingPrice = cents(factor * path.price(fund, moment))
    const pvDividend = underlyingPrice * (1 - Math.exp(-dividendYieldFraction * years))
    const spot = underlyingPrice - pvDividend
    const atm = termVol(fund, path.vol(fund, moment), atLeastShortest(years))
    const forward = spot * Math.exp(RATE_FRACTION * years)
    const volFraction = smileVol(fund, { forward, atm }, { strike, years })
    return { ...european(contract, years), spot, volFraction, underlyingPrice, pvDividend }
  }
}

/** Black's formula on the forward of the volatility index, which is what the model names as its underlying. */
const volatilityModel: Pricing = (path, { contract, years }, moment) => {
  const level = indexLevel(path.vol(fundOf('SPY'), moment))
  const forward = volatilityForward(level, years)
  const atm = volOfVolatilityIndex(level, years)
  const volFraction = smileVol(VOLATILITY_SLOPES, { forward, atm }, { strike: contract.strike, years })
  return {
    ...{ ...european(contract, years), yieldFraction: RATE_FRACTION },
    ...{ spot: forward, volFraction, underlyingPrice: forward, pvDividend: 0 },
  }
}

function european({ right, strike }: SimContract, years: number) {
  return {
    right: right as 'C' | 'P',
    strike,
    years,
    rateFraction: RATE_FRACTION,
    style: 'european',
  } as const
}
