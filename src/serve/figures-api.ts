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
import { ESTIMATORS } from '../analytics/realized/estimators.ts'
import { newYorkDate } from '../market/calendar.ts'
import { storedSymbol } from '../market/symbol.ts'
import { clockAnswer } from './clock-answer.ts'
import { type Api, refuse, unknownSymbol } from './refusals.ts'
import type { HttpSources } from './sources.ts'

const IV_DAYS = 365
const MAX_IV_DAYS = 9_999

/** Adds the routes of the figures: the same content as the commands of their names (`market`, `iv` …) with --json. */
export function addFigures(app: Api, sources: HttpSources): void {
  app.get('/api/market-data/:symbol', (context) => marketData(context, sources))
  app.get('/api/futures/:symbol/latest', (context) => futures(context, sources))
  app.get('/api/iv/:symbol', (context) => iv(context, sources))
  app.get('/api/positioning/:symbol', (context) => positioning(context, sources))
  app.get('/api/realized/:symbol', (context) => realized(context, sources))
}

async function marketData(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!sources.symbols.includes(symbol)) return unknownSymbol(context, sources)
  const defaults = onlyParameter(context, 'defaults')
  if (defaults === INVALID || (defaults !== undefined && defaults !== 'true')) {
    const message = 'the only parameter is defaults=true'
    return refuse(context, { status: 400, code: 'unknown_parameter', message })
  }
  const data = await sources.marketData(symbol)
  const snapshot = sources.health()
  const answer = marketAnswer(data, { symbol, now: snapshot.now, defaults: defaults === 'true' })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

async function futures(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!sources.symbols.includes(symbol)) return unknownSymbol(context, sources)
  const rows = await sources.latestFutures(symbol)
  const snapshot = sources.health()
  const answer = curveAnswer(rows, { symbol, now: snapshot.now })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

async function positioning(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!sources.symbols.includes(symbol)) return unknownSymbol(context, sources)
  const data = await sources.positioning(symbol)
  const snapshot = sources.health()
  const answer = positioningAnswer(data, { symbol, now: snapshot.now })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

async function iv(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!sources.symbols.includes(symbol)) return unknownSymbol(context, sources)
  const days = onlyParameter(context, 'days')
  if (days === INVALID || (days !== undefined && !/^[1-9]\d{0,3}$/.test(days))) {
    const message = `the only parameter is days, a number from 1 to ${MAX_IV_DAYS}`
    return refuse(context, { status: 400, code: 'unknown_parameter', message })
  }
  const data = await sources.marketData(symbol)
  const snapshot = sources.health()
  const { now } = snapshot
  const range = daysUpTo(data?.date ?? newYorkDate(now), days === undefined ? IV_DAYS : Number(days))
  const observed = await sources.observations(symbol, datesToRead(data, range))
  const answer = ivAnswer(data, observed, { symbol, now, ...range })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

async function realized(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!sources.symbols.includes(symbol)) return unknownSymbol(context, sources)
  const { days = [], estimator: names = [], ...others } = context.req.queries()
  const estimator = names[0] === undefined ? DEFAULT_ESTIMATOR : estimatorNamed(names[0])
  const isLegal =
    Object.keys(others).length === 0 &&
    days.length <= 1 &&
    names.length <= 1 &&
    (days[0] === undefined || /^[1-9]\d{0,3}$/.test(days[0]))
  if (!isLegal || estimator === null) {
    const message = `the parameters are days, a number from 1 to ${MAX_IV_DAYS}, and estimator: ${ESTIMATORS.join(', ')}`
    return refuse(context, { status: 400, code: 'unknown_parameter', message })
  }
  const data = await sources.marketData(symbol)
  const snapshot = sources.health()
  const { now } = snapshot
  const range = daysUpTo(
    data?.date ?? newYorkDate(now),
    days[0] === undefined ? REALIZED_DAYS : Number(days[0]),
  )
  const observed = await sources.observations(symbol, realizedDates(range))
  const weights = sources.tradingTimeWeights(symbol)
  const answer = realizedAnswer(data, observed, { symbol, now, ...range, estimator, weights })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

const INVALID = Symbol('another parameter, or the same one twice')

/** The value of the only parameter of a route; undefined if it is not given. */
function onlyParameter(context: Context, name: string): string | undefined | typeof INVALID {
  const { [name]: values = [], ...others } = context.req.queries()
  return Object.keys(others).length > 0 || values.length > 1 ? INVALID : values[0]
}
