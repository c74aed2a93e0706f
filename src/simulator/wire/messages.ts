import type { ChainRow, SimContract, SimGreeks } from '../market/market.ts'
import { marketRuleOf } from '../market/market-rules.ts'
import { asciiText, encode } from './frames.ts'

/** The layout of every message that the server sends. Each function returns a frame: see `frameOf`. */

export const LAST_TRADE_DATE_VERSION = 182
export const INELIGIBILITY_VERSION = 186

export const serverGreeting = (version: number, connectedAt: string) => encode([version, connectedAt])
export const managedAccounts = (accounts: string) => encode([15, 1, accounts])
export const nextValidId = (orderId: number) => encode([9, 1, orderId])
export const currentTime = (epochSeconds: number) => encode([49, 1, epochSeconds])
export const marketDataType = (requestId: number, type: number) => encode([58, 1, requestId, type])
export const snapshotEnd = (requestId: number) => encode([57, 1, requestId])
export const contractDataEnd = (requestId: number) => encode([52, 1, requestId])
export const chainEnd = (requestId: number) => encode([76, requestId])

/** `requestId` −1: the error concerns no particular request. */
export function errorMessage(requestId: number, code: number, text: string): string {
  return encode([4, 2, requestId, code, asciiText(text), ''])
}

/** Carries the size too; clients that ignore it read the `tickSize` that follows. */
export function tickPrice(requestId: number, type: number, quote: { price: number; size: number }): string {
  const canAutoExecute = type === 1 || type === 2 ? 1 : 0
  return encode([1, 6, requestId, type, quote.price, quote.size, canAutoExecute])
}

export const tickSize = (requestId: number, type: number, size: number) =>
  encode([2, 6, requestId, type, size])
export const tickGeneric = (requestId: number, type: number, value: number) =>
  encode([45, 6, requestId, type, value])

/** A value that the model did not compute is −1, or −2 where −1 is a possible value. */
export function tickOptionComputation(requestId: number, type: number, greeks: SimGreeks): string {
  return encode([
    21,
    requestId,
    type,
    0,
    greeks.impliedVolFraction ?? -1,
    greeks.delta ?? -2,
    greeks.optionPrice ?? -1,
    greeks.pvDividend ?? -1,
    greeks.gamma ?? -2,
    greeks.vega ?? -2,
    greeks.theta ?? -2,
    greeks.underlyingPrice ?? -1,
  ])
}

export function tickReqParams(requestId: number, minTick: number): string {
  const bboExchange = '9c0001'
  const snapshotPermissions = 3
  return encode([81, requestId, minTick, bboExchange, snapshotPermissions])
}

export interface ContractListing {
  readonly contract: SimContract
  /** '' for what is not known, and where there is none. */
  readonly underlying: { readonly symbol: string; readonly secType: string }
  readonly hours: { timeZoneId: string; tradingHours: string; liquidHours: string }
}

export function contractData(requestId: number, listing: ContractListing, version: number): string {
  const { contract, hours } = listing
  const realExpiry = contract.realExpiry ?? contract.expiry
  const { expiry, lastTradeTime } = contract
  const lastTrade = lastTradeTime === undefined ? expiry : `${expiry} ${lastTradeTime} ${hours.timeZoneId}`
  const contractMonth = contract.contractMonth ?? contract.expiry.slice(0, 6)
  return encode([
    ...[10, requestId, contract.symbol, contract.secType, lastTrade],
    ...(version >= LAST_TRADE_DATE_VERSION ? [contract.expiry] : []),
    ...[contract.strike, contract.right, contract.exchange, contract.currency, contract.localSymbol],
    // Market name, trading class.
    ...[contract.tradingClass, contract.tradingClass, contract.conId, contract.minTick, contract.multiplier],
    // Order types, valid exchanges, price magnifier.
    ...['LMT,MKT', contract.exchange, 1, contract.underlyingConId],
    ...[asciiText(contract.longName), contract.primaryExchange, contractMonth],
    // Industry, category, subcategory.
    ...['', '', '', hours.timeZoneId, hours.tradingHours, hours.liquidHours],
    // Economic value rule and multiplier, count of security ids, aggregated group.
    ...['', 0, 0, 1],
    ...[listing.underlying.symbol, listing.underlying.secType],
    // Market rule, real expiration, stock type; smallest size, size increment, suggested increment.
    ...[marketRuleOf(contract.minTick), realExpiry, '', 1, 1, 1],
    ...(version >= INELIGIBILITY_VERSION ? [0] : []),
  ])
}

export function chainRow(requestId: number, row: ChainRow): string {
  return encode([
    ...[75, requestId, row.exchange, row.underlyingConId, row.tradingClass, row.multiplier],
    ...[row.expirations.length, ...row.expirations],
    ...[row.strikes.length, ...row.strikes],
  ])
}
