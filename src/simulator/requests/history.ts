import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { BAR_KINDS, type BarKind, type BarsRequest } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { historicalData } from '../wire/history.ts'
import { formatGatewayTime, parseEndTime } from '../wire/times.ts'
import { answerLater } from './answer-later.ts'
import { type BarSize, parseBarSize } from './bar-size.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import { type Duration, parseDuration, startOf } from './duration.ts'
import { onlyContract } from './validation.ts'

/** `20|req|contract…|inclExpired|end|barSize|duration|useRTH|whatToShow|formatDate|keepUp|opts` */
export function historicalBars(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const request = readBarsRequest(fields)
  const terms = { farm: 'history', latencyMs: state.latencies.answerMs(requestId) } as const
  answerLater({ client, requestId, state }, terms, () => {
    const query = queryOf(request, state.clock.now())
    if ('code' in query) return query
    const contract = onlyContract(findContracts(state.market, request.contract))
    if ('code' in contract) return contract
    const { what, endAt } = query
    if (isRefused(state, contract.symbol, what)) return API_ERRORS.historyService()
    const noData = API_ERRORS.noData(`${contract.symbol}@${contract.exchange} ${what}`)
    const earliest = state.market.headTimestamp(contract, what)
    if (earliest === null) return noData
    const { barSeconds } = query.size
    const span: BarsRequest = {
      startAt: startOf(query.duration, { endAt, barSeconds, earliest }),
      endAt,
      barSeconds,
    }
    const bars = state.market.bars(contract, what, span)
    if (bars.length === 0) return noData
    return historicalData(requestId, bars, {
      range: { from: formatGatewayTime(span.startAt), to: formatGatewayTime(endAt) },
      barSeconds,
      dateFormat: request.dateFormat === 2 ? 2 : 1,
    })
  })
}

function isRefused({ faults }: SimulatorState, symbol: string, kind: string): boolean {
  const refused = faults.get('history_refused')
  return refused !== undefined && (refused.symbol ?? symbol) === symbol && (refused.what ?? kind) === kind
}

interface BarsMessage {
  readonly contract: ContractDescription
  readonly end: string
  readonly barSize: string
  readonly duration: string
  readonly whatToShow: string
  readonly dateFormat: number
  readonly keepUpToDate: boolean
}

function readBarsRequest(fields: Fields): BarsMessage {
  const contract = readContractDescription(fields)
  fields.skip(1)
  const end = fields.text()
  const barSize = fields.text()
  const duration = fields.text()
  fields.skip(1)
  const whatToShow = fields.text().toUpperCase()
  const dateFormat = fields.real()
  return { contract, end, barSize, duration, whatToShow, dateFormat, keepUpToDate: fields.flag() }
}

interface Query {
  readonly what: BarKind
  readonly endAt: EpochMs
  readonly size: BarSize
  readonly duration: Duration
}

/** The bars that are requested, or the error. */
function queryOf(request: BarsMessage, now: EpochMs): Query | ApiError {
  const { whatToShow, end } = request
  const what = BAR_KINDS.find((kind) => kind === whatToShow)
  const size = parseBarSize(request.barSize)
  const duration = parseDuration(request.duration)
  const endAt = parseEndTime(end, now)
  if (!what) return API_ERRORS.invalid(`only ${BAR_KINDS.join(' and ')} are simulated, not "${whatToShow}"`)
  if ('code' in size) return size
  if (request.keepUpToDate) return API_ERRORS.invalid('keepUpToDate is not simulated')
  if ('code' in duration) return duration
  if (endAt === null) return API_ERRORS.invalid(`"${end}" is not an end date and time`)
  return { what, endAt: endAt < now ? endAt : now, size, duration }
}
