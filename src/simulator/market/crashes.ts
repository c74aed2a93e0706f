import { z } from 'zod'
import { newYorkInstant, sessionOn, type TradingSession } from '../../market/calendar.ts'
import { sessionDate } from '../../market/units.ts'

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/

/** A fall of the synthetic market within one session, with all its stocks, and the recovery from it. */
export const crash = z
  .strictObject({
    date: z
      .string()
      .refine(isSession, 'must be a trading day such as 2026-11-20')
      .transform((text) => sessionDate(text)),
    /** New York. */
    at: z.string().regex(TIME_OF_DAY, 'must be a New York time such as 10:30'),
    /** Of the market; a stock falls by its beta times as much. */
    fallFraction: z.number().min(0.005).max(0.5).default(0.07),
    fallMinutes: z.int().min(1).max(120).default(15),
    /** Share of the fall that comes back quickly; the rest does by the close. */
    reboundFraction: z.number().min(0).max(1).default(0.6),
    reboundMinutes: z.int().min(1).max(120).default(30),
  })
  .refine(
    ({ date, at, fallMinutes, reboundMinutes }) => {
      const session = isSession(date) ? sessionOn(sessionDate(date)) : null
      // Said already.
      if (!session || !TIME_OF_DAY.test(at)) return true
      const startAt = newYorkInstant(session.date, at)
      const endAt = startAt + (fallMinutes + reboundMinutes) * 60_000
      return startAt >= session.openAt && endAt < session.closeAt
    },
    { error: 'must begin in the session and rebound before its close', path: ['at'] },
  )
export type Crash = z.output<typeof crash>

export const crashes = z
  .array(crash)
  .max(20)
  .refine((all) => new Set(all.map(({ date }) => date)).size === all.length, 'must be one a day')

/**
 * The market's log return that a crash adds at each second of its session: 0 before it and at the close, so that neither the
 * day before nor the day after knows of it. Null for a session without a crash.
 */
export function crashIn(all: readonly Crash[], session: TradingSession): ((second: number) => number) | null {
  const one = all.find(({ date }) => date === session.date)
  if (!one) return null
  const { fallFraction, fallMinutes, reboundFraction, reboundMinutes } = one
  const from = (newYorkInstant(one.date, one.at) - session.openAt) / 1_000
  const low = from + fallMinutes * 60
  const rebounded = low + reboundMinutes * 60
  const close = (session.closeAt - session.openAt) / 1_000
  const depth = Math.log(1 - fallFraction)
  const rest = depth * (1 - reboundFraction)
  return (second) => {
    if (second <= from || second >= close) return 0
    // It falls faster and faster, and comes back ever more slowly.
    if (second < low) return depth * ((second - from) / (low - from)) ** 2
    if (second < rebounded) return rest + (depth - rest) * (1 - (second - low) / (rebounded - low)) ** 2
    return (rest * (close - second)) / (close - rebounded)
  }
}

function isSession(text: string): boolean {
  try {
    return sessionOn(sessionDate(text)) !== null
  } catch {
    return false
  }
}
