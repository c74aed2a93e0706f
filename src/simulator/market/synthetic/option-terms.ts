import type { TradingSession } from '../../../market/calendar.ts'
import { yearsToExpiry } from '../../../market/option-hours.ts'
import type { PricedOption } from '../../../market/pricing/option.ts'
import {
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryToDate,
  type SessionDate,
} from '../../../market/units.ts'
import type { Stock } from '../instruments.ts'
import type { SimContract } from '../market.ts'
import { listedFrom } from './expirations.ts'
import type { MarketPath, Moment } from './path.ts'
import { impliedVol, RATE_FRACTION } from './surface.ts'

/** One option at one moment, as its model prices it. */
export interface OptionModel extends PricedOption {
  /** Dollars or points: the price that the gateway's model names. */
  readonly underlyingPrice: number
  /** Dollars: present value of the dividends until expiry, which `spot` no longer has. */
  readonly pvDividend: number
}

/** What the options of one kind have in common: how they are priced, quoted and listed. */
export interface OptionTerms {
  /** Dollars between two prices. */
  readonly tick: number
  /** Width of quotes and scarcity of trading, relative to SPY. */
  readonly illiquidity: number
  /** Share of the ordinary open interest and volume that an option's class has. */
  classShare(contract: SimContract): number
  /** null once the option has expired. */
  modelAt(path: OptionPath, contract: SimContract, moment: Moment): OptionModel | null
  /** When the option closes in a session. */
  closeAt(contract: SimContract, session: TradingSession): EpochMs
  /** The first date on which its expiration is listed. */
  listedFrom(contract: SimContract): SessionDate
}

/** What prices options: a price and a volatility. */
export type OptionPath = Pick<MarketPath, 'price' | 'vol'>

const STOCK_TICK = 0.01
/** Trading in a second class, relative to that in the symbol's own. */
const SECOND_CLASS_SHARE = 0.01

const known = new WeakMap<Stock, OptionTerms>()

/** The terms of the options of a stock: American, on its price, without dividends. */
export function stockTerms(stock: Stock): OptionTerms {
  const found = known.get(stock)
  if (found) return found
  const terms: OptionTerms = {
    tick: STOCK_TICK,
    illiquidity: stock.illiquidity,
    classShare: ({ tradingClass }) => (tradingClass === stock.tradingClass ? 1 : SECOND_CLASS_SHARE),
    modelAt: (path, contract, moment) => {
      const years = yearsToExpiry(moment.at, contract.expiry as ExpiryDate, contract.symbol)
      if (years <= 0 || contract.right === '') return null
      const spot = path.price(stock, moment)
      const vol30 = path.vol(stock, moment)
      const { strike, right } = contract
      const volFraction = impliedVol(stock, { spot, vol30 }, { strike, years })
      const priced = { right, spot, strike, years, volFraction, rateFraction: RATE_FRACTION }
      return { ...priced, underlyingPrice: spot, pvDividend: 0 }
    },
    closeAt: (_contract, session) =>
      stock.optionsClose === '16:15' ? session.optionsCloseAt : session.closeAt,
    listedFrom: ({ expiry }) => listedFrom(expiryToDate(expiry as ExpiryDate)),
  }
  known.set(stock, terms)
  return terms
}

/** From its close on, the last quotes of an option stay as they were. */
export function whileTrading(terms: OptionTerms, contract: SimContract, moment: Moment): Moment {
  const closeAt = terms.closeAt(contract, moment.session)
  if (closeAt === moment.session.optionsCloseAt) return moment
  const lastAt = epochMs(closeAt - 1_000)
  return moment.at <= lastAt ? moment : { ...moment, at: lastAt }
}
