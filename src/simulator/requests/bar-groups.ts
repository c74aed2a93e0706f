import { newYorkDate, newYorkInstant } from '../../market/calendar.ts'
import { weekdayOf } from '../../market/holidays.ts'
import { addDays, type EpochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { Bar } from '../market/market.ts'

export type BarGroup = 'week' | 'month'

/** Daily bars, oldest first, as one bar of each week or month; it carries the date of its last session. */
export function groupBars(bars: readonly Bar[], group: BarGroup): Bar[] {
  const groups = new Map<SessionDate, Bar[]>()
  for (const bar of bars) {
    const start = groupStart(newYorkDate(bar.startAt), group)
    const known = groups.get(start)
    if (known) known.push(bar)
    else groups.set(start, [bar])
  }
  return [...groups.values()].map((days) => ({
    ...mergeBars(days),
    startAt: (days.at(-1) as Bar).startAt,
  }))
}

/** The first day of the week or month in which a time lies, at midnight. */
export function groupStartAt(at: EpochMs, group: BarGroup): EpochMs {
  return newYorkInstant(groupStart(newYorkDate(at), group), '00:00')
}

function groupStart(date: SessionDate, group: BarGroup): SessionDate {
  return group === 'month'
    ? sessionDate(`${date.slice(0, 7)}-01`)
    : addDays(date, -((weekdayOf(date) + 6) % 7))
}

/** One bar for several, at least one, oldest first. What one of them does not know, the result does not know. */
export function mergeBars(bars: readonly Bar[]): Bar {
  const [first] = bars as [Bar]
  const sumOf = (value: (bar: Bar) => number | null) =>
    bars.reduce<number | null>((sum, bar) => {
      const one = value(bar)
      return sum === null || one === null ? null : sum + one
    }, 0)
  const volume = sumOf((bar) => bar.volume)
  const paid = sumOf((bar) => {
    if (bar.volume === 0) return 0
    return bar.volume === null || bar.averagePrice === null ? null : bar.volume * bar.averagePrice
  })
  return {
    startAt: first.startAt,
    open: first.open,
    high: bars.reduce((high, bar) => Math.max(high, bar.high), first.high),
    low: bars.reduce((low, bar) => Math.min(low, bar.low), first.low),
    close: (bars.at(-1) as Bar).close,
    volume,
    averagePrice: volume && paid !== null ? Math.round((paid / volume) * 1_000) / 1_000 : null,
    tradeCount: sumOf((bar) => bar.tradeCount),
  }
}
