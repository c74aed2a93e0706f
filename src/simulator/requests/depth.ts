import { API_ERRORS, type ApiError } from '../errors.ts'
import { isOption } from '../market/contracts.ts'
import type { DepthLevel, MarketDepth, SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import { type DepthChange, marketDepth, marketDepthL2 } from '../wire/depth.ts'
import type { Fields } from '../wire/frames.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import { countOpen, openPolling } from './polling.ts'
import { DEPTH_EXCHANGES } from './reference.ts'
import type { RequestTable } from './request.ts'
import { onlyContract } from './validation.ts'

export const DEPTH_REQUESTS: RequestTable = {
  10: { name: 'reqMktDepth', idField: 2, answer: depth },
  11: { name: 'cancelMktDepth', idField: 2, answer: cancelDepth },
}

/** A request for depth for every hundred lines, three at least and sixty at most, by Interactive Brokers' table. */
const LINES_PER_REQUEST = 100
const FEWEST_REQUESTS = 3
const MOST_REQUESTS = 60
/** Rows of a side that a client can have. */
const MOST_ROWS = 50
/** Exchanges whose depth names market makers, as in the answer to reqMktDepthExchanges. */
const WITH_MAKERS = new Set(
  DEPTH_EXCHANGES.filter(({ service }) => service === 'Deep2').map(({ exchange }) => exchange),
)

interface DepthQuery {
  readonly requestId: number
  readonly description: ContractDescription
  readonly rows: number
  readonly isSmart: boolean
}

/** `10|5|req|contract…|numRows|isSmartDepth|opts`: the book, then its changes. */
function depth(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const description = readContractDescription(fields)
  const query = { requestId, description, rows: fields.real(), isSmart: fields.flag() }
  const contract = admit(query, client, state)
  if ('code' in contract) client.sendError(requestId, contract)
  else follow({ client, requestId, state }, contract, query)
}

function admit(query: DepthQuery, client: Client, state: SimulatorState): SimContract | ApiError {
  const { requestId, description, rows } = query
  if (client.open.has(requestId)) return API_ERRORS.duplicateId()
  if (description.exchange === '') return API_ERRORS.exchange()
  if (!Number.isInteger(rows) || rows < 1) return API_ERRORS.invalid(`number of rows ${rows} is not above 0`)
  const contract = onlyContract(findContracts(state.market, description))
  if ('code' in contract) return contract
  if (contract.secType === 'IND') return API_ERRORS.noDepth()
  const wanted = Math.floor(state.options.lines / LINES_PER_REQUEST)
  const most = Math.min(MOST_REQUESTS, Math.max(FEWEST_REQUESTS, wanted))
  return countOpen(state, 'depth') >= most ? API_ERRORS.depthRequests(most) : contract
}

function follow(
  lookup: { client: Client; requestId: number; state: SimulatorState },
  contract: SimContract,
  { rows, isSmart, description }: DepthQuery,
): void {
  const { client, requestId, state } = lookup
  const { options, latencies } = state
  const namesMakers = isSmart || WITH_MAKERS.has(description.exchange)
  const intervalMs = isOption(contract) ? options.updateIntervalMs : options.underlyingUpdateIntervalMs
  let sent: MarketDepth = { bids: [], asks: [] }
  let isFirst = true
  const encode = (change: DepthChange) =>
    namesMakers
      ? marketDepthL2(requestId, change, { maker: description.exchange, isSmart })
      : marketDepth(requestId, change)

  const waitMs = () => {
    if (!isFirst) return intervalMs
    isFirst = false
    return latencies.firstQuoteMs(contract.conId, requestId)
  }
  openPolling(lookup, { kind: 'depth', farm: 'market', waitMs }, () => {
    const now = depthOf(state, contract, Math.min(rows, MOST_ROWS))
    const changes = [...changesOf('bid', sent.bids, now.bids), ...changesOf('ask', sent.asks, now.asks)]
    sent = now
    if (changes.length > 0) client.send(changes.map(encode).join(''))
  })
}

/** The book of a market that has one; else the touch of its quote, for a quote says nothing of deeper prices. */
function depthOf({ market, clock }: SimulatorState, contract: SimContract, rows: number): MarketDepth {
  if (market.depth) return market.depth(contract, rows)
  const { bid, bidSize, ask, askSize } = market.quote(contract, clock.now())
  return { bids: touch(bid, bidSize), asks: touch(ask, askSize) }
}

function touch(price: number | null | undefined, size: number | null | undefined): DepthLevel[] {
  return price === null || price === undefined ? [] : [{ price, size: size ?? 0 }]
}

/** Row by row: a row that was not there is inserted, one that differs is updated, and the rest is deleted from the end. */
export function changesOf(
  side: DepthChange['side'],
  before: readonly DepthLevel[],
  now: readonly DepthLevel[],
): DepthChange[] {
  const changes: DepthChange[] = []
  for (const [row, level] of now.entries()) {
    const known = before[row]
    if (!known) changes.push({ row, side, operation: 'insert', level })
    else if (known.price !== level.price || known.size !== level.size) {
      changes.push({ row, side, operation: 'update', level })
    }
  }
  for (let row = before.length - 1; row >= now.length; row--) {
    changes.push({ row, side, operation: 'delete', level: { price: 0, size: 0 } })
  }
  return changes
}

/** `11|1|req|isSmartDepth` */
function cancelDepth(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.kind === 'depth') open.close()
  else client.sendError(requestId, API_ERRORS.unknownDepth(requestId))
}
