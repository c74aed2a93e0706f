import { API_ERRORS, type ApiError } from '../errors.ts'
import { DAY_SECONDS } from '../market/market.ts'
import type { BarGroup } from './bar-groups.ts'

/** How bars are cut: a length in seconds, or whole sessions that are put together by week or month. */
export interface BarSize {
  /** Seconds; a day for daily, weekly and monthly bars. */
  readonly barSeconds: number
  readonly group: BarGroup | null
}

const MINUTE = 60
const HOUR = 60 * MINUTE

/** The names of Interactive Brokers, in the order of its message. */
const LENGTHS: Readonly<Record<string, number>> = {
  ...{ '1 secs': 1, '5 secs': 5, '10 secs': 10, '15 secs': 15, '30 secs': 30 },
  ...{ '1 min': MINUTE, '2 mins': 2 * MINUTE, '3 mins': 3 * MINUTE, '5 mins': 5 * MINUTE },
  ...{ '10 mins': 10 * MINUTE, '15 mins': 15 * MINUTE, '20 mins': 20 * MINUTE, '30 mins': 30 * MINUTE },
  ...{ '1 hour': HOUR, '2 hours': 2 * HOUR, '3 hours': 3 * HOUR, '4 hours': 4 * HOUR, '8 hours': 8 * HOUR },
  '1 day': DAY_SECONDS,
}
const GROUPS: Readonly<Record<string, BarGroup>> = {
  ...{ '1W': 'week', '1 week': 'week', '1M': 'month', '1 month': 'month' },
}

/** `"5 mins"`, `"1 day"`, `"1W"`; error 321 with the legal names for anything else. */
export function parseBarSize(text: string): BarSize | ApiError {
  const name = text.trim()
  const group = Object.hasOwn(GROUPS, name) ? (GROUPS[name] as BarGroup) : null
  if (group) return { barSeconds: DAY_SECONDS, group }
  if (Object.hasOwn(LENGTHS, name)) return { barSeconds: LENGTHS[name] as number, group: null }
  const legal = [...Object.keys(LENGTHS), '1W', '1M'].join(', ')
  return API_ERRORS.invalid(`Historical data bar size setting is invalid. Legal ones are: ${legal}`)
}
