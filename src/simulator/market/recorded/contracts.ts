import { keyOf, mix } from '../../../market/random.ts'
import { occSymbol, SHARES_PER_CONTRACT } from '../contracts.ts'
import { STOCKS, VOLATILITY_INDEX } from '../instruments.ts'
import type { SimContract } from '../market.ts'

/** The fields that stocks and indexes leave empty. */
const NO_OPTION = {
  currency: 'USD',
  multiplier: '',
  expiry: '',
  strike: 0,
  right: '',
  minTick: 0.01,
  underlyingConId: 0,
} as const

/** The stock under recorded options; without a recorded id, that of the synthetic market, else one hashed from its name. */
export function stockContract(symbol: string, conId: number | null = null): SimContract {
  const known = STOCKS.find((stock) => stock.symbol === symbol)
  return {
    ...NO_OPTION,
    conId: conId ?? known?.conId ?? freeId(symbol, new Set(STOCKS.map((stock) => stock.conId))),
    symbol,
    secType: 'STK',
    exchange: 'SMART',
    primaryExchange: known?.primaryExchange ?? '',
    localSymbol: symbol,
    tradingClass: symbol,
    longName: known?.longName ?? symbol,
  }
}

/** The volatility index, whose level is recorded beside the chains. */
export function volatilityIndexContract(): SimContract {
  const { symbol, longName, conId, exchange } = VOLATILITY_INDEX
  return {
    ...NO_OPTION,
    conId,
    symbol,
    secType: 'IND',
    exchange,
    primaryExchange: exchange,
    localSymbol: symbol,
    tradingClass: symbol,
    longName,
  }
}

/** What identifies a recorded option. */
export interface OptionTerms {
  readonly symbol: string
  readonly expiry: string
  readonly strike: number
  readonly right: 'C' | 'P'
  readonly tradingClass: string
}

export function optionContract(
  { symbol, expiry, strike, right, tradingClass }: OptionTerms,
  { conId, underlyingConId }: { readonly conId: number; readonly underlyingConId: number },
): SimContract {
  return {
    conId,
    symbol,
    secType: 'OPT',
    exchange: 'SMART',
    primaryExchange: '',
    currency: 'USD',
    localSymbol: occSymbol(tradingClass, expiry, { strike, right }),
    tradingClass,
    multiplier: String(SHARES_PER_CONTRACT),
    expiry,
    strike,
    right,
    minTick: 0.01,
    longName: symbol,
    underlyingConId,
  }
}

/** An id hashed from a contract's name. When two names collide, the later in alphabetical order takes the next free id. */
export function freeId(name: string, taken: ReadonlySet<number>): number {
  let key = keyOf(name)
  while ((key & 0x7fffffff) === 0 || taken.has(key & 0x7fffffff)) key = mix(key, 1)
  return key & 0x7fffffff
}
