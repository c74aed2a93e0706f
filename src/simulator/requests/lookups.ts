import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { isFarmDown } from '../faults/farms.ts'
import type { SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { chainEnd, chainRow, contractData, contractDataEnd, historicalData } from '../wire/messages.ts'
import { formatGatewayTime, parseEndTime, sessionsInDuration } from '../wire/times.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import { onlyContract } from './validation.ts'

/** A pending lookup. */
interface Lookup {
  readonly client: Client
  readonly requestId: number
  readonly state: SimulatorState
}

/** An answer in parts, each a number of milliseconds after the one before. */
interface Parts {
  readonly frames: readonly string[]
  readonly apartMs: number
}
type Answer = string | Parts | ApiError

/** When and from which farm a lookup is answered. */
interface Terms {
  readonly farm: 'history' | 'definitions'
  readonly latencyMs: number
}

/** How often a request checks whether its broken farm has recovered, ms. */
const BROKEN_FARM_MS = 250
/** The latency of lookups for a symbol with the trouble `slow`, ms. */
const SLOW_MS = 40_000

/** Answers with frames or an error after the latency, and not before the request's farm and the server are up. */
function answerLater(
  { client, requestId, state }: Lookup,
  { farm, latencyMs }: Terms,
  answer: () => Answer,
): void {
  if (client.open.has(requestId)) {
    client.sendError(requestId, API_ERRORS.duplicateId())
    return
  }
  let cancel = state.timeline.after(latencyMs, () => whenUp(respond))

  const isDown = () => state.faults.has('server_lost') || isFarmDown(state.faults, farm)

  function whenUp(run: () => void): void {
    if (isDown()) cancel = state.timeline.after(BROKEN_FARM_MS, () => whenUp(run))
    else run()
  }

  function respond(): void {
    const result = answer()
    if (typeof result !== 'string' && 'frames' in result) {
      sendParts(result, { from: 0, atMs: state.clock.monotonicMs() })
      return
    }
    client.open.delete(requestId)
    if (typeof result === 'string') client.send(result)
    else client.sendError(requestId, result)
  }

  /** Sends the parts from `from` on that are due; that one is due at `atMs`. A late timer does not delay the rest. */
  function sendParts(parts: Parts, { from, atMs }: { from: number; atMs: number }): void {
    const { frames, apartMs } = parts
    const nowMs = state.clock.monotonicMs()
    const next = Math.min(frames.length, from + 1 + Math.max(0, Math.floor((nowMs - atMs) / apartMs)))
    if (next === frames.length) client.open.delete(requestId)
    client.send(frames.slice(from, next).join(''))
    if (next === frames.length) return
    const nextAtMs = atMs + (next - from) * apartMs
    cancel = state.timeline.after(Math.max(0, nextAtMs - nowMs), () =>
      goOn(parts, { from: next, atMs: nextAtMs }),
    )
  }

  /** After an outage the parts go on one by one, not with all that became due meanwhile. */
  function goOn(parts: Parts, next: { from: number; atMs: number }): void {
    if (isDown())
      cancel = state.timeline.after(BROKEN_FARM_MS, () =>
        goOn(parts, { ...next, atMs: state.clock.monotonicMs() }),
      )
    else sendParts(parts, next)
  }

  client.open.set(requestId, {
    kind: 'answer',
    close: () => {
      client.open.delete(requestId)
      cancel()
    },
    mute: () => cancel(),
  })
}

/** `9|8|req|contract…`: every matching contract, then the end; error 200 and no end when none matches. */
export function contractDetails(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const lookup: Lookup = { client, requestId: fields.integer(), state }
  const description = readContractDescription(fields)
  const { conId, symbol = state.market.byConId(conId ?? 0)?.symbol } = description.query
  defineLater(lookup, { symbol, latencyMs: state.latencies.detailsMs(lookup.requestId) }, () => {
    const found = findContracts(state.market, description)
    if (found.length === 0) return API_ERRORS.unknownContract()
    const rows = found.map((contract) => detailsOf(contract, lookup))
    const end = contractDataEnd(lookup.requestId)
    const { detailsRowMs } = state.options
    if (detailsRowMs === 0) return rows.join('') + end
    return { frames: [...rows.slice(0, -1), `${rows.at(-1)}${end}`], apartMs: detailsRowMs }
  })
}

/** A lookup of definitions, with the trouble that its symbol has at the moment. */
function defineLater(
  lookup: Lookup,
  { symbol, latencyMs }: { symbol: string | undefined; latencyMs: number },
  answer: () => Answer,
): void {
  const trouble = lookup.state.faults.get('symbol_trouble')
  const how = trouble && trouble.symbol === symbol ? trouble.how : null
  const terms = { farm: 'definitions', latencyMs: how === 'slow' ? SLOW_MS : latencyMs } as const
  if (how === 'unknown') answerLater(lookup, terms, API_ERRORS.unknownContract)
  else if (how === 'refused') answerLater(lookup, terms, () => API_ERRORS.notAllowed(symbol as string))
  else if (how !== 'unanswered') answerLater(lookup, terms, answer)
}

function detailsOf(contract: SimContract, { client, requestId, state }: Lookup): string {
  const underlying = contract.secType === 'OPT' ? state.market.byConId(contract.underlyingConId) : undefined
  const listing = {
    contract,
    underlyingSecType: underlying?.secType ?? '',
    hours: state.market.hours(contract, state.clock.now()),
  }
  return contractData(requestId, listing, client.serverVersion)
}

/** `78|req|symbol|futFopExchange|secType|conId` */
export function chainParameters(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const symbol = fields.text()
  fields.skip(2)
  const conId = fields.real()
  const latencyMs = state.latencies.answerMs(requestId)
  defineLater({ client, requestId, state }, { symbol, latencyMs }, () => {
    if (state.market.byConId(conId)?.symbol !== symbol) return API_ERRORS.invalid('Invalid contract id')
    const rows = state.market.chainRows(conId).map((row) => chainRow(requestId, row))
    return rows.join('') + chainEnd(requestId)
  })
}

const BAR_KINDS = ['TRADES', 'OPTION_IMPLIED_VOLATILITY'] as const

/** `20|req|contract…|inclExpired|end|barSize|duration|useRTH|whatToShow|formatDate|keepUp|opts`: daily bars only. */
export function historicalBars(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const request = readBarsRequest(fields)
  const terms = { farm: 'history', latencyMs: state.latencies.answerMs(requestId) } as const
  answerLater({ client, requestId, state }, terms, () => {
    const now = state.clock.now()
    const span = spanOf(request, now)
    if ('code' in span) return span
    const contract = onlyContract(findContracts(state.market, request.contract))
    if ('code' in contract) return contract
    if (isRefused(state, contract.symbol, span.what)) return API_ERRORS.historyService()
    const bars = state.market.bars(contract, span.what, span)
    const [first] = bars
    if (!first) return API_ERRORS.noData(`${contract.symbol}@${contract.exchange} ${span.what}`)
    return historicalData(requestId, bars, {
      from: `${first.date} 00:00:00`,
      to: formatGatewayTime(span.endAt),
    })
  })
}

function isRefused({ faults }: SimulatorState, symbol: string, kind: string): boolean {
  const refused = faults.get('history_refused')
  return refused !== undefined && (refused.symbol ?? symbol) === symbol && (refused.what ?? kind) === kind
}

interface BarsRequest {
  readonly contract: ContractDescription
  readonly end: string
  readonly barSize: string
  readonly duration: string
  readonly whatToShow: string
  readonly keepUpToDate: boolean
}

function readBarsRequest(fields: Fields): BarsRequest {
  const contract = readContractDescription(fields)
  fields.skip(1)
  const end = fields.text()
  const barSize = fields.text()
  const duration = fields.text()
  fields.skip(1)
  const whatToShow = fields.text().toUpperCase()
  fields.skip(1)
  return { contract, end, barSize, duration, whatToShow, keepUpToDate: fields.flag() }
}

interface Span {
  readonly what: (typeof BAR_KINDS)[number]
  readonly endAt: EpochMs
  readonly days: number
}

/** The bars that are requested, or the error when they are not simulated. */
function spanOf(request: BarsRequest, now: EpochMs): Span | ApiError {
  const { whatToShow, barSize, duration, end } = request
  const what = BAR_KINDS.find((kind) => kind === whatToShow)
  const days = sessionsInDuration(duration)
  const endAt = parseEndTime(end, now)
  if (!what) return API_ERRORS.invalid(`only ${BAR_KINDS.join(' and ')} are simulated, not "${whatToShow}"`)
  if (barSize !== '1 day') return API_ERRORS.invalid(`only bars of "1 day" are simulated, not "${barSize}"`)
  if (request.keepUpToDate) return API_ERRORS.invalid('keepUpToDate is not simulated')
  if (days === null) return API_ERRORS.invalid(`"${duration}" is not a duration such as "300 D" or "1 Y"`)
  if (endAt === null) return API_ERRORS.invalid(`"${end}" is not an end date and time`)
  return { what, endAt, days }
}
