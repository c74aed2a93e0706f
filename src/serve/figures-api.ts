import type { Context } from 'hono'
import { curveAnswer } from '../analytics/answers/curve-answer.ts'
import { datesToRead, daysUpTo, ivAnswer } from '../analytics/answers/iv-answer.ts'
import { marketAnswer } from '../analytics/answers/market-answer.ts'
import { positioningAnswer } from '../analytics/answers/positioning-answer.ts'
import {
  DEFAULT_ESTIMATOR,
  estimatorNamed,
  realizedAnswer,
  realizedDates,
} from '../analytics/answers/realized-answer.ts'
import { REALIZED_DAYS } from '../analytics/answers/realized-volatility.ts'
import { ESTIMATORS, type Estimator } from '../analytics/realized/estimators.ts'
import { newYorkDate } from '../market/calendar.ts'
import type { EpochMs } from '../market/units.ts'
import { clockAnswer } from './clock-answer.ts'
import type { Api } from './refusals.ts'
import {
  collectedSymbol,
  oneOf,
  type Parameter,
  parametersOf,
  time,
  wholeNumber,
} from './route-parameters.ts'
import type { HttpSources } from './sources.ts'

const IV_DAYS = 365
export const MAX_IV_DAYS = 9_999

/** Adds the routes of the figures: the same content as the commands of their names (`market`, `iv` …) with --json. */
export function addFigures(app: Api, sources: HttpSources): void {
  app.get('/api/market-data/:symbol', (context) => marketData(context, sources))
  app.get('/api/futures/:symbol', (context) => futures(context, sources, parametersOf(context, { at: time })))
  app.get('/api/futures/:symbol/latest', (context) => futures(context, sources, parametersOf(context, {})))
  app.get('/api/iv/:symbol', (context) => iv(context, sources))
  app.get('/api/positioning/:symbol', (context) => positioning(context, sources))
  app.get('/api/realized/:symbol', (context) => realized(context, sources))
}

async function marketData(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = collectedSymbol(context, sources)
  const { at, defaults } = parametersOf(context, { defaults: oneOf('true'), at: time })
  const data = await sources.marketData(symbol, at)
  const snapshot = sources.health()
  const answer = marketAnswer(data, { symbol, now: snapshot.now, defaults: defaults === 'true' })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

async function futures(
  context: Context,
  sources: HttpSources,
  { at }: { readonly at?: EpochMs | undefined },
): Promise<Response> {
  const symbol = collectedSymbol(context, sources)
  const rows = await sources.futures(symbol, at)
  const snapshot = sources.health()
  const answer = curveAnswer(rows, { symbol, now: snapshot.now })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

async function positioning(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = collectedSymbol(context, sources)
  const { at } = parametersOf(context, { at: time })
  const data = await sources.positioning(symbol, at)
  const snapshot = sources.health()
  const answer = positioningAnswer(data, { symbol, now: snapshot.now })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

async function iv(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = collectedSymbol(context, sources)
  const { at, days = IV_DAYS } = parametersOf(context, { days: wholeNumber(1, MAX_IV_DAYS), at: time })
  const data = await sources.marketData(symbol, at)
  const snapshot = sources.health()
  const { now } = snapshot
  const range = daysUpTo(data?.date ?? newYorkDate(at ?? now), days)
  const observed = await sources.observations(symbol, datesToRead(data, range))
  const answer = ivAnswer(data, observed, { symbol, now, ...range })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

/** Also with hyphens, as on the command line. */
export const ESTIMATOR: Parameter<Estimator> = {
  ...oneOf(...ESTIMATORS),
  read: (text) => estimatorNamed(text) ?? undefined,
}

async function realized(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = collectedSymbol(context, sources)
  const {
    at,
    days = REALIZED_DAYS,
    estimator = DEFAULT_ESTIMATOR,
  } = parametersOf(context, {
    days: wholeNumber(1, MAX_IV_DAYS),
    estimator: ESTIMATOR,
    at: time,
  })
  const data = await sources.marketData(symbol, at)
  const snapshot = sources.health()
  const { now } = snapshot
  const range = daysUpTo(data?.date ?? newYorkDate(at ?? now), days)
  const observed = await sources.observations(symbol, realizedDates(range))
  const weights = sources.tradingTimeWeights(symbol)
  const answer = realizedAnswer(data, observed, { symbol, now, ...range, estimator, weights })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}
