import type { Growth } from '../../lake/query/growth.ts'
import { sessionDate } from '../../market/units.ts'
import { clockAnswer } from '../clock-answer.ts'
import { latestSessionDate } from '../latest-session.ts'
import type { Api } from '../refusals.ts'
import { collectedSymbol, parametersOf, time, tradeDate } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'
import { addChainView } from './chain-api.ts'
import { addCoverageView } from './coverage-api.ts'
import { gatewayView } from './gateway-view.ts'
import { harvestDay, quoteArrivals } from './harvest-answer.ts'

/** Adds the routes of what is collected: coverage, chain table, harvest, gateway and lake. */
export function addCollectionViews(app: Api, sources: HttpSources): void {
  addCoverageView(app, sources)
  addChainView(app, sources)
  app.get('/api/views/harvest/:symbol', async (context) => {
    const symbol = collectedSymbol(context, sources)
    const asked = parametersOf(context, { date: tradeDate })
    const snapshot = sources.health()
    const { now, timetable } = snapshot
    const date = asked.date ?? latestSessionDate(now, timetable)
    const entries = (await sources.slots({ date })).filter((entry) => entry.symbol === symbol)
    return context.json({
      ...{ symbol, date, at: new Date(now).toISOString() },
      ...{ source: sources.source, clock: clockAnswer(snapshot) },
      interval_seconds: timetable.grid.intervalSeconds,
      limits: limitsOf(sources),
      ...harvestDay(entries),
    })
  })
  app.get('/api/views/quotes/:symbol', async (context) => {
    const symbol = collectedSymbol(context, sources)
    const { at } = parametersOf(context, { at: time })
    const arrivals = quoteArrivals(await sources.chain(symbol, at))
    const date = arrivals.date === null ? null : sessionDate(arrivals.date)
    return context.json({
      ...{ symbol, source: sources.source, clock: clockAnswer(sources.health()) },
      limits: limitsOf(sources),
      ...arrivals,
      date,
    })
  })
  app.get('/api/views/gateway', (context) => {
    parametersOf(context, {})
    const snapshot = sources.health()
    return context.json({
      ...{ source: sources.source, clock: clockAnswer(snapshot) },
      ...gatewayView(snapshot, sources.connection()),
    })
  })
  app.get('/api/views/lake', async (context) => {
    parametersOf(context, {})
    const { tables, days, growth } = await sources.lake()
    const snapshot = sources.health()
    return context.json({
      ...{ source: sources.source, clock: clockAnswer(snapshot), at: new Date(snapshot.now).toISOString() },
      tables,
      days: {
        date: days.map(({ date }) => date),
        rows: days.map(({ rows }) => rows),
        files: days.map(({ files }) => files),
        bytes: days.map(({ bytes }) => bytes),
      },
      growth: growthAnswer(growth),
    })
  })
}

/** The limits that a cycle keeps, for the scale of its figures. */
function limitsOf(sources: HttpSources) {
  const { limits } = sources.connection()
  return {
    messages_per_second: limits.messagesPerSecond,
    pacing_window_ms: limits.pacingWindowMs,
    lines: limits.lines,
  }
}

function growthAnswer(growth: Growth) {
  return {
    symbols: growth.symbols.map(({ symbol, basis, days, bytesPerDay }) => ({
      ...{ symbol, basis, days },
      bytes_per_day: bytesPerDay,
    })),
    bytes_per_day: growth.bytesPerDay,
    bytes_per_year: growth.bytesPerYear,
    free_bytes: growth.freeBytes,
    sessions_until_full: growth.sessionsUntilFull,
    reason: growth.reason,
  }
}
