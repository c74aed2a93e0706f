import { slotFigures } from '../../analytics/answers/slot-figures.ts'
import { contractsPerSecond } from '../../harvest/plan.ts'
import type { EpochMs } from '../../market/units.ts'
import { slotAfter, type Timetable } from '../../schedule/slots.ts'
import { clockAnswer } from '../clock-answer.ts'
import { currentSession } from '../health/snapshot.ts'
import type { Api } from '../refusals.ts'
import { parametersOf, time } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'
import { askedDay } from './asked-day.ts'

/** Adds the routes of the view "status": what is collected now and next, from memory, and the figures of all symbols. */
export function addStatus(app: Api, sources: HttpSources): void {
  app.get('/api/views/status', (context) => {
    parametersOf(context, {})
    return context.json(statusAnswer(sources))
  })
  app.get('/api/views/figures', async (context) => {
    const { at } = parametersOf(context, { at: time })
    return context.json(await figuresAnswer(at ?? sources.health().now, sources))
  })
}

/** The body of an answer about the stored figures of all symbols at one time. */
export type FiguresAnswer = Awaited<ReturnType<typeof figuresAnswer>>

/** The newest stored figures of each symbol at or before a time. */
async function figuresAnswer(at: EpochMs, sources: HttpSources) {
  const { symbols, source } = sources
  const rows = await Promise.all(
    symbols.map(async (symbol) => {
      const { date } = await askedDay(symbol, { at }, sources)
      const ofDay = await sources.figuresOn(symbol, date)
      return ofDay.findLast(({ timestamp }) => timestamp <= at) ?? null
    }),
  )
  const of = symbols.map((symbol, index) => slotFigures(symbol, rows[index] ?? null))
  return { source, clock: clockAnswer(sources.health()), symbols: of }
}

/** The body of an answer about the present. Times are ISO 8601, UTC. */
export type StatusAnswer = ReturnType<typeof statusAnswer>

function statusAnswer(sources: Pick<HttpSources, 'health' | 'source' | 'wire'>) {
  const snapshot = sources.health()
  const { now, startedAt, timetable, scheduler, gateway, requestedData } = snapshot
  const { origin, messagesPerSecond, pacingWindowMs, lines, ...inUse } = sources.wire()
  const session = currentSession(snapshot)
  return {
    source: sources.source,
    clock: clockAnswer(snapshot),
    at: iso(now),
    started_at: iso(startedAt),
    /** `simulated`: no number here is a real market's. */
    origin,
    /** The kind of data that the settings ask for. */
    requested_data: requestedData,
    connected: gateway.connected,
    connected_since: iso(gateway.since),
    interval_seconds: timetable.grid.intervalSeconds,
    /** Null outside sessions. */
    session: session && { date: session.date, open: iso(session.openAt), close: iso(session.optionsCloseAt) },
    /** Null if no session is known within a month. */
    next_slot: nextSlot(now, timetable),
    /** How long the running cycle has run; null if none is running. */
    cycle_seconds: scheduler.cycleSeconds,
    limits: {
      messages_per_second: messagesPerSecond,
      /** A contract takes two messages. */
      contracts_per_second: contractsPerSecond({ messagesPerSecond, pacingWindowMs }),
      lines,
      lines_in_use: inUse.linesInUse,
      peak_messages_per_second: inUse.peakMessagesPerSecond,
    },
  }
}

function nextSlot(now: EpochMs, timetable: Timetable): { slot: string; symbols: readonly string[] } | null {
  try {
    const { at, symbols } = slotAfter(now, timetable)
    return { slot: iso(at), symbols }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString()
}
