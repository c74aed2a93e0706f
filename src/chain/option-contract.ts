import type { ContractDetails } from '../gateway/session/requests/contracts.ts'
import { newYorkInstant, sessionOn } from '../market/calendar.ts'
import type { FutureContract, OptionContract, Underlying } from '../market/contract.ts'
import { type Settlement, settlementOf } from '../market/option-hours.ts'
import { exerciseStyleOf } from '../market/option-terms.ts'
import { type EpochMs, type ExpiryDate, expiryToDate } from '../market/units.ts'

/**
 * One listed option with its terms; null for details that are not of an option, or lack expiry or strike. The exercise
 * style follows from rules for its class, the settlement from the day that fixes its value, where the gateway names one.
 */
export function optionContractOf(details: ContractDetails, underlying: Underlying): OptionContract | null {
  const { right, expiry, strike, tradingClass, realExpirationDate, lastTradeAt } = details
  if ((right !== 'C' && right !== 'P') || !expiry || strike === null || strike <= 0) return null
  const underlyingType = underlying.secType
  const isOnFuture = underlyingType === 'FUT'
  // Quarterly options on futures are fixed at the opening of their last trading day, so their two dates are one.
  const settlement = isOnFuture ? settlementOf(tradingClass) : settlementFrom(expiry, details)
  const atOpening = settlement === 'am' && !isOnFuture
  return {
    conId: details.conId,
    symbol: details.symbol,
    expiry,
    strike,
    right,
    tradingClass,
    multiplier: details.multiplier ?? 0,
    exchange: isOnFuture ? underlying.exchange : 'SMART',
    currency: details.currency,
    ...(lastTradeAt !== null && { lastTradeAt }),
    exerciseStyle: exerciseStyleOf(tradingClass, underlyingType),
    settlement,
    // The last trade is not what fixes the value of an option with AM settlement.
    expiresAt: atOpening ? openingOn(realExpirationDate, expiry) : lastTradeAt,
    underlyingType,
    underlyingConId: details.underlyingConId ?? (isOnFuture ? null : underlying.conId),
  }
}

/** A value that is fixed after the last trading day is fixed at an opening, whatever our rule for the class says. */
function settlementFrom(
  expiry: ExpiryDate,
  { realExpirationDate, tradingClass }: ContractDetails,
): Settlement {
  return realExpirationDate !== null && realExpirationDate > expiry ? 'am' : settlementOf(tradingClass)
}

/** The opening of the day that fixes the value; null where the gateway does not name one after the last trading day. */
function openingOn(day: ExpiryDate | null, expiry: ExpiryDate): EpochMs | null {
  if (day === null || day <= expiry) return null
  const date = expiryToDate(day)
  return sessionOn(date)?.openAt ?? newYorkInstant(date, '09:30')
}

/** One listed future; null for details that are not of a future. */
export function futureContractOf(details: ContractDetails): FutureContract | null {
  const { expiry, multiplier, lastTradeAt } = details
  if (details.secType !== 'FUT' || !expiry || multiplier === null) return null
  return {
    ...{ conId: details.conId, symbol: details.symbol, expiry, multiplier },
    contractMonth: details.contractMonth ?? expiry.slice(0, 6),
    localSymbol: details.localSymbol,
    tradingClass: details.tradingClass,
    exchange: details.exchange,
    currency: details.currency,
    ...(lastTradeAt !== null && { lastTradeAt }),
  }
}

/** A future as the underlying of options. */
export function underlyingOfFuture({ symbol, exchange, currency, conId }: FutureContract): Underlying {
  return { symbol, secType: 'FUT', exchange, currency, conId }
}
