import type { SimContract } from '../market/market.ts'
import { asciiText, encode } from './frames.ts'

/** Messages about accounts, exchanges and services that do not change while the gateway runs. */

export interface PriceIncrement {
  /** Dollars from which the increment applies. */
  readonly lowEdge: number
  readonly increment: number
}

export function marketRule(ruleId: number, increments: readonly PriceIncrement[]): string {
  const rows = increments.flatMap(({ lowEdge, increment }) => [lowEdge, increment])
  return encode([93, ruleId, increments.length, ...rows])
}

/** An exchange in the bit map of a consolidated quote. */
export interface SmartComponent {
  readonly bit: number
  readonly exchange: string
  readonly letter: string
}

export function smartComponents(requestId: number, components: readonly SmartComponent[]): string {
  const rows = components.flatMap(({ bit, exchange, letter }) => [bit, exchange, letter])
  return encode([82, requestId, components.length, ...rows])
}

export interface SymbolSample {
  readonly contract: SimContract
  readonly derivatives: readonly string[]
}

/** The description is the contract's name; there is no issuer id, which only bonds have. */
export function symbolSamples(requestId: number, samples: readonly SymbolSample[]): string {
  const rows = samples.flatMap(({ contract, derivatives }) => [
    ...[contract.conId, contract.symbol, contract.secType, contract.primaryExchange, contract.currency],
    ...[derivatives.length, ...derivatives, asciiText(contract.longName), ''],
  ])
  return encode([79, requestId, samples.length, ...rows])
}

/** An exchange with market depth. `Deep2` names the market makers, `Deep` does not. */
export interface DepthExchange {
  readonly exchange: string
  readonly secType: string
  readonly service: 'Deep' | 'Deep2'
}

export function depthExchanges(exchanges: readonly DepthExchange[]): string {
  const listingExchange = ''
  const aggregatedGroup = 1
  const rows = exchanges.flatMap(({ exchange, secType, service }) => [
    ...[exchange, secType, listingExchange, service, aggregatedGroup],
  ])
  return encode([80, exchanges.length, ...rows])
}

/** The account with no family code: it belongs to no family. */
export const familyCodes = (account: string) => encode([78, 1, account, ''])
export const userInfo = (requestId: number) => encode([107, requestId, ''])
export const noSoftDollarTiers = (requestId: number) => encode([77, requestId, 0])
export const noNewsProviders = () => encode([85, 0])
export const displayGroupList = (requestId: number, groups: string) => encode([67, 1, requestId, groups])
export const displayGroupUpdated = (requestId: number, contractInfo: string) =>
  encode([68, 1, requestId, asciiText(contractInfo)])
export const verifyRefused = (text: string) => encode([66, 1, 0, text])
export const verifyAndAuthRefused = (text: string) => encode([70, 1, 0, text])

export const scannerParameters = (xml: string) => encode([19, 1, xml])

/** Contracts of a scan, best first. Distance, benchmark, projection and legs are empty, as for scans of stocks. */
export function scannerData(requestId: number, contracts: readonly SimContract[]): string {
  const rows = contracts.flatMap((contract, rank) => [
    ...[rank, contract.conId, contract.symbol, contract.secType, contract.expiry, contract.strike],
    ...[contract.right, contract.exchange, contract.currency, contract.localSymbol],
    // Market name, trading class; distance, benchmark, projection, legs.
    ...[contract.tradingClass, contract.tradingClass, '', '', '', ''],
  ])
  return encode([20, 3, requestId, contracts.length, ...rows])
}
