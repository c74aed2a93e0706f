import type { LatestFigures } from '../../analytics/stored/latest-figures.ts'
import { folderIdOf } from '../../lake/folder-id.ts'
import type { Lake } from '../../lake/open.ts'
import { latestChain } from '../../lake/query/chains.ts'
import { slots } from '../../lake/query/stats.ts'
import { dateToExpiry, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import { symbolDateAt } from '../../schedule/slots.ts'
import type { GatewayAnswer } from '../../schemas/http/gateway.ts'
import { adviceFor } from '../../serve/health/advice.ts'
import { judge } from '../../serve/health/health.ts'
import type { HealthSnapshot } from '../../serve/health/snapshot.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import type { DailyHistory } from '../after-close/daily-history.ts'
import type { SupervisedSession } from '../sessions/gateway-source.ts'

interface Parts {
  readonly version: string
  readonly gateway: SupervisedSession
  readonly lake: Lake
  readonly figures: LatestFigures
  readonly history: DailyHistory
  readonly health: () => HealthSnapshot
}

/** The checks of /health that `doctor` needs. */
const CHECKS: ReadonlySet<string> = new Set(['gateway', 'clock', 'lake'])

/**
 * What the daemon knows of its gateway, from memory and from its last slots: nothing is requested from the gateway, so
 * that `doctor` and `plan` cost it neither messages nor lines.
 */
export async function gatewayAnswerOf({
  version,
  gateway,
  lake,
  figures,
  history,
  health,
}: Parts): Promise<GatewayAnswer> {
  const snapshot = health()
  const { now, startedAt, gateway: connection, symbols, ledger, operations, timetable } = snapshot
  const { supervisor, limits } = gateway
  const session = supervisor.session()
  const newest = await Promise.all(symbols.map((symbol) => figures.latest(symbol)))
  const priced = await Promise.all(
    symbols.map(async (symbol, at) =>
      (await entriesOfDay(lake, symbol, newest[at]?.date)).findLast(
        (row) => row.rows > 0 && row.underlying_price !== null,
      ),
    ),
  )
  const last = await Promise.all(
    symbols.map(async (symbol) => {
      const slot = ledger.get(symbol)?.at(-1)?.slot
      const date = slot === undefined ? undefined : symbolDateAt(slot, symbol, timetable)
      return (await entriesOfDay(lake, symbol, date)).at(-1)
    }),
  )
  return {
    daemon: {
      version,
      started_at: iso(startedAt),
      folder_id: await folderIdOf(lake.layout.root),
    },
    at: iso(now),
    source: gateway.description,
    address: gateway.address,
    origin: gateway.source,
    connected: connection.connected,
    operations: operations
      .filter((problem) => !history.problems().includes(problem))
      .map(({ message }) => message),
    checks: judge('health', snapshot)
      .checks.filter(({ name }) => CHECKS.has(name))
      .map(({ name, status, reason, advice }) => ({ name, status, reason, advice })),
    session: session && {
      endpoint: session.endpoint,
      server_version: session.serverVersion,
      accounts: session.accounts.length,
      lines_in_use: session.counters().linesInUse,
      peak_messages_per_second: session.counters().peakMessagesPerSecond,
    },
    limits: {
      messages_per_second: limits.messagesPerSecond,
      pacing_window_ms: limits.pacingWindowMs,
      lines: limits.lines,
    },
    symbols: symbols.map((symbol, at) => {
      const row = priced[at]
      return {
        symbol,
        slot: row ? iso(epochMs(row.timestamp)) : null,
        price: row?.underlying_price ?? null,
        vix: row?.vix ?? null,
        implied_volatility: newest[at]?.figures.iv30_ib_index.value ?? null,
        reason: last[at]?.reason ?? null,
        detail: last[at]?.detail ?? null,
        advice: adviceFor(last[at]?.reason ?? null),
      }
    }),
    sample: await sampleOf(
      lake,
      priced.find((row) => row !== undefined),
    ),
    history: history.coverage().map(({ symbol, what, sessions, to, lastValue, lastAttempt }) => ({
      ...{ symbol, what, sessions, to, last_value: lastValue },
      asked_at: lastAttempt && iso(lastAttempt.at),
      failure: lastAttempt?.failure?.message ?? null,
    })),
  }
}

/** A symbol's ledger of a trade date, in order. */
async function entriesOfDay(lake: Lake, symbol: string, date: SessionDate | undefined): Promise<LedgerRow[]> {
  return date === undefined ? [] : slots(lake, { date, symbol })
}

/** Of the first expiration after the slot's day, if one is collected: an option that expires the same day may be worthless. */
async function sampleOf(lake: Lake, priced: LedgerRow | undefined): Promise<GatewayAnswer['sample']> {
  if (!priced) return null
  const { symbol } = priced
  const price = priced.underlying_price ?? 0
  const chain = await latestChain(lake, symbol)
  const today = dateToExpiry(sessionDate(priced.date))
  const distance = (row: SnapshotRow) => Math.abs(row.strike - price)
  const later = chain.filter(({ expiry }) => expiry > today)
  const [option] = (later.length > 0 ? later : chain).sort(
    (a, b) => a.expiry.localeCompare(b.expiry) || distance(a) - distance(b),
  )
  if (!option) return null
  const { timestamp, expiry, strike, right, bid, ask, iv, data_type } = option
  return { symbol, slot: iso(epochMs(timestamp)), expiry, strike, right, bid, ask, iv, data_type }
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString()
}
