import { addDays, dateToExpiry, type SessionDate } from '../../../../market/units.ts'
import type { SimContract } from '../../market.ts'
import { type ClassContract, classContractId } from '../contract-id.ts'
import { type ContractMonth, expiredMonths, monthCode, monthsListedOn } from './contract-months.ts'
import { zoneClock } from './future-hours.ts'
import type { ListedFuture } from './future-price.ts'
import type { FutureProduct } from './products.ts'

/** How long contract details of an expired future can be requested, years. */
const EXPIRED_YEARS = 2
const DAYS_PER_MONTH = 31

/** The futures of a product on a date, soonest first: those that trade, and those that have expired. */
export interface FutureListing {
  readonly listed: readonly ListedFuture[]
  readonly expired: readonly ListedFuture[]
}

export function futuresListedOn(product: FutureProduct, today: SessionDate): FutureListing {
  const toFuture = (month: ContractMonth) => listedFuture(product, month)
  return {
    listed: monthsListedOn(product, today).map(toFuture),
    expired: expiredMonths(product, today, EXPIRED_YEARS).map(toFuture),
  }
}

function listedFuture(product: FutureProduct, month: ContractMonth): ListedFuture {
  const { symbol, exchange, minTick, longName, multiplier, productConId } = product
  const expiry = dateToExpiry(month.expiry)
  return {
    product,
    month,
    contract: {
      conId: classContractId(idPartsOf(product, month.expiry)),
      symbol,
      secType: 'FUT',
      exchange,
      primaryExchange: '',
      currency: 'USD',
      localSymbol: `${symbol}${monthCode(month.month)}`,
      tradingClass: symbol,
      multiplier: String(multiplier),
      expiry,
      strike: 0,
      right: '',
      minTick,
      longName,
      underlyingConId: productConId,
      validExchanges: [exchange],
      realExpiry: expiry,
      contractMonth: month.month,
      lastTradeAt: month.lastTradeAt,
      settlesAt: month.lastTradeAt,
      lastTradeTime: zoneClock(product, month.lastTradeAt),
    },
  }
}

function idPartsOf({ classNumber }: FutureProduct, expiry: SessionDate): ClassContract {
  return { classNumber, expiry, strikeIndex: 0, right: 'P' }
}

/** The product itself, which contract details name as the underlying of its futures. It has no quotes. */
export function productContract(product: FutureProduct): SimContract {
  const { symbol, exchange, minTick, longName, productConId } = product
  return {
    ...{ conId: productConId, symbol, secType: 'IND', exchange, primaryExchange: '', currency: 'USD' },
    ...{ localSymbol: symbol, tradingClass: symbol, multiplier: '', expiry: '', strike: 0, right: '' },
    ...{ minTick, longName, underlyingConId: 0, validExchanges: [exchange] },
  }
}

/** The first date on which a month is listed. */
export function futureListedFrom({ product, month }: ListedFuture): SessionDate {
  const months = product.listedMonths * (product.cycle === 'quarterly' ? 3 : 1)
  return addDays(month.expiry, -months * DAYS_PER_MONTH)
}
