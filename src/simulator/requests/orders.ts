import { API_ERRORS, type ApiError } from '../errors.ts'
import { serverNotice } from '../faults/inject.ts'
import type { SimContract } from '../market/market.ts'
import { draftOrder, type OrderRequest } from '../orders/draft.ts'
import type { Execution, Instrument, Order } from '../orders/order.ts'
import { combinationOf, mayTradeOutsideRth, termsOf } from '../orders/order-rules.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { nextValidId } from '../wire/messages.ts'
import { completedOrder, openOrder } from '../wire/open-order.ts'
import * as wire from '../wire/orders.ts'
import { isSet, type PlacedOrder, readPlacedOrder } from '../wire/place-order.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import { executionFilter } from './execution-filter.ts'
import type { RequestTable } from './request.ts'
import { onlyContract } from './validation.ts'

/** From this server version on, cancellations have no version field. */
const CANCEL_WITHOUT_VERSION = 192
/** The largest order id: a 32-bit integer. */
const HIGHEST_ORDER_ID = 2_147_483_647

export const ORDER_REQUESTS: RequestTable = {
  3: { name: 'placeOrder', idField: 1, answer: placeOrder },
  4: { name: 'cancelOrder', answer: cancelOrder },
  5: { name: 'reqOpenOrders', answer: openOrders },
  7: { name: 'reqExecutions', idField: 2, answer: executions },
  8: {
    name: 'reqIds',
    answer: (client, _fields, { broker }) => client.send(nextValidId(broker.nextOrderId(client.clientId))),
  },
  15: { name: 'reqAutoOpenOrders', answer: bindFutureOrders },
  16: { name: 'reqAllOpenOrders', answer: allOpenOrders },
  58: { name: 'reqGlobalCancel', answer: cancelAll },
  99: { name: 'reqCompletedOrders', answer: completedOrders },
}

/** `3|orderId|contract…|order…`; the layout depends on the server version, see `readPlacedOrder`. */
function placeOrder(client: Client, fields: Fields, state: SimulatorState): void {
  const orderId = fields.integer()
  const description = readContractDescription(fields)
  const placed = readPlacedOrder(fields, {
    secType: description.query.secType ?? '',
    exchange: description.exchange,
    version: client.serverVersion,
  })
  const refused = place(client, { orderId, description, placed }, state)
  if (refused) client.sendError(orderId, refused)
}

interface Placement {
  readonly orderId: number
  readonly description: ContractDescription
  readonly placed: PlacedOrder
}

/** Places or changes the order, or answers what it would cost. @returns the error of an order that is not taken */
function place(client: Client, placement: Placement, state: SimulatorState): ApiError | null {
  const { orderId, placed } = placement
  const key = { clientId: client.clientId, orderId }
  const isKnown = state.broker.order(key) !== undefined
  if (!isKnown && (orderId < 1 || orderId > HIGHEST_ORDER_ID)) return API_ERRORS.orderIdInvalid(orderId)
  const lost = serverNotice(state.faults)
  if (lost) return lost
  const instrument = instrumentOf(placement, state)
  if ('code' in instrument) return instrument
  const terms = termsOf(placed, instrument, state.options.account)
  if ('code' in terms) return terms
  const request: OrderRequest = { instrument, terms, attributes: attributesOf(placed) }
  if (isSet(placed.attributes.whatIf)) {
    client.send(whatIf(client, { key, request }, state))
    return null
  }
  if (isSet(placed.attributes.outsideRth) && !mayTradeOutsideRth(instrument, terms.limitPrice)) {
    client.sendError(orderId, API_ERRORS.outsideRthIgnored())
  }
  return state.broker.place(key, request)
}

function instrumentOf({ description, placed }: Placement, state: SimulatorState): Instrument | ApiError {
  const { query, exchange, currency } = description
  if (exchange === '') return API_ERRORS.invalid('Missing order exchange')
  if (query.secType === 'BAG') {
    const symbol = query.symbol ?? ''
    const legOf = (conId: number) => state.market.byConId(conId)
    const isUnsimulated = placed.legs.some(({ conId }) => isFutureOrOption(legOf(conId)))
    if (isUnsimulated) return API_ERRORS.orderRejected(NO_FUTURES)
    return combinationOf({ symbol, currency, exchange }, placed.legs, legOf)
  }
  const contract = onlyContract(findContracts(state.market, description))
  if ('code' in contract) return contract
  if (isFutureOrOption(contract)) return API_ERRORS.orderRejected(NO_FUTURES)
  const trouble = state.faults.get('symbol_trouble')
  const isInTrouble = trouble?.symbol === contract.symbol
  if (isInTrouble && trouble.how === 'unknown') return API_ERRORS.unknownContract()
  if (contract.secType === 'IND' || (isInTrouble && trouble.how === 'refused')) {
    return API_ERRORS.notAllowed(contract.symbol)
  }
  return { kind: 'single', contract, exchange }
}

/** Futures are margined daily and have no place in the account's rules. */
const NO_FUTURES = 'orders for futures and options on futures are not simulated'

function isFutureOrOption(contract: SimContract | undefined): boolean {
  return contract !== undefined && ['FUT', 'FOP', 'CONTFUT'].includes(contract.secType)
}

/** What is sent back with the order: the fields as they came, and the routing of a combination. */
function attributesOf({ attributes, routing }: PlacedOrder): OrderRequest['attributes'] {
  const nonGuaranteed = routing.find(({ tag }) => tag === 'NonGuaranteed')
  return nonGuaranteed ? { ...attributes, nonGuaranteed: nonGuaranteed.value } : attributes
}

/** The answer to a what-if order: an openOrder with margin figures, of an order that does not exist. */
function whatIf(
  client: Client,
  { key, request }: { key: { clientId: number; orderId: number }; request: OrderRequest },
  { broker, options, gatewayTime }: SimulatorState,
): string {
  const { before, after, commission, isAffordable } = broker.preview(request)
  const draft = draftOrder(key, request, { permId: 0, account: options.account, at: gatewayTime() })
  const figures = (margin: typeof before) => ({
    initial: margin.initialMargin,
    maintenance: margin.maintenanceMargin,
    equityWithLoan: margin.equityWithLoan,
  })
  const warning = isAffordable ? '' : 'The available funds are not sufficient for this order.'
  return openOrder({ ...draft, status: 'PreSubmitted' }, client.serverVersion, {
    before: figures(before),
    after: figures(after),
    commission,
    warning,
  })
}

/** `4|1|orderId|…`, without the version from 192 on. */
function cancelOrder(client: Client, fields: Fields, state: SimulatorState): void {
  if (client.serverVersion < CANCEL_WITHOUT_VERSION) fields.skip(1)
  const orderId = fields.integer()
  const lost = serverNotice(state.faults)
  const refused =
    Math.abs(orderId) > HIGHEST_ORDER_ID
      ? API_ERRORS.orderIdInvalid(orderId)
      : (lost ?? state.broker.cancel({ clientId: client.clientId, orderId }))
  if (refused) client.sendError(orderId, refused)
}

function cancelAll(client: Client, _fields: Fields, state: SimulatorState): void {
  const lost = serverNotice(state.faults)
  if (lost) client.sendError(-1, lost)
  else state.broker.cancelAll()
}

/** The client's own orders; those placed by hand are bound to client 0 by its request. */
function openOrders(client: Client, _fields: Fields, { broker }: SimulatorState): void {
  if (client.clientId === 0) broker.bindOrders()
  const own = broker.openOrders().filter(({ clientId }) => clientId === client.clientId)
  client.send(orderMessages(own, client) + wire.openOrderEnd())
}

function allOpenOrders(client: Client, _fields: Fields, { broker }: SimulatorState): void {
  client.send(orderMessages(broker.openOrders(), client) + wire.openOrderEnd())
}

/** Each order with its state. */
export function orderMessages(orders: readonly Order[], { serverVersion }: Client): string {
  return orders.map((order) => openOrder(order, serverVersion) + wire.orderStatus(order)).join('')
}

/** `15|1|flag` */
function bindFutureOrders(client: Client, fields: Fields): void {
  fields.skip(1)
  const binds = fields.flag()
  if (client.clientId === 0) client.bindsOrders = binds
  else client.sendError(-1, API_ERRORS.invalid('Only client 0 can bind orders that were placed by hand'))
}

/** `99|apiOnly`: orders of any client that have ended; those placed by hand too, unless only the API's are wanted. */
function completedOrders(client: Client, fields: Fields, { broker }: SimulatorState): void {
  const apiOnly = fields.flag()
  const wanted = broker.completedOrders().filter(({ isManual }) => !(apiOnly && isManual))
  const messages = wanted.map((order) => completedOrder(order, client.serverVersion))
  client.send(messages.join('') + wire.completedOrdersEnd())
}

/** `7|3|req|clientId|account|time|symbol|secType|exchange|side`: executions of the day, then the end. */
function executions(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const filter = executionFilter(fields, state.gatewayTime())
  if ('code' in filter) {
    client.sendError(requestId, filter)
    return
  }
  const found = state.broker.executions(filter.matches)
  const message = (execution: Execution) =>
    wire.execDetails(requestId, execution, client.serverVersion) + wire.commissionReport(execution)
  client.send(found.map(message).join('') + wire.executionsEnd(requestId))
}
