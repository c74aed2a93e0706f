import { newYorkDate, sessionOn } from '../../../market/calendar.ts'
import { expiryTimesOf, settlementOf } from '../../../market/option-hours.ts'
import { exerciseStyleOf } from '../../../market/option-terms.ts'
import { keyOf, mix } from '../../../market/random.ts'
import { dateToExpiry, type EpochMs, type ExpiryDate, expiryToDate } from '../../../market/units.ts'
import { occSymbol, SHARES_PER_CONTRACT } from '../contracts.ts'
import { INDICES } from '../indices.ts'
import { STOCKS } from '../instruments.ts'
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

/** Whether recorded options of this symbol are on an index, where the recording does not say it. */
export function isKnownIndex(symbol: string): boolean {
  return INDICES.some((index) => index.symbol === symbol)
}

/** The index under recorded options. One that the simulator does not know is Cboe's. */
export function recordedIndex(symbol: string, conId: number | null = null): SimContract {
  const known = INDICES.find((index) => index.symbol === symbol)
  const exchange = known?.exchange ?? 'CBOE'
  return {
    ...NO_OPTION,
    conId: conId ?? known?.conId ?? freeId(symbol, new Set(INDICES.map((index) => index.conId))),
    symbol,
    secType: 'IND',
    exchange,
    primaryExchange: exchange,
    localSymbol: symbol,
    tradingClass: symbol,
    longName: known?.longName ?? symbol,
  }
}

/** What identifies a recorded option. */
export interface OptionTerms {
  readonly symbol: string
  readonly expiry: string
  readonly strike: number
  readonly right: 'C' | 'P'
  readonly tradingClass: string
  /** Dollars for a dollar of the price; null or left out: 100. */
  readonly multiplier?: number | null
}

/** A recorded option. Of an option on an index the settlement follows from its class. */
export function optionContract(
  terms: OptionTerms,
  { conId, underlying }: { readonly conId: number; readonly underlying: SimContract },
): SimContract {
  const { symbol, expiry, strike, right, tradingClass, multiplier } = terms
  return {
    conId,
    symbol,
    secType: 'OPT',
    exchange: 'SMART',
    primaryExchange: '',
    currency: 'USD',
    localSymbol: occSymbol(tradingClass, expiry, { strike, right }),
    tradingClass,
    multiplier: String(multiplier ?? SHARES_PER_CONTRACT),
    expiry,
    strike,
    right,
    minTick: 0.01,
    longName: symbol,
    underlyingConId: underlying.conId,
    ...(underlying.secType === 'IND' && indexTerms(terms)),
  }
}

/** What an option on an index has beside the terms that were recorded. */
function indexTerms({ symbol, expiry, strike, right, tradingClass }: OptionTerms): Partial<SimContract> {
  const lastDay = expiry as ExpiryDate
  const settlesAt = expiryTimesOf(symbol)(lastDay, tradingClass)
  const isAm = settlementOf(tradingClass) === 'am'
  const realExpiry = isAm ? dateToExpiry(newYorkDate(settlesAt)) : expiry
  const style = exerciseStyleOf(tradingClass, 'IND')
  return {
    localSymbol: occSymbol(tradingClass, realExpiry, { strike, right }),
    realExpiry,
    contractMonth: realExpiry.slice(0, 6),
    validExchanges: INDICES.find((index) => index.symbol === symbol)?.options?.exchanges ?? ['SMART', 'CBOE'],
    settlesAt,
    lastTradeAt: isAm ? lastCloseOf(lastDay, settlesAt) : settlesAt,
    ...(style && { exerciseStyle: style }),
  }
}

function lastCloseOf(lastDay: ExpiryDate, settlesAt: EpochMs): EpochMs {
  return sessionOn(expiryToDate(lastDay))?.optionsCloseAt ?? settlesAt
}

/** An id hashed from a contract's name. When two names collide, the later in alphabetical order takes the next free id. */
export function freeId(name: string, taken: ReadonlySet<number>): number {
  let key = keyOf(name)
  while ((key & 0x7fffffff) === 0 || taken.has(key & 0x7fffffff)) key = mix(key, 1)
  return key & 0x7fffffff
}
