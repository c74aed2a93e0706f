import type { Context } from 'hono'
import { smileAnswer } from '../../analytics/answers/smile-answer.ts'
import { TENOR_POINTS, tenorAnswer } from '../../analytics/answers/tenor-answer.ts'
import { termAnswer } from '../../analytics/answers/term-answer.ts'
import { MOST_SMILES, type NamedExpiration } from '../../analytics/stored/surfaces/choose-expirations.ts'
import { COMPARISONS } from '../../analytics/stored/surfaces/smile-data.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { clockAnswer } from '../clock-answer.ts'
import type { Api } from '../refusals.ts'
import {
  collectedSymbol,
  expiry,
  listOf,
  oneOf,
  type Parameter,
  parametersOf,
  time,
  tradeDate,
  tradingClass,
  wholeNumber,
} from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'

/** Calendar days of the history of tenors. */
export const TENOR_DAYS = 365

/** Adds the routes of the views of the surface: smiles of a slot, its term structure, and the history of fixed tenors. */
export function addSmileViews(app: Api, sources: HttpSources): void {
  app.get('/api/views/smile/:symbol', async (context) => context.json(await smileBody(context, sources)))
  app.get('/api/views/term/:symbol', async (context) => context.json(await termBody(context, sources)))
  app.get('/api/views/tenors/:symbol', async (context) => context.json(await tenorsBody(context, sources)))
}

/** `20261218` for all classes of that day, or `20261218-SPXW` for one. */
export const namedExpiration: Parameter<NamedExpiration> = {
  read: (text) => {
    const [, day = '', ofClass] = /^(\d{8})(?:-(.*))?$/.exec(text) ?? []
    const date = expiry.read(day)
    const known = ofClass === undefined ? undefined : tradingClass.read(ofClass)
    const isLegal = ofClass === undefined || known !== undefined
    return date === undefined || !isLegal ? undefined : { expiry: date, tradingClass: known }
  },
  legal: '',
  refusal: { code: 'bad_date', form: (name) => `write ${name}=YYYYMMDD or YYYYMMDD-CLASS` },
  schema: { type: 'string', examples: ['20261218', '20261218-SPXW'] },
}

export const against = oneOf(...COMPARISONS)

/** The body of an answer about smiles. */
export type SmileBody = Awaited<ReturnType<typeof smileBody>>

async function smileBody(context: Context, sources: HttpSources) {
  const symbol = collectedSymbol(context, sources)
  const asked = parametersOf(context, {
    at: time,
    expiry: listOf(namedExpiration, MOST_SMILES),
    quotes: oneOf('otm', 'all'),
    against,
  })
  const { at, expiry: expirations, quotes = 'otm', against: comparison = 'none' } = asked
  const question = { at, expirations, inTheMoney: quotes === 'all', against: comparison }
  const data = await sources.smile(symbol, question)
  const snapshot = sources.health()
  const answer = smileAnswer(data, { symbol, now: snapshot.now, against: comparison })
  return { source: sources.source, clock: clockAnswer(snapshot), ...answer }
}

/** The body of an answer about the term structure. */
export type TermBody = Awaited<ReturnType<typeof termBody>>

async function termBody(context: Context, sources: HttpSources) {
  const symbol = collectedSymbol(context, sources)
  const { at, against: comparison = 'none' } = parametersOf(context, { at: time, against })
  const data = await sources.term(symbol, { at, against: comparison })
  const snapshot = sources.health()
  const answer = termAnswer(data, { symbol, now: snapshot.now, against: comparison })
  return { source: sources.source, clock: clockAnswer(snapshot), ...answer }
}

/** The body of an answer about the history of tenors. */
export type TenorsBody = Awaited<ReturnType<typeof tenorsBody>>

async function tenorsBody(context: Context, sources: HttpSources) {
  const symbol = collectedSymbol(context, sources)
  const {
    date,
    days = TENOR_DAYS,
    point = 'atm',
  } = parametersOf(context, {
    date: tradeDate,
    days: wholeNumber(1, TENOR_DAYS),
    point: oneOf(...TENOR_POINTS),
  })
  const newest = date ?? (await sources.sessions({ symbol }))[0]?.date ?? newYorkDate(sources.health().now)
  const answer = await tenorAnswer(await sources.tenors(symbol, newest), { point, days })
  return { source: sources.source, clock: clockAnswer(sources.health()), ...answer }
}
