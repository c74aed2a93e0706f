import type { Context } from 'hono'
import { clockAnswer } from './clock-answer.ts'
import type { Api } from './refusals.ts'
import { parametersOf, symbolAmong, wholeNumber } from './route-parameters.ts'
import type { HttpSources } from './sources.ts'

/** A year and a month of sessions. */
const DEFAULT_SESSIONS = 273
export const MAX_SESSIONS = 2_600

/** Adds the list of trade dates that have stored slots. */
export function addSessions(app: Api, sources: HttpSources): void {
  app.get('/api/sessions', async (context) => context.json(await sessionsAnswer(context, sources)))
}

/** The body of an answer about stored sessions. */
export type SessionsAnswer = Awaited<ReturnType<typeof sessionsAnswer>>

async function sessionsAnswer(context: Context, sources: HttpSources) {
  const { symbol, most = DEFAULT_SESSIONS } = parametersOf(context, {
    symbol: symbolAmong(sources.symbols),
    most: wholeNumber(1, MAX_SESSIONS),
  })
  const stored = await sources.sessions({ symbol })
  const snapshot = sources.health()
  return {
    symbol: symbol ?? null,
    at: new Date(snapshot.now).toISOString(),
    source: sources.source,
    clock: clockAnswer(snapshot),
    symbols: sources.symbols,
    /** Newest first. */
    sessions: stored.slice(0, most).map(({ date, firstSlot, lastSlot }) => ({
      date,
      first_slot: new Date(firstSlot).toISOString(),
      last_slot: new Date(lastSlot).toISOString(),
    })),
    /** Of all sessions, also those left out here. */
    count: stored.length,
  }
}
