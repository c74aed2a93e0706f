import type { Session } from '../market/calendar.ts'
import type { EpochMs } from '../market/units.ts'
import { absent, type Found, found, median } from './measured.ts'

/** A figure of one slot. */
export interface SlotValue {
  readonly slot: EpochMs
  readonly value: number | null
}

export interface DailyValue {
  readonly value: number
  /** Cycles that had a value. */
  readonly cycles: number
}

const MINUTE_MS = 60_000

/**
 * One session's value: the median of its cycles between 15:30 and 15:55 New York time, both included; on an early
 * close of those of the last 25 minutes, 12:35 to 12:55. A slot at the close is quoted after it, and never enters.
 * `not_received` where no cycle of them has a value.
 */
export function dailyValue(slots: readonly SlotValue[], session: Session): Found<DailyValue> {
  const from = session.closeAt - (session.earlyClose ? 25 : 30) * MINUTE_MS
  const to = session.closeAt - 5 * MINUTE_MS
  const values: number[] = []
  for (const { slot, value } of slots) {
    if (slot >= from && slot <= to && value !== null && Number.isFinite(value)) values.push(value)
  }
  const middle = median(values)
  return middle === null ? absent('not_received') : found({ value: middle, cycles: values.length })
}
