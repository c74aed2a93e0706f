import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { PACED_BAR_SECONDS } from '../history-pacing.ts'
import { BAR_KINDS, type BarKind, DAY_SECONDS } from '../market/market.ts'
import type { Fields } from '../wire/frames.ts'
import type { DateFormat } from '../wire/history.ts'
import { parseEndTime } from '../wire/times.ts'
import { type BarSize, parseBarSize } from './bar-size.ts'
import { type ContractDescription, readContractDescription } from './contract-description.ts'
import { type Duration, parseDuration } from './duration.ts'

/** A request for bars as a client wrote it. */
export interface BarsMessage {
  readonly contract: ContractDescription
  readonly includeExpired: boolean
  readonly end: string
  readonly barSize: string
  readonly duration: string
  readonly regularHours: boolean
  readonly whatToShow: string
  readonly dateFormat: DateFormat
  readonly keepUpToDate: boolean
}

/** `contract…|inclExpired|end|barSize|duration|useRTH|whatToShow|formatDate|keepUp|opts` */
export function readBarsMessage(fields: Fields): BarsMessage {
  const contract = readContractDescription(fields)
  const includeExpired = fields.flag()
  const end = fields.text()
  const barSize = fields.text()
  const duration = fields.text()
  const regularHours = fields.flag()
  const whatToShow = fields.text().trim().toUpperCase()
  const dateFormat = readDateFormat(fields)
  // The legs of a combination would follow here. No simulated market lists combinations.
  const keepUpToDate = contract.query.secType === 'BAG' ? false : fields.flag()
  return {
    contract,
    includeExpired,
    end,
    barSize,
    duration,
    regularHours,
    whatToShow,
    dateFormat,
    keepUpToDate,
  }
}

/** 2, or 1 for anything else. */
export function readDateFormat(fields: Fields): DateFormat {
  return fields.real() === 2 ? 2 : 1
}

/** What is shown: bars of a kind, or the sessions. null: Interactive Brokers has it, no simulated market does. */
export type Shown = BarKind | 'SCHEDULE' | null

/** Legal at Interactive Brokers, and unknown here: prices of bonds and of crypto, and the costs of a loan. */
const ABSENT = new Set([
  ...['AGGTRADES', 'FEE_RATE', 'REBATE_RATE', 'OPTION_VOLUME', 'OPTION_OPEN_INTEREST'],
  ...['YIELD_ASK', 'YIELD_BID', 'YIELD_BID_ASK', 'YIELD_LAST'],
])

/** No simulated market has dividends or splits, so adjusted prices are the prices. */
const SAME_AS_TRADES = 'ADJUSTED_LAST'

export function shownBy(whatToShow: string): Shown | ApiError {
  const kind = BAR_KINDS.find((one) => one === whatToShow)
  if (kind) return kind
  if (whatToShow === 'SCHEDULE') return 'SCHEDULE'
  if (whatToShow === SAME_AS_TRADES) return 'TRADES'
  return ABSENT.has(whatToShow) ? null : API_ERRORS.whatToShow()
}

/** The most seconds of a duration, by the longest bars of that length and below, from Interactive Brokers' table. */
const LONGEST_SECONDS: ReadonlyArray<readonly [barSeconds: number, seconds: number]> = [
  [1, 2_000],
  [5, 7_200],
  [15, 14_400],
  [PACED_BAR_SECONDS, 28_800],
]
/** Bars of an answer at most, about a year of minutes. */
const MOST_BARS = 100_000
const SESSION_SECONDS = 23_400

export interface BarsQuery {
  readonly shown: Shown
  readonly endAt: EpochMs
  readonly size: BarSize
  readonly duration: Duration
}

/** What is requested, or the error of a request that no market could serve. */
export function barsQueryOf(message: BarsMessage, now: EpochMs): BarsQuery | ApiError {
  const shown = shownBy(message.whatToShow)
  if (shown !== null && typeof shown === 'object') return shown
  const size = parseBarSize(message.barSize)
  if ('code' in size) return size
  const duration = parseDuration(message.duration)
  if ('code' in duration) return duration
  const endAt = parseEndTime(message.end, now)
  if (endAt === null) return API_ERRORS.endTime()
  if (message.keepUpToDate && message.end.trim() !== '') {
    return API_ERRORS.invalid('End Date/Time is not supported for historical data that is kept up to date')
  }
  if (isTooLong(duration, size.barSeconds)) return API_ERRORS.invalidStep(size.barSeconds)
  return { shown, endAt: endAt < now ? endAt : now, size, duration }
}

function isTooLong(duration: Duration, barSeconds: number): boolean {
  const seconds = 'seconds' in duration ? duration.seconds : duration.sessions * SESSION_SECONDS
  const [, longest = Number.POSITIVE_INFINITY] = LONGEST_SECONDS.find(([upTo]) => barSeconds <= upTo) ?? []
  if (seconds > longest) return true
  return barSeconds < DAY_SECONDS && seconds / barSeconds > MOST_BARS
}
