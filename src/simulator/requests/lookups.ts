import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
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

/** How often a request checks whether its broken farm has recovered, ms. */
const BROKEN_FARM_MS = 250

/** Answers with frames or an error after a drawn latency, and not before the request's farm and the server are up. */
function answerLater(
  { client, requestId, state }: Lookup,
  farm: 'history' | 'definitions',
  answer: () => string | ApiError,
): void {
  if (client.open.has(requestId)) {
    client.sendError(requestId, API_ERRORS.duplicateId())
    return
  }
  let cancel = state.timeline.after(state.latencies.answerMs(requestId), respond)
  function respond(): void {
    if (state.faults.has('server_lost') || state.faults.get('farm_broken')?.farm === farm) {
      cancel = state.timeline.after(BROKEN_FARM_MS, respond)
      return
    }
    client.open.delete(requestId)
    const result = answer()
    if (typeof result === 'string') client.send(result)
    else client.sendError(requestId, result)
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
  answerLater(lookup, 'definitions', () => {
    const found = findContracts(state.market, description)
    if (found.length === 0) return API_ERRORS.unknownContract()
    return found.map((contract) => detailsOf(contract, lookup)).join('') + contractDataEnd(lookup.requestId)
  })
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
  answerLater({ client, requestId, state }, 'definitions', () => {
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
  answerLater({ client, requestId, state }, 'history', () => {
    if (state.faults.has('history_refused')) return API_ERRORS.historyService()
    const now = state.clock.now()
    const span = spanOf(request, now)
    if ('code' in span) return span
    const contract = onlyContract(findContracts(state.market, request.contract))
    if ('code' in contract) return contract
    const bars = state.market.bars(contract, span.what, span)
    const [first] = bars
    if (!first) return API_ERRORS.noData(`${contract.symbol}@${contract.exchange} ${span.what}`)
    return historicalData(requestId, bars, {
      from: `${first.date} 00:00:00`,
      to: formatGatewayTime(span.endAt),
    })
  })
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
