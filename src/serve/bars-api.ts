import type { Context } from 'hono'
import { storedSymbol } from '../market/symbol.ts'
import { daysBetween, type SessionDate, sessionDate } from '../market/units.ts'
import { barAsJson } from '../snapshot/bar-as-json.ts'
import { clockAnswer } from './clock-answer.ts'
import { type Api, refuse } from './refusals.ts'
import type { HttpSources } from './sources.ts'

/** Days in one answer: about 9,000 bars of a future that trades around the clock. */
const MAX_DAYS = 31
const PARAMETERS: ReadonlySet<string> = new Set(['date', 'from', 'to'])

/** Adds the route of the five-minute bars: the same content as the command `bars` with --json. */
export function addBars(app: Api, sources: HttpSources): void {
  app.get('/api/bars/:symbol', (context) => bars(context, sources))
}

/** A symbol without bars has an empty list: any index may be streamed. */
async function bars(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  const asked = context.req.queries()
  if (Object.entries(asked).some(([name, values]) => !PARAMETERS.has(name) || values.length > 1)) {
    const message = 'the only parameters are date, or from and to, each once'
    return refuse(context, { status: 400, code: 'unknown_parameter', message })
  }
  const dates = datesOf(asked)
  if (dates === null) {
    const message = `write date=YYYY-MM-DD, or from and to, at most ${MAX_DAYS} days`
    return refuse(context, { status: 400, code: 'bad_date', message })
  }
  const rows = await sources.bars(symbol, dates)
  return context.json({
    symbol,
    source: sources.source,
    clock: clockAnswer(sources.health()),
    bars: rows.map(barAsJson),
  })
}

/** Null for what is no date, for half a range and for a range that is too long. */
function datesOf(asked: Record<string, string[]>): { from?: SessionDate; to?: SessionDate } | null {
  const [date, from, to] = [asked.date?.[0], asked.from?.[0], asked.to?.[0]]
  try {
    if (date !== undefined) {
      const day = sessionDate(date)
      return from === undefined && to === undefined ? { from: day, to: day } : null
    }
    if (from === undefined && to === undefined) return {}
    if (from === undefined || to === undefined) return null
    const range = { from: sessionDate(from), to: sessionDate(to) }
    const days = daysBetween(range.from, range.to)
    return days >= 0 && days < MAX_DAYS ? range : null
  } catch {
    return null
  }
}
