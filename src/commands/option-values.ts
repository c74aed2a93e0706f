import { z } from 'zod'
import { newYorkClock, newYorkDate } from '../market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'

/** A time as an option gives it. @throws Failure EXIT.usage naming the option. */
export function timeOf(option: string, text: string): EpochMs {
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return epochMs(Date.parse(text))
  throw new Failure(
    EXIT.usage,
    `${option} ${text} is not a time with its offset: write for example 2026-11-20T10:00:00-05:00`,
  )
}

/** A New York date as an option gives it. @throws Failure EXIT.usage naming the option. */
export function dateOf(option: string, text: string): SessionDate {
  try {
    return sessionDate(text)
  } catch {
    throw new Failure(
      EXIT.usage,
      `${option} ${text} is not a date: write it as YYYY-MM-DD, for example 2026-11-20`,
    )
  }
}

/** Calendar days as an option gives them. @throws Failure EXIT.usage naming the option. */
export function daysOf(option: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new Failure(EXIT.usage, `${option} ${text} is not a number of days: 1 to 9999`)
}

/** 2026-11-20 10:00, New York. */
export function minuteOf(at: EpochMs): string {
  return `${newYorkDate(at)} ${newYorkClock(at).slice(0, 5)}`
}

/** How long ago, in the largest unit that says it: 40 s, 12 min, 5 h, 3 d. */
export function ageOf(seconds: number): string {
  const units = [
    ['d', 172_800, 86_400],
    ['h', 7_200, 3_600],
    ['min', 120, 60],
  ] as const
  const [unit, , size] = units.find(([, from]) => seconds >= from) ?? (['s', 0, 1] as const)
  return `${Math.floor(seconds / size)} ${unit}`
}
