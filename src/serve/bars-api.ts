import type { Context } from 'hono'
import { daysBetween, type SessionDate } from '../market/units.ts'
import { barAsJson } from '../snapshot/row-as-json.ts'
import { clockAnswer } from './clock-answer.ts'
import type { Api } from './refusals.ts'
import { anySymbol, badRequest, parametersOf, tradeDate } from './route-parameters.ts'
import type { HttpSources } from './sources.ts'

/** Days in one answer: about 9,000 bars of a future that trades around the clock. */
const MAX_DAYS = 31

/** Adds the route of the five-minute bars: the same content as the command `bars` with --json. */
export function addBars(app: Api, sources: HttpSources): void {
  app.get('/api/bars/:symbol', (context) => bars(context, sources))
}

/** A symbol without bars has an empty list: any index may be streamed. */
async function bars(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = anySymbol(context)
  const asked = parametersOf(context, { date: tradeDate, from: tradeDate, to: tradeDate })
  const rows = await sources.bars(symbol, datesOf(asked))
  return context.json({
    symbol,
    source: sources.source,
    clock: clockAnswer(sources.health()),
    bars: rows.map(barAsJson),
  })
}

/** @throws RefusedRequest for half a range and for a range that is too long. */
function datesOf({ date, from, to }: Readonly<Record<'date' | 'from' | 'to', SessionDate | undefined>>): {
  from?: SessionDate
  to?: SessionDate
} {
  if (date !== undefined && from === undefined && to === undefined) return { from: date, to: date }
  if (date === undefined && from === undefined && to === undefined) return {}
  const days = from === undefined || to === undefined ? -1 : daysBetween(from, to)
  if (date !== undefined || from === undefined || to === undefined || days < 0 || days >= MAX_DAYS) {
    throw badRequest('bad_date', `write date=YYYY-MM-DD, or from and to, at most ${MAX_DAYS} days`)
  }
  return { from, to }
}
