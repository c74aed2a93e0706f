import type { ProfitAndLoss, ValuedHolding } from '../account/account.ts'
import type { AccountValue } from '../account/account-values.ts'
import type { SimContract } from '../market/market.ts'
import type { Position } from '../orders/order.ts'
import { encode } from './frames.ts'

/** Messages of the account. All have the same layout in every served version. */

/** The protocol's "no value" for a number: the largest double. */
const UNSET = Number.MAX_VALUE
/** An amount in dollars, without the noise of sums of binary fractions; null: unset. */
const amount = (dollars: number | null) => (dollars === null ? UNSET : Math.round(dollars * 1e6) / 1e6)
/** There are no advisor's models. */
const NO_MODEL = ''

export const positionEnd = () => encode([62, 1])
export const positionMultiEnd = (requestId: number) => encode([72, 1, requestId])
export const accountSummaryEnd = (requestId: number) => encode([64, 1, requestId])
/** `16:00`, the time of the account's figures. */
export const accountUpdateTime = (clock: string) => encode([8, 1, clock])
export const accountDownloadEnd = (account: string) => encode([54, 1, account])
export const accountUpdateMultiEnd = (requestId: number) => encode([74, 1, requestId])

export function position(account: string, { contract, quantity, averageCost }: Position): string {
  return encode([
    61,
    3,
    account,
    ...contractFields(contract, contract.exchange),
    quantity,
    amount(averageCost),
  ])
}

export function positionMulti(requestId: number, account: string, held: Position): string {
  const contract = contractFields(held.contract, held.contract.exchange)
  return encode([71, 1, requestId, account, ...contract, held.quantity, amount(held.averageCost), NO_MODEL])
}

export function accountValue(account: string, { tag, value, currency }: AccountValue): string {
  return encode([6, 2, tag, value, currency, account])
}

export function accountSummary(requestId: number, account: string, value: AccountValue): string {
  return encode([63, 1, requestId, account, value.tag, value.value, value.currency])
}

export function accountUpdateMulti(requestId: number, account: string, value: AccountValue): string {
  return encode([73, 1, requestId, account, NO_MODEL, value.tag, value.value, value.currency])
}

/** Names the primary exchange where other messages have the exchange. */
export function portfolioValue(account: string, holding: ValuedHolding): string {
  const { position: held, price, marketValue, pnl } = holding
  return encode([
    ...[7, 8, ...contractFields(held.contract, held.contract.primaryExchange)],
    ...[held.quantity, amount(price), amount(marketValue), amount(held.averageCost)],
    ...[amount(pnl.unrealized), amount(pnl.realized), account],
  ])
}

export function pnl(requestId: number, { daily, unrealized, realized }: ProfitAndLoss): string {
  return encode([94, requestId, amount(daily), amount(unrealized), amount(realized)])
}

/** Without a position in the contract, everything but its size is unset. */
export function pnlSingle(requestId: number, holding: ValuedHolding | null): string {
  if (holding === null) return encode([95, requestId, 0, UNSET, UNSET, UNSET, UNSET])
  const { position: held, marketValue, pnl: figures } = holding
  const { daily, unrealized, realized } = figures
  const value = unrealized === null ? null : marketValue
  return encode([
    ...[95, requestId, held.quantity],
    ...[amount(daily), amount(unrealized), amount(realized), amount(value)],
  ])
}

/** Contract id, symbol, type, expiry, strike, right, multiplier, an exchange, currency, local symbol, trading class. */
function contractFields(contract: SimContract, exchange: string): Array<string | number> {
  return [
    ...[contract.conId, contract.symbol, contract.secType, contract.expiry, contract.strike],
    ...[contract.right, contract.multiplier, exchange, contract.currency],
    ...[contract.localSymbol, contract.tradingClass],
  ]
}
