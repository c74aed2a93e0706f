import { API_ERRORS, type ApiError } from '../errors.ts'
import type { SimContract } from '../market/market.ts'
import { isSet, numberOf, type PlacedLeg, type PlacedOrder } from '../wire/place-order.ts'
import type { Combination, Instrument, Leg, OrderTerms, Side, TimeInForce } from './order.ts'

/** Larger orders are rejected: shares, contracts or combinations. */
export const LARGEST_SIZE = 1_000_000
/** Dollars; a limit beyond it is out of range. */
const HIGHEST_PRICE = 1_000_000
/** Characters of one attribute: they are kept as long as the order. */
const LONGEST_TEXT = 1_000
const MOST_LEGS = 4
const LARGEST_RATIO = 1_000
/** A symbol, a currency or an exchange; a combination's are those that the client sends. */
const NAME = /^[ -~]{0,40}$/
/** Smallest variation of the net price of a combination, dollars. */
const COMBINATION_TICK = 0.01

/** Attributes that would change how an order is executed, and are not supported. */
const UNSUPPORTED_NUMBERS = [
  'parentId',
  'minQty',
  'discretionaryAmt',
  'cashQty',
  'duration',
  'scalePriceIncrement',
]
const UNSUPPORTED_FLAGS = ['allOrNone', 'includeOvernight']
const UNSUPPORTED_TEXTS = ['ocaGroup', 'goodAfterTime', 'goodTillDate', 'algoStrategy', 'hedgeType']
/** Numbers that are only sent back. */
const SENT_BACK =
  `auxPrice origin displaySize triggerMethod hidden shortSaleSlot exemptCode ocaType percentOffset
  nbboPriceCap auctionStrategy startingPrice stockRefPrice delta stockRangeLower stockRangeUpper volatility
  volatilityType continuousUpdate referencePriceType scaleInitLevelSize scaleSubsLevelSize postToAts
  manualOrderIndicator`.split(/\s+/)

const TIMES_IN_FORCE: Readonly<Record<string, TimeInForce>> = {
  '': 'DAY',
  DAY: 'DAY',
  GTC: 'GTC',
  IOC: 'IOC',
}
const SIDES: Readonly<Record<string, Side>> = { BUY: 'BUY', SELL: 'SELL' }

/** The combination that a client describes by its legs, or what is wrong with it. */
export function combinationOf(
  { symbol, currency, exchange }: { symbol: string; currency: string; exchange: string },
  legs: readonly PlacedLeg[],
  byConId: (conId: number) => SimContract | undefined,
): Combination | ApiError {
  if (legs.length === 0) return API_ERRORS.comboWithoutLegs()
  if (legs.length === 1) return API_ERRORS.comboInvalid('it has only one leg')
  if (legs.length > MOST_LEGS) return API_ERRORS.comboInvalid(`it has more than ${MOST_LEGS} legs`)
  const names = [symbol, currency, exchange, ...legs.map((leg) => leg.exchange)]
  if (!names.every((name) => NAME.test(name)))
    return API_ERRORS.comboInvalid('a symbol, currency or exchange is no name')
  if (new Set(legs.map(({ conId }) => conId)).size < legs.length) {
    return API_ERRORS.comboInvalid('two legs are the same contract')
  }
  const found: Leg[] = []
  for (const [at, { conId, ratio, action, exchange: legExchange }] of legs.entries()) {
    const contract = byConId(conId)
    const side = SIDES[action.toUpperCase()]
    const isRatio = Number.isInteger(ratio) && ratio >= 1 && ratio <= LARGEST_RATIO
    if (!contract || contract.secType === 'IND' || !side || !isRatio)
      return API_ERRORS.comboLegInvalid(at + 1)
    found.push({ contract, side, ratio, exchange: legExchange === '' ? exchange : legExchange })
  }
  return {
    kind: 'combination',
    symbol: symbol === '' ? (found[0]?.contract.symbol ?? '') : symbol,
    currency: currency === '' ? 'USD' : currency,
    exchange,
    legs: found,
  }
}

/** The terms of a placed order, or the error of an order that no gateway would take. */
export function termsOf(
  { attributes, parts }: PlacedOrder,
  instrument: Instrument,
  account: string,
): OrderTerms | ApiError {
  const side = SIDES[attributes.action?.toUpperCase() ?? '']
  if (!side) return API_ERRORS.invalid(`Invalid action: "${shown(attributes.action)}"`)
  if (attributes.account !== '' && attributes.account !== account) {
    return API_ERRORS.invalid(`Invalid account code '${shown(attributes.account)}'`)
  }
  const quantity = quantityOf(attributes.totalQuantity)
  if (typeof quantity !== 'number') return quantity
  const orderType = attributes.orderType?.toUpperCase() ?? ''
  if (orderType !== 'MKT' && orderType !== 'LMT') return API_ERRORS.orderTypeUnsupported(shown(orderType))
  const limitPrice = orderType === 'MKT' ? null : limitPriceOf(attributes.lmtPrice, instrument)
  if (limitPrice !== null && typeof limitPrice !== 'number') return limitPrice
  const timeInForce = TIMES_IN_FORCE[attributes.tif?.toUpperCase() ?? '']
  if (!timeInForce) return API_ERRORS.timeInForceInvalid(shown(attributes.tif))
  const tooLong = Object.keys(attributes).find((name) => (attributes[name] ?? '').length > LONGEST_TEXT)
  if (tooLong) return API_ERRORS.invalid(`Invalid ${tooLong}: longer than ${LONGEST_TEXT} characters`)
  const unsupported = unsupportedOf(attributes, parts)
  if (unsupported) return unsupported
  return {
    side,
    quantity,
    limitPrice,
    timeInForce,
    outsideRth: isSet(attributes.outsideRth) && mayTradeOutsideRth(instrument, limitPrice),
    // As at a gateway, an empty field is off.
    transmit: isSet(attributes.transmit),
  }
}

/** Only limit orders of stocks trade outside regular hours. */
export function mayTradeOutsideRth(instrument: Instrument, limitPrice: number | null): boolean {
  return instrument.kind === 'single' && instrument.contract.secType === 'STK' && limitPrice !== null
}

function quantityOf(text: string | undefined): number | ApiError {
  const quantity = numberOf(text)
  if (quantity === null || quantity === 0) return API_ERRORS.orderSizeZero()
  if (Number.isNaN(quantity) || quantity < 0)
    return API_ERRORS.invalid(`Invalid order size: "${shown(text)}"`)
  if (!Number.isInteger(quantity)) return API_ERRORS.fractionalSize()
  if (quantity > LARGEST_SIZE)
    return API_ERRORS.orderRejected(`The size of the order exceeds ${LARGEST_SIZE}`)
  return quantity
}

function limitPriceOf(text: string | undefined, instrument: Instrument): number | ApiError {
  const price = numberOf(text)
  if (price === null) return API_ERRORS.incompleteOrder()
  if (Number.isNaN(price)) return API_ERRORS.invalid(`Invalid limit price: "${shown(text)}"`)
  if (Math.abs(price) > HIGHEST_PRICE) return API_ERRORS.priceOutOfRange()
  if (instrument.kind === 'single' && price <= 0) return API_ERRORS.priceOutOfRange()
  const minTick = instrument.kind === 'single' ? instrument.contract.minTick : COMBINATION_TICK
  const ticks = price / minTick
  return Math.abs(ticks - Math.round(ticks)) < 1e-6 ? price : API_ERRORS.priceOffTick(minTick)
}

/** An attribute that would change the execution is refused by its name; a number that is none, too. */
function unsupportedOf(attributes: PlacedOrder['attributes'], parts: PlacedOrder['parts']): ApiError | null {
  const named =
    UNSUPPORTED_NUMBERS.find((name) => (numberOf(attributes[name]) ?? 0) !== 0) ??
    UNSUPPORTED_TEXTS.find((name) => attributes[name]) ??
    UNSUPPORTED_FLAGS.find((name) => isSet(attributes[name])) ??
    (/^(none)?$/i.test(attributes.adjustedOrderType ?? '') ? undefined : 'adjustedOrderType') ??
    parts[0]
  if (named) return API_ERRORS.orderRejected(`This simulated gateway does not support ${named}`)
  const broken = SENT_BACK.find(
    (name) => Number.isNaN(numberOf(attributes[name]) ?? 0) && !isFlag(attributes[name]),
  )
  return broken ? API_ERRORS.invalid(`Invalid ${broken}: "${shown(attributes[broken])}"`) : null
}

const isFlag = (text: string | undefined) => /^(true|false)$/i.test(text ?? '')

/** A client's text, cut to what an error message can show. */
function shown(text: string | undefined): string {
  return (text ?? '').slice(0, 40)
}
