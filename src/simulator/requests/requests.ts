import { DATA_TYPES } from '../data-types.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import type { SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import * as messages from '../wire/messages.ts'
import { ACCOUNT_REQUESTS } from './account.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import { DEPTH_REQUESTS } from './depth.ts'
import { DISPLAY_GROUP_REQUESTS } from './display-groups.ts'
import { EXERCISE_REQUESTS } from './exercise.ts'
import { HISTORICAL_TICK_REQUESTS } from './historical-ticks.ts'
import { HISTORY_REQUESTS } from './history.ts'
import { HISTORY_FACT_REQUESTS } from './history-facts.ts'
import { chainParameters, contractDetails } from './lookups.ts'
import { CALCULATOR_REQUESTS } from './option-calculator.ts'
import { ORDER_REQUESTS } from './orders.ts'
import { REALTIME_BAR_REQUESTS } from './realtime-bars.ts'
import { REFERENCE_REQUESTS } from './reference.ts'
import { REFUSED_REQUESTS } from './refused.ts'
import type { RequestTable } from './request.ts'
import { SCANNER_REQUESTS } from './scanner.ts'
import { openStream } from './stream.ts'
import { TICK_BY_TICK_REQUESTS } from './tick-by-tick.ts'
import { genericTicksOf, invalidRequest, onlyContract } from './validation.ts'

/** The requests of clients by message id. startApi (71) is handled by the connection. */
export const REQUESTS: RequestTable = {
  1: { name: 'reqMktData', idField: 2, answer: marketData },
  2: { name: 'cancelMktData', idField: 2, answer: cancelMarketData },
  9: { name: 'reqContractDetails', idField: 2, answer: contractDetails },
  14: { name: 'setServerLogLevel', answer: ignore },
  17: {
    name: 'reqManagedAccts',
    answer: (client, _fields, state) => client.send(messages.managedAccounts(state.options.account)),
  },
  49: { name: 'reqCurrentTime', answer: currentTime },
  59: { name: 'reqMarketDataType', answer: setMarketDataType },
  78: { name: 'reqSecDefOptParams', idField: 1, answer: chainParameters },
  ...ACCOUNT_REQUESTS,
  ...CALCULATOR_REQUESTS,
  ...DISPLAY_GROUP_REQUESTS,
  ...EXERCISE_REQUESTS,
  ...ORDER_REQUESTS,
  ...DEPTH_REQUESTS,
  ...HISTORICAL_TICK_REQUESTS,
  ...HISTORY_FACT_REQUESTS,
  ...HISTORY_REQUESTS,
  ...REALTIME_BAR_REQUESTS,
  ...TICK_BY_TICK_REQUESTS,
  ...REFERENCE_REQUESTS,
  ...REFUSED_REQUESTS,
  ...SCANNER_REQUESTS,
}

/** `1|11|req|contract…|deltaNeutral|generics|snap|regSnap|opts` */
function marketData(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const description = readContractDescription(fields)
  // The message of a combination has its legs here. No simulated market lists combinations, so the rest is not read.
  const isCombination = description.query.secType === 'BAG'
  if (!isCombination) fields.skip(1)
  const genericTicks = isCombination ? '' : fields.text()
  const snapshot = isCombination ? false : fields.flag()

  const admitted = admit({ requestId, description, genericTicks, snapshot }, client, state)
  if ('code' in admitted) client.sendError(requestId, admitted)
  else {
    const ticks = new Set(genericTicksOf(genericTicks))
    openStream(client, { requestId, contract: admitted, genericTicks: ticks, snapshot }, state)
  }
}

interface MarketDataQuery {
  readonly requestId: number
  readonly description: ContractDescription
  readonly genericTicks: string
  readonly snapshot: boolean
}

/** Validates the request and takes its line: the contract to stream, or the error. */
function admit(request: MarketDataQuery, client: Client, state: SimulatorState): SimContract | ApiError {
  const { requestId, description, genericTicks, snapshot } = request
  if (client.open.has(requestId)) return API_ERRORS.duplicateId()
  const invalid = invalidRequest({ genericTicks, snapshot, exchange: description.exchange })
  if (invalid) return invalid
  const contract = onlyContract(findContracts(state.market, description))
  if ('code' in contract) return contract
  const usesLine = !snapshot || state.options.snapshotUsesLine
  return usesLine && !state.lines.take() ? API_ERRORS.lines() : contract
}

function cancelMarketData(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.kind === 'stream' || open?.kind === 'snapshot') open.close()
  else client.sendError(requestId, API_ERRORS.unknownId(requestId))
}

function setMarketDataType(client: Client, fields: Fields): void {
  fields.skip(1)
  const type = fields.integer()
  const dataType = DATA_TYPES[type - 1]
  if (dataType) client.requestedDataType = dataType
  else client.sendError(-1, API_ERRORS.invalid(`market data type ${type} is not one of 1, 2, 3, 4`))
}

function currentTime(client: Client, _fields: Fields, state: SimulatorState): void {
  client.send(messages.currentTime(Math.floor(state.gatewayTime() / 1_000)))
}

function ignore(): void {}
