import type { Instrument, Order } from '../orders/order.ts'
import { asciiText, encode } from './frames.ts'
import { formatGatewayTime } from './times.ts'

/** Server versions at which openOrder and completedOrder change. */
const FA_PROFILE_ENDS = 177
const CUSTOMER_ACCOUNT = 183
const PROFESSIONAL_CUSTOMER = 184
const BOND_ACCRUED_INTEREST = 185
const INCLUDE_OVERNIGHT = 189
const OPERATOR_IN_OPEN_ORDER = 193

/** The protocol's "not set" for prices and amounts. */
export const UNSET = '1.7976931348623157E308'
const UNSET_INTEGER = 2_147_483_647
/** Interactive Brokers' contract id of combinations in dollars. */
const COMBINATION_CON_ID = 28_812_380
/** Permanent id of an order that no other one is attached to. */
const NO_PARENT = '9223372036854775807'

/** What an order would change, dollars; for the answer to a what-if order. */
export interface MarginPreview {
  readonly before: MarginTriple
  readonly after: MarginTriple
  readonly commission: number
  readonly warning: string
}

export interface MarginTriple {
  readonly initial: number
  readonly maintenance: number
  readonly equityWithLoan: number
}

type Field = string | number

/** `5`: an open order, or with a preview the answer to a what-if order. */
export function openOrder(order: Order, version: number, preview?: MarginPreview): string {
  const { has, text } = readerOf(order)
  return encode([
    ...[5, order.orderId, ...contractFields(order.instrument), ...mainFields(order)],
    ...[order.clientId, order.permId],
    ...[text('outsideRth', 0), text('hidden', 0), text('discretionaryAmt', 0), text('goodAfterTime')],
    ...['', ...adviserFields(order, version)],
    ...[text('auctionStrategy', 0), ...boxFields(order), displaySize(order)],
    ...[has('blockOrder'), has('sweepToFill'), has('allOrNone'), text('minQty')],
    ...[text('ocaType', 0), has('eTradeOnly'), has('firmQuoteOnly'), text('nbboPriceCap')],
    ...[text('parentId', 0), text('triggerMethod', 0)],
    ...volatilityFields(order, ['', '', '', '?', 0, 0, '']),
    // Basis points and their type.
    ...['', '', ...combinationFields(order), ...scaleFields(order)],
    ...[has('optOutSmartRouting'), ...clearingFields(order)],
    ...[has('solicited'), preview ? 1 : 0, order.status, ...marginFields(order, preview)],
    ...[has('randomizeSize'), has('randomizePrice')],
    // No conditions, no adjusted order.
    ...[0, 'None', UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, 0],
    ...[text('softDollarTierName'), text('softDollarTierValue'), ''],
    ...[text('cashQty', 0), has('dontUseAutoPriceForHedge'), has('isOmsContainer')],
    ...[
      has('discretionaryUpToLimitPrice'),
      has('usePriceMgmtAlgo'),
      text('duration', UNSET_INTEGER),
      text('postToAts', UNSET_INTEGER),
    ],
    ...[has('autoCancelParent'), ...pegFields()],
    ...customerFields(order, version),
    ...(version >= BOND_ACCRUED_INTEREST ? [''] : []),
    ...(version >= INCLUDE_OVERNIGHT ? [has('includeOvernight')] : []),
    ...(version >= OPERATOR_IN_OPEN_ORDER ? [text('extOperator'), text('manualOrderIndicator')] : []),
  ])
}

/** `101`: an order that has ended. */
export function completedOrder(order: Order, version: number): string {
  const { has, text } = readerOf(order)
  return encode([
    ...[101, ...contractFields(order.instrument), ...mainFields(order), order.permId],
    ...[text('outsideRth', 0), text('hidden', 0), text('discretionaryAmt', 0), text('goodAfterTime')],
    ...adviserFields(order, version),
    ...[...boxFields(order), displaySize(order), has('sweepToFill'), has('allOrNone'), text('minQty')],
    ...[text('ocaType', 0), text('triggerMethod', 0), ...volatilityFields(order, [0, 0, ''])],
    ...[...combinationFields(order), ...scaleFields(order), ...clearingFields(order)],
    ...[has('solicited'), order.status, has('randomizeSize'), has('randomizePrice')],
    // No conditions; trailing stop price and limit offset.
    ...[0, UNSET, UNSET, text('cashQty', 0), has('dontUseAutoPriceForHedge'), has('isOmsContainer')],
    // Auto-cancel date, filled, futures contract, auto-cancel parent, shareholder, imbalance only, route to best price.
    ...['', order.filled, 0, has('autoCancelParent'), '', 0, 0, NO_PARENT],
    ...[order.completedAt === null ? '' : formatGatewayTime(order.completedAt)],
    ...[asciiText(order.completedStatus), ...pegFields(), ...customerFields(order, version)],
  ])
}

export function contractFields(instrument: Instrument): Field[] {
  if (instrument.kind === 'combination') {
    const { symbol, exchange, currency } = instrument
    return [COMBINATION_CON_ID, symbol, 'BAG', '', 0, '?', '', exchange, currency, symbol, 'COMB']
  }
  const { contract, exchange } = instrument
  return [
    ...[contract.conId, contract.symbol, contract.secType, contract.expiry, contract.strike],
    ...[contract.right === '' ? '?' : contract.right, contract.multiplier, exchange],
    ...[contract.currency, contract.localSymbol, contract.tradingClass],
  ]
}

/** Side to order reference. */
function mainFields(order: Order): Field[] {
  const { text } = readerOf(order)
  const { side, quantity, limitPrice, timeInForce } = order.terms
  return [
    ...[side, quantity, limitPrice === null ? 'MKT' : 'LMT', limitPrice ?? 0, text('auxPrice', 0)],
    ...[timeInForce, text('ocaGroup'), order.account, text('openClose'), text('origin', 0)],
    text('orderRef'),
  ]
}

/** Financial adviser's fields to short-sale exemption. */
function adviserFields(order: Order, version: number): Field[] {
  const { text } = readerOf(order)
  return [
    ...[text('faGroup'), text('faMethod'), text('faPercentage')],
    ...(version < FA_PROFILE_ENDS ? [text('faProfile')] : []),
    ...[text('modelCode'), text('goodTillDate'), text('rule80A'), text('percentOffset')],
    ...[text('settlingFirm'), text('shortSaleSlot', 0), text('designatedLocation'), text('exemptCode', -1)],
  ]
}

function boxFields(order: Order): Field[] {
  const { text } = readerOf(order)
  return ['startingPrice', 'stockRefPrice', 'delta', 'stockRangeLower', 'stockRangeUpper'].map((name) =>
    text(name),
  )
}

function displaySize(order: Order): Field {
  return readerOf(order).text('displaySize', UNSET_INTEGER)
}

/** A gateway writes the absent delta-neutral order as `None`, and then its own fields. */
function volatilityFields(order: Order, deltaNeutral: readonly Field[]): Field[] {
  const { text } = readerOf(order)
  return [
    ...[text('volatility'), text('volatilityType', 0), 'None', '', 0, ...deltaNeutral],
    ...[text('continuousUpdate', 0), text('referencePriceType', 0)],
    // Trailing stop price and percentage.
    ...['', ''],
  ]
}

/** Description, legs, prices of legs, routing parameters. */
function combinationFields({ instrument, attributes }: Order): Field[] {
  if (instrument.kind === 'single') return ['', 0, 0, 0]
  const legs = instrument.legs.flatMap((leg) => [
    ...[leg.contract.conId, leg.ratio, leg.side, leg.exchange],
    ...[0, 0, '', -1],
  ])
  const described = instrument.legs.map(({ contract, ratio, side }) => {
    const signed = side === 'BUY' ? ratio : -ratio
    return `${contract.conId}|${signed}`
  })
  const routing: Field[] = attributes.nonGuaranteed
    ? [1, 'NonGuaranteed', asciiText(attributes.nonGuaranteed)]
    : [0]
  return [described.join(','), instrument.legs.length, ...legs, 0, ...routing]
}

/** Scale sizes and increment, hedge type. */
function scaleFields(order: Order): Field[] {
  const { text } = readerOf(order)
  return [text('scaleInitLevelSize'), text('scaleSubsLevelSize'), '', '']
}

/** Clearing, not held, no delta-neutral contract, no algorithm. */
function clearingFields(order: Order): Field[] {
  const { has, text } = readerOf(order)
  return [text('clearingAccount'), text('clearingIntent', 'IB'), has('notHeld'), 0, '']
}

/** Margin before, change and after, commission with its range and currency, warning. */
function marginFields(order: Order, preview: MarginPreview | undefined): Field[] {
  if (!preview) {
    const commission = order.commission > 0 ? order.commission : UNSET
    const currency = order.commission > 0 ? 'USD' : ''
    return [...Array<Field>(9).fill(UNSET), commission, UNSET, UNSET, currency, '']
  }
  const { before, after, commission, warning } = preview
  const change = {
    initial: after.initial - before.initial,
    maintenance: after.maintenance - before.maintenance,
    equityWithLoan: after.equityWithLoan - before.equityWithLoan,
  }
  const triple = (margin: MarginTriple) =>
    [margin.initial, margin.maintenance, margin.equityWithLoan].map((amount) => amount.toFixed(2))
  return [
    ...[...triple(before), ...triple(change), ...triple(after)],
    ...[commission, UNSET, UNSET, 'USD', asciiText(warning)],
  ]
}

/** Least sizes and offsets of pegged orders. */
function pegFields(): Field[] {
  return ['', '', '', '', '']
}

function customerFields(order: Order, version: number): Field[] {
  const { has, text } = readerOf(order)
  return [
    ...(version >= CUSTOMER_ACCOUNT ? [text('customerAccount')] : []),
    ...(version >= PROFESSIONAL_CUSTOMER ? [has('professionalCustomer')] : []),
  ]
}

/** Fields that the client sent, as text and as flags. */
function readerOf({ attributes }: Order): {
  text: (name: string, absent?: Field) => Field
  has: (name: string) => 0 | 1
} {
  return {
    text: (name, absent = '') => {
      const value = attributes[name]
      return value === undefined || value === '' ? absent : asciiText(value)
    },
    has: (name) => {
      const value = attributes[name]
      return value === '1' || value?.toLowerCase() === 'true' ? 1 : 0
    },
  }
}
