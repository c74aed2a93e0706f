import { newYorkDate, sessionsBetween } from '../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { API_ERRORS } from '../errors.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { headTimestamp, histogramData } from '../wire/history.ts'
import { type Answer, answerLater } from './answer-later.ts'
import { findContracts, readContractDescription } from './contract-description.ts'
import { type Duration, sessionsOf, startOf } from './duration.ts'
import { readDateFormat, shownBy } from './history-query.ts'
import type { RequestTable } from './request.ts'
import { onlyContract } from './validation.ts'

/** What is known about the history of a contract: since when, and how much was traded at which price. */
export const HISTORY_FACT_REQUESTS: RequestTable = {
  87: { name: 'reqHeadTimestamp', idField: 1, answer: head },
  88: { name: 'reqHistogramData', idField: 1, answer: histogram },
  89: { name: 'cancelHistogramData', idField: 1, answer: cancelQuietly },
  90: { name: 'cancelHeadTimestamp', idField: 1, answer: cancelQuietly },
}

/** `87|req|contract…|inclExpired|useRTH|whatToShow|formatDate` */
function head(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const description = readContractDescription(fields)
  fields.skip(2)
  const whatToShow = fields.text().trim().toUpperCase()
  const dateFormat = readDateFormat(fields)
  const terms = { farm: 'history', latencyMs: state.latencies.answerMs(requestId) } as const
  answerLater({ client, requestId, state }, terms, () => {
    const shown = shownBy(whatToShow)
    if (shown !== null && typeof shown === 'object') return shown
    const contract = onlyContract(findContracts(state.market, description))
    if ('code' in contract) return contract
    const at = shown === null || shown === 'SCHEDULE' ? null : state.market.headTimestamp(contract, shown)
    return at === null ? API_ERRORS.noHeadTimestamp() : headTimestamp(requestId, at, dateFormat)
  })
}

const PERIODS: ReadonlyArray<readonly [unit: RegExp, toDuration: (count: number) => Duration]> = [
  [/^seconds?$|^secs?$/, (count) => ({ seconds: count })],
  [/^minutes?$|^mins?$/, (count) => ({ seconds: 60 * count })],
  [/^hours?$/, (count) => ({ seconds: 3_600 * count })],
  [/^days?$/, (count) => ({ sessions: count })],
  [/^weeks?$/, (count) => ({ sessions: 5 * count })],
  [/^months?$/, (count) => ({ sessions: 21 * count })],
]
/** Three months. */
const MOST_SESSIONS = 63
const MOST_SECONDS = 86_400

/** `"3 days"`, `"1 week"`, `"20 minutes"`; null for anything else, and for more than three months. */
function periodOf(text: string): Duration | null {
  const [, digits = '', unit = ''] = /^(\d{1,5}) ([a-z]+)$/.exec(text.trim().toLowerCase()) ?? []
  const count = Number(digits)
  const duration = PERIODS.find(([pattern]) => pattern.test(unit))?.[1](count)
  if (!duration || count === 0) return null
  const fits = 'seconds' in duration ? duration.seconds <= MOST_SECONDS : duration.sessions <= MOST_SESSIONS
  return fits ? duration : null
}

/** `88|req|contract…|inclExpired|useRTH|timePeriod`: the volume at each price, from the single trades. */
function histogram(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const description = readContractDescription(fields)
  fields.skip(2)
  const period = fields.text()
  const terms = { farm: 'history', latencyMs: state.latencies.answerMs(requestId) } as const
  answerLater({ client, requestId, state }, terms, () => {
    const duration = periodOf(period)
    if (!duration) return API_ERRORS.invalid(`"${period}" is not a time period such as "3 days"`)
    const contract = onlyContract(findContracts(state.market, description))
    if ('code' in contract) return contract
    const { market } = state
    const noData = API_ERRORS.noData(`${contract.symbol}@${contract.exchange} histogram`)
    const earliest = market.headTimestamp(contract, 'TRADES')
    const endAt = state.clock.now()
    if (earliest === null || earliest >= endAt) return noData
    const steps = market.sessions?.(contract, false)
    const startAt = startOf(duration, { endAt, barSeconds: 1, earliest, sessions: steps })
    const spans = steps
      ? sessionsOf(steps, { startAt, endAt })
      : sessionsBetween(newYorkDate(startAt), newYorkDate(endAt)).map(({ openAt, optionsCloseAt }) => ({
          startAt: openAt,
          endAt: optionsCloseAt,
        }))
    const sizes = new Map<number, number>()
    return addSession(0)

    function addSession(index: number): Answer {
      const session = spans[index]
      if (!session) return sizes.size === 0 ? noData : histogramData(requestId, sizes)
      const span = {
        startAt: later(startAt, session.startAt),
        endAt: earlier(endAt, epochMs(session.endAt + 1)),
      }
      for (const { price, size } of market.trades(
        contract as Exclude<typeof contract, { code: number }>,
        span,
      )) {
        sizes.set(price, (sizes.get(price) ?? 0) + size)
      }
      return { next: () => addSession(index + 1) }
    }
  })
}

const later = (a: EpochMs, b: EpochMs) => (a > b ? a : b)
const earlier = (a: EpochMs, b: EpochMs) => (a < b ? a : b)

/** `89|req`, `90|req`: these cancels have no answer. */
function cancelQuietly(client: Client, fields: Fields): void {
  const open = client.open.get(fields.integer())
  if (open?.kind === 'answer') open.close()
}
