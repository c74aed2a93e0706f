import { newYorkDate } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { PACED_BAR_SECONDS } from '../history-pacing.ts'
import type { Bar, SimContract, TimeSpan } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { historicalData, historicalSchedule } from '../wire/history.ts'
import { type Answer, answerLater, type Lookup } from './answer-later.ts'
import { type BarSeries, barsUntilNow, joinBars, partsOf, spanOf } from './bar-source.ts'
import { findContracts } from './contract-description.ts'
import { STOCK_EXCHANGE, sessionsOf, startOf } from './duration.ts'
import { followBars } from './follow-bars.ts'
import { type BarsMessage, type BarsQuery, barsQueryOf, readBarsMessage } from './history-query.ts'
import { countOpen } from './polling.ts'
import type { RequestTable } from './request.ts'
import { onlyContract } from './validation.ts'

export const HISTORY_REQUESTS: RequestTable = {
  20: { name: 'reqHistoricalData', idField: 1, answer: historicalBars },
  25: { name: 'cancelHistoricalData', idField: 2, answer: cancelHistory },
}

/** Open requests for history, of all clients together. */
const MOST_OPEN = 50

/** `20|req|contract…|inclExpired|end|barSize|duration|useRTH|whatToShow|formatDate|keepUp|opts` */
function historicalBars(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const message = readBarsMessage(fields)
  const lookup: Lookup = { client, requestId, state }
  const query = barsQueryOf(message, state.clock.now())
  const refused = 'code' in query ? query : refusal(lookup, { message, query })
  const latencyMs = state.latencies.answerMs(requestId)
  answerLater(lookup, { farm: 'history', latencyMs, kind: 'history' }, () =>
    refused || 'code' in query ? (refused as ApiError) : barsAnswer(lookup, { message, query }),
  )
}

interface Request {
  readonly message: BarsMessage
  readonly query: BarsQuery
}

/** The limits: open requests, and for short bars how often they may be requested. */
function refusal({ client, requestId, state }: Lookup, { message, query }: Request): ApiError | null {
  // The identical id is answered as such.
  if (client.open.has(requestId)) return null
  if (countOpen(state, 'history') >= MOST_OPEN) return API_ERRORS.openHistory(MOST_OPEN)
  if (query.size.barSeconds > PACED_BAR_SECONDS) return null
  const { contract, whatToShow } = message
  const series = JSON.stringify([contract, whatToShow])
  const paced = {
    identity: JSON.stringify(message),
    series,
    weight: whatToShow === 'BID_ASK' ? 2 : 1,
  } as const
  return state.historyPacing.violates(paced, state.clock.monotonicMs()) ? API_ERRORS.pacing() : null
}

function barsAnswer(lookup: Lookup, { message, query }: Request): Answer {
  const { state, requestId } = lookup
  const { market } = state
  const contract = onlyContract(findContracts(market, message.contract, message))
  if ('code' in contract) return contract
  const { shown, size } = query
  if (isRefused(state, contract.symbol, shown ?? message.whatToShow)) return API_ERRORS.historyService()
  if (shown === 'SCHEDULE') return scheduleAnswer(lookup, contract, { message, query })
  const noData = API_ERRORS.noData(`${contract.symbol}@${contract.exchange} ${message.whatToShow}`)
  if (shown === null) return noData
  const { regularHours } = message
  const series: BarSeries = { contract, what: shown, size, regularHours }
  const span = spanOf(market, series, { ...query, now: state.clock.now() })
  if (!span) return noData
  const parts = partsOf(span, series)
  const format = { barSeconds: size.barSeconds, dateFormat: message.dateFormat }
  const range = { from: span.startAt, to: span.endAt }
  const bars: Bar[] = []
  return gather(0)

  function gather(at: number): Answer {
    const part = parts[at] as TimeSpan
    const wanted = { ...part, barSeconds: size.barSeconds, regularHours }
    bars.push(...market.bars(contract as SimContract, series.what, wanted))
    return at + 1 < parts.length ? { next: () => gather(at + 1) } : finish()
  }

  function finish(): Answer {
    const known = message.keepUpToDate ? withOpenBar(bars) : joinBars(bars, series)
    const last = known.at(-1)
    if (!last) return noData
    const opening = historicalData(requestId, known, { range, ...format })
    if (!message.keepUpToDate) return opening
    return { opening, follow: () => followBars(lookup, { series, format, last }) }
  }

  /** The bar that is going on replaces its own beginning. */
  function withOpenBar(found: readonly Bar[]): Bar[] {
    const from = found.at(-1)?.startAt ?? (span as TimeSpan).startAt
    const latest = barsUntilNow(market, series, { startAt: from, endAt: state.clock.now() })
    const [first] = latest
    const before = joinBars(found, series).filter(({ startAt }) => !first || startAt < first.startAt)
    return [...before, ...latest]
  }
}

function isRefused({ faults }: SimulatorState, symbol: string, kind: string): boolean {
  const refused = faults.get('history_refused')
  return refused !== undefined && (refused.symbol ?? symbol) === symbol && (refused.what ?? kind) === kind
}

/** The sessions of the duration, by the hours of the contract: the regular ones, or all of the day. */
function scheduleAnswer(
  { state, requestId }: Lookup,
  contract: SimContract,
  { message, query }: Request,
): Answer {
  const { duration, endAt } = query
  const earliest = state.market.headTimestamp(contract, 'TRADES')
  if (earliest === null) return API_ERRORS.noData(`${contract.symbol}@${contract.exchange} SCHEDULE`)
  const steps = state.market.sessions?.(contract, message.regularHours)
  const startAt = startOf(duration, { endAt, barSeconds: 1, earliest, sessions: steps })
  const sessions = sessionsOf(steps ?? STOCK_EXCHANGE, { startAt, endAt }).flatMap((session) =>
    sessionHours(state, contract, { closeAt: session.endAt, regularHours: message.regularHours }),
  )
  const { timeZoneId } = state.market.hours(contract, endAt)
  return historicalSchedule(requestId, { startAt, endAt, timeZoneId, sessions })
}

function sessionHours(
  { market }: SimulatorState,
  contract: SimContract,
  { closeAt, regularHours }: { closeAt: EpochMs; regularHours: boolean },
) {
  const { liquidHours, tradingHours } = market.hours(contract, closeAt)
  const date = newYorkDate(closeAt).replaceAll('-', '')
  const segments = (regularHours ? liquidHours : tradingHours).matchAll(
    /(\d{8}):(\d\d)(\d\d)-(\d{8}):(\d\d)(\d\d)/g,
  )
  // Trading that begins on the evening before belongs to the day on which it ends.
  return [...segments]
    .filter(([, , , , closingDate]) => closingDate === date)
    .map(([, openDate, hour, minute, closingDate, closingHour, closingMinute]) => ({
      open: `${openDate}-${hour}:${minute}:00`,
      close: `${closingDate}-${closingHour}:${closingMinute}:00`,
      date,
    }))
}

/** `25|1|req`: an open request ends with error 162, as at Interactive Brokers. */
function cancelHistory(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.kind !== 'history') {
    client.sendError(requestId, API_ERRORS.unknownHistory(requestId))
    return
  }
  open.close()
  client.sendError(requestId, API_ERRORS.historyCancelled(requestId))
}
