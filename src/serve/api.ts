import { setImmediate } from 'node:timers/promises'
import type { Context } from 'hono'
import type { SecondOrderColumns } from '../analytics/second-order-rows.ts'
import { newYorkDate, newYorkTime, type TradingSession } from '../market/calendar.ts'
import { storedSymbol } from '../market/symbol.ts'
import { MAX_DAYS_EARLY } from '../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../market/units.ts'
import { sessionCovering, slotsOn, type Timetable } from '../schedule/slots.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import { type RowAsJson, rowAsJson } from '../snapshot/row-as-json.ts'
import { addBars } from './bars-api.ts'
import { clockAnswer } from './clock-answer.ts'
import { addFigures } from './figures-api.ts'
import { GATEWAY_PATH } from './gateway-answer.ts'
import { type HealthQuestion, type HealthReport, judge } from './health/health.ts'
import type { HealthSnapshot } from './health/snapshot.ts'
import { type Api, refuse, unknownSymbol } from './refusals.ts'
import type { HttpSources } from './sources.ts'
import { addSurface } from './surface-api.ts'

const QUESTIONS: readonly HealthQuestion[] = ['livez', 'readyz', 'health']
/** Days; longer than the exchange was ever closed. */
const SEARCH_DAYS = 30

/** Adds the JSON routes. */
export function addApi(app: Api, sources: HttpSources): void {
  for (const question of QUESTIONS) {
    app.get(`/${question}`, (context) => {
      const snapshot = sources.health()
      const report = judge(question, snapshot)
      return context.json(healthAnswer(report, snapshot, sources.source), report.status)
    })
  }
  app.get('/metrics', async (context) => {
    const { text, contentType } = await sources.metrics()
    return context.body(text, 200, { 'Content-Type': contentType })
  })
  app.get('/api/slots', (context) => slots(context, sources))
  app.get('/api/chains/:symbol/latest', (context) => chainAnswer(context, sources))
  addFigures(app, sources)
  addBars(app, sources)
  addSurface(app, sources)
  app.get(GATEWAY_PATH, async (context) => {
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
    intervalSeconds: timetable.grid.intervalSeconds,
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
  const { date: asked = [], ...others } = context.req.queries()
  if (Object.keys(others).length > 0) {
    return refuse(context, {
      status: 400,
      code: 'unknown_parameter',
      message: 'the only parameter is date',
    })
  }
  const [first] = asked
  const date = first === undefined ? latestSessionDate(now, timetable) : dateOf(first)
  if (date === null || asked.length > 1) {
    return refuse(context, {
      status: 400,
      code: 'bad_date',
      message: 'write date=YYYY-MM-DD, a trade date',
    })
  }
  return context.json(await slotsAnswer(date, sources))
}

async function chainAnswer(context: Context, sources: HttpSources): Promise<Response> {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!sources.symbols.includes(symbol)) return unknownSymbol(context, sources)
  const { greeks: values = [], ...others } = context.req.queries()
  const [greeks] = values
  if (Object.keys(others).length > 0 || values.length > 1 || (greeks !== undefined && greeks !== 'all')) {
    const message = 'the only parameter is greeks=all'
    return refuse(context, { status: 400, code: 'unknown_parameter', message })
  }
  const rows = await sources.latestChain(symbol)
  const [first] = rows
  return context.json({
    symbol,
    source: sources.source,
    clock: clockAnswer(sources.health()),
    slot: first ? iso(first.timestamp) : null,
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

/** The newest trade date whose session of any symbol has opened: of futures in the evening the next day's. */
function latestSessionDate(now: EpochMs, timetable: Timetable): SessionDate {
  const today = newYorkDate(now)
  for (let back = -MAX_DAYS_EARLY; back < SEARCH_DAYS; back++) {
    const date = addDays(today, -back)
    const session = sessionCovering(date, timetable)
    if (session && session.openAt <= now) return date
  }
  return today
}

function dateOf(text: string): SessionDate | null {
  try {
    return sessionDate(text)
  } catch {
    return null
  }
}

function sessionTimes({ openAt, closeAt, optionsCloseAt, earlyClose }: TradingSession) {
  return { open: iso(openAt), close: iso(closeAt), optionsClose: iso(optionsCloseAt), earlyClose }
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
