import type { Context } from 'hono'
import { surfaceAnswer } from '../analytics/answers/surface-answer.ts'
import { storedSymbol } from '../market/symbol.ts'
import { type EpochMs, type ExpiryDate, epochMs, expiryDate } from '../market/units.ts'
import { clockAnswer } from './clock-answer.ts'
import { type Api, refuse, unknownSymbol } from './refusals.ts'
import type { HttpSources } from './sources.ts'

const PARAMETERS: ReadonlySet<string> = new Set(['at', 'expiry'])

/** Adds the route of the volatility surface: the same content as the command `surface` with --json. */
export function addSurface(app: Api, sources: HttpSources): void {
  app.get('/api/surface/:symbol', (context) => surface(context, sources))
}

async function surface(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!sources.symbols.includes(symbol)) return unknownSymbol(context, sources)
  const asked = context.req.queries()
  if (Object.entries(asked).some(([name, values]) => !PARAMETERS.has(name) || values.length > 1)) {
    const message = 'the only parameters are at and expiry, each once'
    return refuse(context, { status: 400, code: 'unknown_parameter', message })
  }
  const [at, expiry] = [timeOf(asked.at?.[0]), expiryOf(asked.expiry?.[0])]
  if (at === null) {
    const message = 'write at as a time with its offset, such as 2026-11-20T10:00:00-05:00'
    return refuse(context, { status: 400, code: 'bad_time', message })
  }
  if (expiry === null) {
    return refuse(context, { status: 400, code: 'bad_date', message: 'write expiry=YYYYMMDD' })
  }
  const data = await sources.surface(symbol, at)
  const snapshot = sources.health()
  const answer = surfaceAnswer(data, { symbol, now: snapshot.now, expiry })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}

/** Undefined if not given, null if it is not a time. A time without an offset could be of any zone. */
function timeOf(text: string | undefined): EpochMs | null | undefined {
  if (text === undefined) return undefined
  const time = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? null : epochMs(time)
}

function expiryOf(text: string | undefined): ExpiryDate | null | undefined {
  try {
    return text === undefined ? undefined : expiryDate(text)
  } catch {
    return null
  }
}
