import type { Context } from 'hono'
import { surfaceAnswer } from '../analytics/answers/surface-answer.ts'
import { clockAnswer } from './clock-answer.ts'
import type { Api } from './refusals.ts'
import { collectedSymbol, expiry, parametersOf, time } from './route-parameters.ts'
import type { HttpSources } from './sources.ts'

/** Adds the route of the volatility surface: the same content as the command `surface` with --json. */
export function addSurface(app: Api, sources: HttpSources): void {
  app.get('/api/surface/:symbol', (context) => surface(context, sources))
}

async function surface(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = collectedSymbol(context, sources)
  const asked = parametersOf(context, { at: time, expiry })
  const data = await sources.surface(symbol, asked.at)
  const snapshot = sources.health()
  const answer = surfaceAnswer(data, { symbol, now: snapshot.now, expiry: asked.expiry })
  return context.json({ source: sources.source, clock: clockAnswer(snapshot), ...answer })
}
