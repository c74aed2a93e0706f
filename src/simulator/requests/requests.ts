import { genericTicksOf, invalidRequest, onlyContract, REFUSALS, type Refusal } from '../limits.ts'
import type { SimContract } from '../market/market.ts'
import type { Client, World } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import * as messages from '../wire/messages.ts'
import { gatewayClock } from '../wire/times.ts'
import { type ContractAsk, findContracts, readContractAsk } from './contract-description.ts'
import { chainParameters, contractDetails, historicalBars } from './lookups.ts'
import { openStream } from './stream.ts'

export interface Request {
  readonly name: string
  /** Which field carries the request id, so that an error can name it; absent where there is none. */
  readonly idField?: number
  /** Reads the fields after the message id and answers. Throws `Malformed` on what cannot be read. */
  readonly answer: (client: Client, fields: Fields, world: World) => void
}

/** What clients may ask, by message id. startApi (71) belongs to the connection. */
export const REQUESTS: Readonly<Record<number, Request>> = {
  1: { name: 'reqMktData', idField: 2, answer: marketData },
  2: { name: 'cancelMktData', idField: 2, answer: cancelMarketData },
  3: { name: 'placeOrder', idField: 1, answer: refuseOrder },
  5: { name: 'reqOpenOrders', answer: (client) => client.send(messages.openOrderEnd()) },
  6: { name: 'reqAccountUpdates', answer: accountUpdates },
  7: { name: 'reqExecutions', idField: 2, answer: numbered(messages.executionsEnd) },
  8: {
    name: 'reqIds',
    answer: (client, _fields, world) => client.send(messages.nextValidId(world.nextOrderId)),
  },
  9: { name: 'reqContractDetails', idField: 2, answer: contractDetails },
  14: { name: 'setServerLogLevel', answer: ignore },
  15: { name: 'reqAutoOpenOrders', answer: ignore },
  16: { name: 'reqAllOpenOrders', answer: (client) => client.send(messages.openOrderEnd()) },
  17: {
    name: 'reqManagedAccts',
    answer: (client, _fields, world) => client.send(messages.managedAccounts(world.options.account)),
  },
  20: { name: 'reqHistoricalData', idField: 1, answer: historicalBars },
  25: { name: 'cancelHistoricalData', idField: 2, answer: cancelAnswer },
  49: { name: 'reqCurrentTime', answer: currentTime },
  59: { name: 'reqMarketDataType', answer: setMarketDataType },
  61: { name: 'reqPositions', answer: (client) => client.send(messages.positionEnd()) },
  62: { name: 'reqAccountSummary', idField: 2, answer: numbered(messages.accountSummaryEnd) },
  63: { name: 'cancelAccountSummary', answer: ignore },
  64: { name: 'cancelPositions', answer: ignore },
  74: { name: 'reqPositionsMulti', idField: 2, answer: numbered(messages.positionMultiEnd) },
  75: { name: 'cancelPositionsMulti', answer: ignore },
  76: { name: 'reqAccountUpdatesMulti', idField: 2, answer: numbered(messages.accountUpdateMultiEnd) },
  77: { name: 'cancelAccountUpdatesMulti', answer: ignore },
  78: { name: 'reqSecDefOptParams', idField: 1, answer: chainParameters },
  80: { name: 'reqFamilyCodes', answer: (client) => client.send(messages.familyCodes()) },
  99: { name: 'reqCompletedOrders', answer: (client) => client.send(messages.completedOrdersEnd()) },
  104: {
    name: 'reqUserInfo',
    idField: 1,
    answer: (client, fields) => client.send(messages.userInfo(fields.integer())),
  },
}

/** `1|11|req|contract…|deltaNeutral|generics|snap|regSnap|opts` */
function marketData(client: Client, fields: Fields, world: World): void {
  fields.skip(1)
  const requestId = fields.integer()
  const ask = readContractAsk(fields)
  // A combination has its legs here, hence another layout; no market lists any, so that nothing after this matters.
  const isCombination = ask.query.secType === 'BAG'
  if (!isCombination) fields.skip(1)
  const genericTicks = isCombination ? '' : fields.text()
  const snapshot = isCombination ? false : fields.flag()

  const admitted = admit({ requestId, ask, genericTicks, snapshot }, client, world)
  if ('code' in admitted) client.refuse(requestId, admitted)
  else {
    const ticks = new Set(genericTicksOf(genericTicks))
    openStream(client, { requestId, contract: admitted, genericTicks: ticks, snapshot }, world)
  }
}

interface MarketDataAsk {
  readonly requestId: number
  readonly ask: ContractAsk
  readonly genericTicks: string
  readonly snapshot: boolean
}

/** The contract to serve, its line taken; or why not. */
function admit(request: MarketDataAsk, client: Client, world: World): SimContract | Refusal {
  const { requestId, ask, genericTicks, snapshot } = request
  if (client.open.has(requestId)) return REFUSALS.duplicateId()
  const invalid = invalidRequest({ genericTicks, snapshot, exchange: ask.exchange })
  if (invalid) return invalid
  const contract = onlyContract(findContracts(world.market, ask))
  if ('code' in contract) return contract
  const usesLine = !snapshot || world.options.snapshotUsesLine
  return usesLine && !world.lines.take() ? REFUSALS.lines() : contract
}

function cancelMarketData(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (!open || open.kind === 'answer') client.refuse(requestId, REFUSALS.unknownId(requestId))
  else open.close()
}

function cancelAnswer(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.kind === 'answer') open.close()
}

function setMarketDataType(client: Client, fields: Fields): void {
  fields.skip(1)
  const type = fields.integer()
  if (type < 1 || type > 4)
    client.refuse(-1, REFUSALS.invalid(`market data type ${type} is not one of 1, 2, 3, 4`))
}

function currentTime(client: Client, _fields: Fields, world: World): void {
  client.send(messages.currentTime(Math.floor(world.clock.now() / 1_000)))
}

function accountUpdates(client: Client, fields: Fields, world: World): void {
  fields.skip(1)
  if (!fields.flag()) return
  const clock = gatewayClock(world.clock.now())
  client.send(messages.accountUpdateTime(clock) + messages.accountDownloadEnd(world.options.account))
}

function refuseOrder(client: Client, fields: Fields): void {
  client.refuse(fields.integer(), REFUSALS.invalid('this simulator takes no orders'))
}

/** A list of nothing: only its end, under the id that follows the version. */
function numbered(end: (requestId: number) => string): Request['answer'] {
  return (client, fields) => {
    fields.skip(1)
    client.send(end(fields.integer()))
  }
}

function ignore(): void {}
