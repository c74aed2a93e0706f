import { secondOrderOfRows } from '../../src/analytics/second-order-rows.ts'
import type { DaySlots } from '../../src/lake/query/slot-coverage.ts'
import type { StoredSession } from '../../src/lake/query/stored-sessions.ts'
import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { slotsOf } from '../../src/market/slot.ts'
import { dateToExpiry, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import type { GatewayAnswer } from '../../src/schemas/http/gateway.ts'
import { createEventFeed } from '../../src/serve/events/event-feed.ts'
import { healthOptions } from '../../src/serve/health/options.ts'
import type { HealthSnapshot } from '../../src/serve/health/snapshot.ts'
import { createMetrics } from '../../src/serve/metrics/metrics.ts'
import type { HttpSources } from '../../src/serve/sources.ts'
import type { Connection } from '../../src/serve/views/collection-sources.ts'
import { type LedgerRow, NO_CONTENT, NO_QUALITY } from '../../src/snapshot/ledger.ts'
import { NOT_RECORDED, type SnapshotRow } from '../../src/snapshot/row.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { storedSlot } from './truth-table.ts'

const DATE = sessionDate('2026-11-18')
const GRID = { intervalSeconds: 300, afterClose: false }

/** In-memory HTTP sources of a healthy daemon at 10:07 in a session. */
export function servedSources(): HttpSources {
  const metrics = createMetrics('0.0.0')
  return {
    symbols: ['SPY', 'QQQ'],
    source: 'test data',
    version: '0.0.0',
    events: createEventFeed(),
    lakeVersion: () => 7,
    tablesTag: async () => '7.1.1',
    health: () => goodHealth(),
    gateway: async () => gatewayFacts(),
    wire: () => ({
      ...{ origin: 'ib', messagesPerSecond: 45, pacingWindowMs: 1_020, lines: 100 },
      ...{ linesInUse: 12, peakMessagesPerSecond: 44 },
    }),
    chain: async (symbol, at) => (symbol === 'SPY' && isStoredBy(at) ? [chainRow()] : []),
    secondOrder: (symbol, rows) =>
      secondOrderOfRows(rows, { symbol, carry: { rateFraction: 0.04, dividends: [] } }),
    futures: async () => [],
    sessions: async ({ symbol = 'SPY' }) => (symbol === 'SPY' ? [servedSession()] : []),
    slots: async ({ date }) => (date === DATE ? ledger() : []),
    marketData: async () => null,
    observations: async () => [],
    positioning: async () => null,
    surface: async () => null,
    smile: async () => null,
    term: async () => null,
    tenors: async (symbol, date) => ({
      symbol,
      date,
      slots: [],
      definitionVersion: 3,
      observations: [],
      sessions: [],
    }),
    tradingTimeWeights: () => ({ overnightFraction: 0.17, closedDayWeight: 0, events: [] }),
    figuresOn: async () => [],
    observedWithVix: async () => [],
    slotPrices: async () => [],
    expirations: async () => [],
    atTheMoney: async () => [],
    expectedMoves: async () => null,
    positioningOf: async () => null,
    bars: async (symbol, { from }) => servedBars(symbol, from),
    coverage: async (symbol) => ({
      days: symbol === 'SPY' ? [coverageDay()] : [],
      firstDate: symbol === 'SPY' ? DATE : null,
    }),
    connection: servedConnection,
    lake: servedLake,
    alerts: () => [],
    metrics: async () => ({ text: await metrics.text(), contentType: metrics.contentType }),
  }
}

/** Whether the one stored slot is at or before a time. */
function isStoredBy(at: EpochMs | undefined): boolean {
  return at === undefined || newYorkInstant(DATE, '10:00') <= at
}

function servedSession(): StoredSession {
  return { date: DATE, firstSlot: newYorkInstant(DATE, '09:30'), lastSlot: newYorkInstant(DATE, '10:00') }
}

export function gatewayFacts(): GatewayAnswer {
  const at = new Date(newYorkInstant(DATE, '10:07')).toISOString()
  return {
    daemon: { version: '0.0.0', started_at: at, folder_id: null },
    at,
    source: 'test data',
    address: '127.0.0.1:4001',
    origin: 'ib',
    connected: false,
    operations: [],
    checks: [],
    session: null,
    limits: { messages_per_second: 45, pacing_window_ms: 1_020, lines: 100 },
    symbols: [],
    sample: null,
    history: [],
  }
}

/** One bar of SPY on the date; none of any other symbol or day. */
function servedBars(symbol: string, from: SessionDate = DATE): UnderlyingBarRow[] {
  if (symbol !== 'SPY' || from !== DATE) return []
  const timestamp = newYorkInstant(DATE, '10:00')
  return [
    {
      ...{ timestamp, symbol, con_id: 756733, kind: 'STK', expiry: null, date: DATE },
      ...{ open: 680, high: 682, low: 679, close: 681, ticks: 10, price_basis: 'trade', session: 'regular' },
      ...{ coverage_seconds: 300, data_type: 'live', first_at: timestamp, last_at: timestamp + 299_000 },
    },
  ]
}

export function goodHealth(): HealthSnapshot {
  const now = newYorkInstant(DATE, '10:07')
  const slot = newYorkInstant(DATE, '10:00')
  const stored = [storedSlot(slot)]
  return {
    now,
    startedAt: epochMs(now - 86_400_000),
    timetable: { grid: GRID, symbols: ['SPY', 'QQQ'], sessionOn },
    symbols: ['SPY', 'QQQ'],
    settings: healthOptions.parse({}),
    requestedData: 'live',
    ledger: new Map([
      ['SPY', stored],
      ['QQQ', stored],
    ]),
    gateway: { connected: true, since: epochMs(now - 3_600_000), reason: null, detail: null, notices: [] },
    scheduler: { lookAgeSeconds: 2, cycleSeconds: null },
    eventLoopLagSeconds: 0.001,
    lakeFault: null,
    breakers: new Map(),
    chains: new Map(),
    clockSource: 'machine',
    clockOffset: null,
    clockVerdict: null,
    operations: [],
    bars: { streams: 8, problems: [], fault: null },
    surface: { failures: 0, problem: null },
    alerts: null,
  }
}

/** Two symbols, seven slots, one of them missing and one partial. */
export function ledger(): LedgerRow[] {
  const session = sessionOn(DATE)
  const slots = session ? slotsOf(session, GRID).slice(0, 7) : []
  return slots.flatMap((slot, at) => ['QQQ', 'SPY'].map((symbol) => ledgerRow(slot, symbol, at)))
}

function ledgerRow(slot: number, symbol: string, at: number): LedgerRow {
  const outcome = at === 2 ? 'missing' : at === 4 ? 'partial' : 'stored'
  const answered = outcome === 'missing' ? 0 : outcome === 'partial' ? 640 : 1_000
  return {
    timestamp: slot,
    symbol,
    date: DATE,
    outcome,
    reason: outcome === 'missing' ? 'connection_lost' : outcome === 'partial' ? 'deadline' : null,
    detail: null,
    requested: 1_000,
    answered,
    complete: answered,
    with_greeks: answered,
    skipped: 0,
    rows: answered,
    underlying_price: answered === 0 ? null : 661.5,
    vix: answered === 0 ? null : 17.25,
    skew_seconds: answered === 0 ? null : 41.2,
    smile_skew_seconds: answered === 0 ? null : 3.1,
    started_at: slot,
    finished_at: slot + 42_000,
    ...NO_QUALITY,
    ...NO_CONTENT,
    kind: null,
    future_rows: null,
    definition_version: null,
  }
}

export function chainRow(): SnapshotRow {
  const slot = newYorkInstant(DATE, '10:00')
  return {
    timestamp: slot,
    symbol: 'SPY',
    expiry: dateToExpiry(sessionDate('2026-12-18')),
    strike: 660,
    right: 'C',
    bid: 11.2,
    ask: 11.3,
    last: null,
    bid_size: 12,
    ask_size: 9,
    volume: 0,
    open_interest: 1_200,
    iv: 0.1712,
    delta: 0.52,
    gamma: 0.013,
    theta: -0.2,
    vega: 0.75,
    underlying_price: 661.5,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: slot + 12_345,
    con_id: 700_000_001,
    trading_class: 'SPY',
    flags: 0,
    ...NOT_RECORDED,
    yearmonth: '202612',
    date: DATE,
  }
}

/** The ledger of SPY: seven slots, one of them missing and one partial. */
function coverageDay(): DaySlots {
  const own = ledger().filter(({ symbol }) => symbol === 'SPY')
  return {
    date: DATE,
    stored: own.filter(({ outcome }) => outcome === 'stored').map(({ timestamp }) => epochMs(timestamp)),
    gaps: own.filter(({ outcome }) => outcome !== 'stored'),
  }
}

function servedConnection(): Connection {
  return {
    address: '127.0.0.1:4001',
    limits: { messagesPerSecond: 45, pacingWindowMs: 1_020, lines: 100 },
    sessionsOpened: 2,
    notices: { 10197: 3 },
    session: {
      serverVersion: 200,
      messagesSent: 12_000,
      peakMessagesPerSecond: 44,
      linesInUse: 8,
      linesUsable: 100,
      linesAwaited: 0,
    },
  }
}

async function servedLake(): ReturnType<HttpSources['lake']> {
  const symbols = [{ symbol: 'SPY', basis: 'compacted_days', days: 1, bytesPerDay: 1_600_000 }] as const
  const rate = { bytesPerDay: 1_700_000, bytesPerYear: 428_400_000, sessionsUntilFull: 5_000 }
  return {
    tables: [
      { name: 'option_snapshots', version: 81, rows: 78_000, files: 1, unreadable: 0, bytes: 1_600_000 },
      { name: 'slots', version: 3, rows: 156, files: 1, unreadable: 0, bytes: 9_000 },
    ],
    days: [{ date: DATE, rows: 78_000, files: 1, bytes: 1_600_000 }],
    growth: { symbols, otherTablesBytesPerDay: 100_000, ...rate, freeBytes: 8_500_000_000, reason: null },
  }
}
