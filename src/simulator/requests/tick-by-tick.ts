import { epochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import type { QuoteChange, SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { tickByTickMidPoint, tickByTickQuote, tickByTickTrade } from '../wire/history.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import { MOST_TICKS, type TickKind, ticksMessage } from './historical-ticks.ts'
import { countOpen, openPolling } from './polling.ts'
import type { RequestTable } from './request.ts'
import { midPointsOf, quotesOf, samePrices, tradesOf } from './tick-source.ts'
import { onlyContract } from './validation.ts'

export const TICK_BY_TICK_REQUESTS: RequestTable = {
  97: { name: 'reqTickByTickData', idField: 1, answer: tickByTick },
  98: { name: 'cancelTickByTickData', idField: 1, answer: cancelTickByTick },
}

const KINDS: Readonly<Record<string, { readonly history: TickKind; readonly trades: 1 | 2 | null }>> = {
  Last: { history: 'TRADES', trades: 1 },
  AllLast: { history: 'TRADES', trades: 2 },
  BidAsk: { history: 'BID_ASK', trades: null },
  MidPoint: { history: 'MIDPOINT', trades: null },
}

/** How often the market is asked for new ticks, ms. */
const LOOK_MS = 250
/** The ticks of a longer time are not sent at once. */
const LONGEST_SPAN_MS = 10_000
/** A stream of single ticks for every twenty lines, and five at least. */
const LINES_PER_STREAM = 20
const FEWEST_STREAMS = 5

interface TickQuery {
  readonly requestId: number
  readonly description: ContractDescription
  readonly type: string
  /** Past ticks that are sent first. */
  readonly count: number
  readonly ignoreSize: boolean
}

/** `97|req|contract…|tickType|numberOfTicks|ignoreSize`: past ticks if requested, then every tick as it comes. */
function tickByTick(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const description = readContractDescription(fields)
  const type = fields.text()
  const query = { requestId, description, type, count: fields.real(), ignoreSize: fields.flag() }
  const admitted = admit(query, client, state)
  if ('code' in admitted) client.sendError(requestId, admitted)
  else follow(client, { ...query, ...admitted }, state)
}

/** Validates the request: what to stream, or the error. */
function admit(
  { requestId, description, type, count }: TickQuery,
  client: Client,
  state: SimulatorState,
): Pick<TickStream, 'contract' | 'kind'> | ApiError {
  if (client.open.has(requestId)) return API_ERRORS.duplicateId()
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (!kind) {
    return API_ERRORS.tickByTick(`tick type "${type}" is not one of ${Object.keys(KINDS).join(', ')}`)
  }
  if (!Number.isInteger(count) || count < 0 || count > MOST_TICKS) {
    return API_ERRORS.tickByTick(`number of ticks ${count} is not between 0 and ${MOST_TICKS}`)
  }
  const contract = onlyContract(findContracts(state.market, description))
  if ('code' in contract) return contract
  if (contract.secType !== 'STK' && contract.secType !== 'FUT') {
    return API_ERRORS.tickByTick(`${type} is not supported for ${contract.secType}`)
  }
  const most = Math.max(FEWEST_STREAMS, Math.floor(state.options.lines / LINES_PER_STREAM))
  return countOpen(state, 'tick_by_tick') >= most ? API_ERRORS.tickByTickStreams() : { contract, kind }
}

function follow(
  client: Client,
  stream: TickStream & { readonly count: number },
  state: SimulatorState,
): void {
  const { requestId, contract, kind, ignoreSize, count } = stream
  const { market, clock } = state
  let sentUntil = clock.now()
  if (count > 0) {
    const selection = { market, contract, kind: kind.history, ignoreSize }
    client.send(ticksMessage(requestId, selection, { endAt: sentUntil, now: sentUntil, count }))
  }
  const newTicks = tickEncoder(stream, state)
  const polling = { kind: 'tick_by_tick', farm: 'market', waitMs: () => LOOK_MS } as const
  openPolling({ client, requestId, state }, polling, () => {
    const now = clock.now()
    if (now <= sentUntil) return
    // After an outage the ticks that were missed are not sent.
    const startAt = epochMs(Math.max(sentUntil, now - LONGEST_SPAN_MS))
    const frames = newTicks({ startAt, endAt: now })
    sentUntil = now
    if (frames !== '') client.send(frames)
  })
}

interface TickStream {
  readonly requestId: number
  readonly contract: SimContract
  readonly kind: { readonly history: TickKind; readonly trades: 1 | 2 | null }
  readonly ignoreSize: boolean
}

/** The messages of the ticks of a span. It remembers the last one, so that a tick is a change. */
function tickEncoder(
  { requestId, contract, kind, ignoreSize }: TickStream,
  { market }: SimulatorState,
): (span: Parameters<ReturnType<typeof tradesOf>>[0]) => string {
  const { trades } = kind
  if (trades !== null) {
    const source = tradesOf(market, contract)
    return (span) =>
      source(span)
        .map((trade) => tickByTickTrade(requestId, trades, trade))
        .join('')
  }
  if (kind.history === 'MIDPOINT') {
    const source = midPointsOf(market, contract)
    let last: number | null = null
    return (span) =>
      source(span)
        .filter(({ price }) => {
          const isNew = price !== last
          last = price
          return isNew
        })
        .map((point) => tickByTickMidPoint(requestId, point))
        .join('')
  }
  const source = quotesOf(market, contract, ignoreSize)
  let last: QuoteChange | null = null
  return (span) =>
    source(span)
      .filter((quote) => {
        const isNew = !last || !samePrices(quote, last) || (!ignoreSize && !sameSizes(quote, last))
        last = quote
        return isNew
      })
      .map((quote) => tickByTickQuote(requestId, quote))
      .join('')
}

function sameSizes(a: QuoteChange, b: QuoteChange): boolean {
  return a.bidSize === b.bidSize && a.askSize === b.askSize
}

/** `98|req` */
function cancelTickByTick(client: Client, fields: Fields): void {
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.kind === 'tick_by_tick') open.close()
  else client.sendError(requestId, API_ERRORS.unknownId(requestId))
}
