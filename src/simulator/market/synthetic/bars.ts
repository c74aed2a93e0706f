import { newYorkDate, sessionOn, sessionsBetween, type TradingSession } from '../../../market/calendar.ts'
import { addDays, dateToExpiry, type EpochMs, epochMs } from '../../../market/units.ts'
import type { DailyBar } from '../market.ts'
import { type Moment, momentIn } from './path.ts'
import { WALK_STARTS } from './walk.ts'

/** Interval at which highs and lows are sampled. */
const MARK_MS = 5 * 60_000

/**
 * The latest `days` finished sessions by `endAt`, oldest first; fewer when the market is younger. A session is finished
 * at the underlyings' close. High and low are those of the five-minute samples. `volumeOf` returns whole units, 0 for
 * an index.
 */
export function dailyBars(
  request: { endAt: EpochMs; days: number },
  { valueAt, volumeOf }: { valueAt(moment: Moment): number; volumeOf(session: TradingSession): number },
): DailyBar[] {
  return finishedSessions(request).map((session) => {
    const values = marksOf(session).map((moment) => valueAt(moment))
    return {
      date: dateToExpiry(session.date),
      open: values[0] as number,
      high: Math.max(...values),
      low: Math.min(...values),
      close: values.at(-1) as number,
      volume: volumeOf(session),
    }
  })
}

function finishedSessions({ endAt, days }: { endAt: EpochMs; days: number }): TradingSession[] {
  if (days <= 0) return []
  const today = newYorkDate(endAt)
  const atLeast = Math.ceil(days * 1.5) + 14
  const from = addDays(today, -atLeast)
  const found = sessionsBetween(from < WALK_STARTS ? WALK_STARTS : from, addDays(today, -1))
  const last = sessionOn(today)
  if (last && last.closeAt <= endAt && today >= WALK_STARTS) found.push(last)
  return found.slice(-days)
}

function marksOf(session: TradingSession): Moment[] {
  const marks: Moment[] = []
  for (let at = session.openAt as number; at <= session.closeAt; at += MARK_MS) {
    marks.push(momentIn(session, epochMs(at)))
  }
  return marks
}
