import type { Context } from 'hono'
import { type DayFigures, dayFigures } from '../../analytics/answers/day-figures.ts'
import { DEFAULT_ESTIMATOR } from '../../analytics/answers/realized-answer.ts'
import {
  historyDates,
  type IvSource,
  type VolatilityHistory,
  volatilityHistory,
} from '../../analytics/answers/volatility-history.ts'
import { ESTIMATORS } from '../../analytics/realized/estimators.ts'
import { VIX } from '../../market/contract.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import { clockAnswer } from '../clock-answer.ts'
import type { Api } from '../refusals.ts'
import { collectedSymbol, oneOf, parametersOf, time, tradeDate } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'
import { askedDay } from './asked-day.ts'

const WINDOWS = { 60: 60, 126: 126, 252: 252 } as const

/** Volatility over a year or less before a trade date, and the figures of that date's slots. */
export interface VolatilityAnswer extends VolatilityHistory {
  readonly source: string
  readonly clock: ReturnType<typeof clockAnswer>
  /** The slots of the date, those after the time asked for too. */
  readonly day: DayFigures
}

/** Adds the data of the view of implied and realized volatility. */
export function addVolatilityView(app: Api, sources: HttpSources): void {
  app.get('/api/views/volatility/:symbol', async (context) =>
    context.json(await volatilityAnswer(context, sources)),
  )
}

async function volatilityAnswer(context: Context, sources: HttpSources): Promise<VolatilityAnswer> {
  const symbol = collectedSymbol(context, sources)
  const {
    sessions = '252',
    estimator = DEFAULT_ESTIMATOR,
    ...day
  } = parametersOf(context, {
    ...{ at: time, date: tradeDate },
    ...{ sessions: oneOf('60', '126', '252'), estimator: oneOf(...ESTIMATORS) },
  })
  const { date } = await askedDay(symbol, day, sources)
  const window = WINDOWS[sessions]
  const dates = historyDates({ date, window })
  const [rows, observed] = await Promise.all([
    sources.figuresOn(symbol, date),
    sources.observedWithVix(symbol, dates),
  ])
  const snapshot = sources.health()
  return {
    source: sources.source,
    clock: clockAnswer(snapshot),
    ...volatilityHistory({
      ...{ symbol, date, window, estimator, observed },
      observedVix: observed.filter((row) => row.symbol === VIX.symbol),
      ivSource: rankedSource(rows),
      sessionOn: (day) => snapshot.timetable.sessionOn(day, symbol),
    }),
    day: dayFigures(rows),
  }
}

/** Whose volatility the newest slot of the day ranks; null where none has a rank. */
function rankedSource(rows: readonly MarketMetricsRow[]): IvSource | null {
  const source = rows.findLast((row) => row.iv_source !== null)?.iv_source
  return source === 'chain' || source === 'ib_index' ? source : null
}
