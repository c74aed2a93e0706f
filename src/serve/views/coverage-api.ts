import { addDays, type SessionDate } from '../../market/units.ts'
import { clockAnswer } from '../clock-answer.ts'
import { latestSessionDate } from '../latest-session.ts'
import type { Api } from '../refusals.ts'
import { collectedSymbol, oneOf, parametersOf, tradeDate } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'
import { coverageAnswer } from './coverage-answer.ts'

/** Calendar days of each range. */
const DAYS = { week: 7, month: 31, year: 366 } as const
type Range = keyof typeof DAYS
const DEFAULT_RANGE: Range = 'month'

/** Adds the route of the coverage map: every slot of a symbol over a week, a month or a year. */
export function addCoverageView(app: Api, sources: HttpSources): void {
  app.get('/api/views/coverage/:symbol', async (context) => {
    const symbol = collectedSymbol(context, sources)
    const asked = parametersOf(context, { range: oneOf('week', 'month', 'year'), to: tradeDate })
    const snapshot = sources.health()
    const { now, timetable } = snapshot
    const range = asked.range ?? DEFAULT_RANGE
    const newest = latestSessionDate(now, timetable)
    const to: SessionDate = asked.to !== undefined && asked.to < newest ? asked.to : newest
    const from = addDays(to, 1 - DAYS[range])
    const { days, firstDate } = await sources.coverage(symbol, { from, to })
    const answer = await coverageAnswer(days, { symbol, from, to, firstDate, now, timetable })
    return context.json({
      source: sources.source,
      clock: clockAnswer(snapshot),
      at: new Date(now).toISOString(),
      range,
      newest,
      ...answer,
    })
  })
}
