import { setImmediate } from 'node:timers/promises'
import type { Context } from 'hono'
import type { SecondOrderColumns } from '../analytics/second-order-rows.ts'
import { newYorkTime, type TradingSession } from '../market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate } from '../market/units.ts'
import { sessionCovering, slotsOn } from '../schedule/slots.ts'
import { GATEWAY_PATH } from '../schemas/http/gateway.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import { type RowAsJson, rowAsJson } from '../snapshot/row-as-json.ts'
import { addAlerts } from './alerts-api.ts'
import { addBars } from './bars-api.ts'
import { clockAnswer } from './clock-answer.ts'
import { addFigures } from './figures-api.ts'
import { type HealthQuestion, type HealthReport, judge } from './health/health.ts'
import type { HealthSnapshot } from './health/snapshot.ts'
import { latestSessionDate } from './latest-session.ts'
import { addOpenApi } from './openapi/openapi-api.ts'
import type { Api } from './refusals.ts'
import { collectedSymbol, oneOf, parametersOf, time, tradeDate } from './route-parameters.ts'
import { addSessions } from './sessions-api.ts'
import type { HttpSources } from './sources.ts'
import { addSurface } from './surface-api.ts'

import { addCollectionViews } from './views/collection-api.ts'
import { addExpectedMoveView } from './views/expected-move-api.ts'
import { addPositioningView } from './views/positioning-api.ts'
import { addSmileViews } from './views/smile-api.ts'
import { addStatus } from './views/status-api.ts'
import { addVolatilityView } from './views/volatility-api.ts'

const QUESTIONS: readonly HealthQuestion[] = ['livez', 'readyz', 'health']

/** Adds the JSON routes. */
export function addApi(app: Api, sources: HttpSources): void {
  for (const question of QUESTIONS) {
    app.get(`/${question}`, (context) => {
      const snapshot = sources.health()
      const report = judge(question, snapshot)
      return context.json(healthAnswer(report, snapshot, sources.source), report.status)
    })
  }
  // For the page: a browser writes every answer with 503 into its console as an error.
  app.get('/api/health', (context) => {
    parametersOf(context, {})
    const snapshot = sources.health()
    return context.json(healthAnswer(judge('health', snapshot), snapshot, sources.source))
  })
  app.get('/metrics', async (context) => {
    const { text, contentType } = await sources.metrics()
    return context.body(text, 200, { 'Content-Type': contentType })
  })
  app.get('/api/slots', (context) => slots(context, sources))
  const greeks = oneOf('all')
  app.get('/api/chains/:symbol', (context) =>
    chainAnswer(context, sources, parametersOf(context, { at: time, greeks })),
  )
  app.get('/api/chains/:symbol/latest', (context) =>
    chainAnswer(context, sources, parametersOf(context, { greeks })),
  )
  addSessions(app, sources)
  addFigures(app, sources)
  addBars(app, sources)
  addSurface(app, sources)
  addCollectionViews(app, sources)
  addSmileViews(app, sources)
  addStatus(app, sources)
  addVolatilityView(app, sources)
  addExpectedMoveView(app, sources)
  addPositioningView(app, sources)
  addAlerts(app, sources)
  addOpenApi(app, sources)
  app.get(GATEWAY_PATH, async (context) => {
    parametersOf(context, {})
    const answer = await sources.gateway()
    return context.json({ ...answer, clock: clockAnswer(sources.health()) })
  })
}

/** The body of an answer about health. */
export type HealthAnswer = ReturnType<typeof healthAnswer>

function healthAnswer(report: HealthReport, snapshot: HealthSnapshot, source: string) {
  const checks = report.checks.map((check) => ({ ...check, since: iso(check.since) }))
  return { status: report.state, at: iso(snapshot.now), source, clock: clockAnswer(snapshot), checks }
}

/** The body of an answer about the slots of a day. */
export type SlotsAnswer = Awaited<ReturnType<typeof slotsAnswer>>

async function slotsAnswer(date: SessionDate, sources: HttpSources) {
  const snapshot = sources.health()
  const { now, timetable } = snapshot
  const session = sessionCovering(date, timetable)
  const rows = await sources.slots({ date })
  return {
    date,
    at: iso(now),
    source: sources.source,
    clock: clockAnswer(snapshot),
    symbols: sources.symbols,
    interval_seconds: timetable.grid.intervalSeconds,
    session: session && sessionTimes(session),
    expected: slotsOn(date, timetable).map(({ at, symbols }) => ({
      slot: iso(at),
      time: newYorkTime(at),
      symbols,
    })),
    slots: rows.map(plainSlot),
  }
}

async function slots(context: Context, sources: HttpSources): Promise<Response> {
  const { now, timetable } = sources.health()
  const { date = latestSessionDate(now, timetable) } = parametersOf(context, { date: tradeDate })
  return context.json(await slotsAnswer(date, sources))
}

/** The newest slot of a symbol, or the newest at or before a time. */
async function chainAnswer(
  context: Context,
  sources: HttpSources,
  { at, greeks }: { readonly at?: EpochMs | undefined; readonly greeks: 'all' | undefined },
): Promise<Response> {
  const symbol = collectedSymbol(context, sources)
  const rows = await sources.chain(symbol, at)
  const [first] = rows
  return context.json({
    symbol,
    source: sources.source,
    clock: clockAnswer(sources.health()),
    slot: first ? iso(first.timestamp) : null,
    date: first?.date ?? null,
    rows: greeks === 'all' ? await withSecondOrder(symbol, rows, sources) : rows.map(rowAsJson),
  })
}

/** Rows computed at a time: a tree takes up to a tenth of a millisecond, and other requests must not wait for all. */
const ROWS_AT_ONCE = 200

async function withSecondOrder(
  symbol: string,
  rows: readonly SnapshotRow[],
  sources: HttpSources,
): Promise<(RowAsJson & SecondOrderColumns)[]> {
  const secondOrderOf = sources.secondOrder(symbol, rows)
  const answer: (RowAsJson & SecondOrderColumns)[] = []
  for (const [at, row] of rows.entries()) {
    if (at > 0 && at % ROWS_AT_ONCE === 0) await setImmediate()
    answer.push({ ...rowAsJson(row), ...secondOrderOf(row) })
  }
  return answer
}

function sessionTimes({ openAt, closeAt, optionsCloseAt, earlyClose }: TradingSession) {
  return {
    open: iso(openAt),
    close: iso(closeAt),
    options_close: iso(optionsCloseAt),
    early_close: earlyClose,
  }
}

function plainSlot(row: LedgerRow) {
  return {
    ...row,
    timestamp: iso(row.timestamp),
    time: newYorkTime(epochMs(row.timestamp)),
    started_at: iso(row.started_at),
    finished_at: iso(row.finished_at),
  }
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
