import { newYorkDate, sessionsBetween, type TradingSession } from '../../../market/calendar.ts'
import type { Bar, TimeSpan } from '../market.ts'
import { type Moment, marksOf } from './path.ts'
import { WALK_STARTS } from './walk.ts'

/**
 * A bar of each session of the span that is finished at its end, oldest first. A session is finished at the
 * underlyings' close. High and low are those of the five-minute samples. `volumeOf` returns whole units, 0 for an index.
 */
export function dailyBars(
  span: TimeSpan,
  { valueAt, volumeOf }: { valueAt(moment: Moment): number; volumeOf(session: TradingSession): number },
): Bar[] {
  return finishedSessions(span).map((session) => {
    const values = marksOf(session).map((moment) => valueAt(moment))
    return {
      startAt: session.openAt,
      open: values[0] as number,
      high: Math.max(...values),
      low: Math.min(...values),
      close: values.at(-1) as number,
      volume: volumeOf(session),
      averagePrice: null,
      tradeCount: null,
    }
  })
}

function finishedSessions({ startAt, endAt }: TimeSpan): TradingSession[] {
  const from = newYorkDate(startAt)
  return sessionsBetween(from < WALK_STARTS ? WALK_STARTS : from, newYorkDate(endAt)).filter(
    ({ openAt, closeAt }) => startAt <= openAt && closeAt <= endAt,
  )
}
