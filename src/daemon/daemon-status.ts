import type { ChainSource } from '../chain/chain-lister.ts'
import type { Notice } from '../gateway/session/notices.ts'
import { lacksLines } from '../gateway/session/sending/line-limit.ts'
import type { ClockOffset } from '../gateway/supervisor/clock-offset.ts'
import { describeState, isOutage, type SupervisorState, slotReasonOf } from '../gateway/supervisor/state.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import type { SchedulerState } from '../schedule/scheduler.ts'
import type { GatewayNotice, HealthSnapshot, SlotResult } from '../serve/health/snapshot.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'

/** The daemon's state so far, kept in memory so that health checks never wait. */
export interface DaemonStatus {
  /** One symbol's slot has entered the ledger. */
  slotReported(report: LedgerRow): void
  /** Null: the lake can be written again. */
  lakeFault(message: string | null, at: EpochMs): void
  /** A notice of the gateway that matters; the last one of each code is kept. */
  notice(notice: Pick<Notice, 'code' | 'message'>, advice: string | null, at: EpochMs): void
  clockVerdict(verdict: NonNullable<HealthSnapshot['clockVerdict']>): void
  /** Something an operator should know; each message is kept once. */
  operation(message: string, at: EpochMs): void
  eventLoopLag(seconds: number): void
  read(): Pick<
    HealthSnapshot,
    'ledger' | 'lakeFault' | 'clockVerdict' | 'operations' | 'eventLoopLagSeconds'
  > & { readonly notices: readonly GatewayNotice[] }
}

/** One symbol's entries of its newest session: at most one a slot. */
interface SessionEntries {
  readonly date: string
  readonly entries: Map<number, SlotResult>
}

/** Bounds the notices: one for each code. */
const MAX_NOTICES = 30
/** Bounds the list: a gateway may word the same message differently each time. */
const MAX_OPERATIONS = 20

export function createDaemonStatus(): DaemonStatus {
  const newest = new Map<string, SessionEntries>()
  const notices = new Map<number, GatewayNotice>()
  const operations = new Map<string, { message: string; since: EpochMs }>()
  let lakeFault: HealthSnapshot['lakeFault'] = null
  let clockVerdict: HealthSnapshot['clockVerdict'] = null
  let eventLoopLagSeconds: number | null = null

  return {
    slotReported: (report) => {
      const known = newest.get(report.symbol)
      if (known && report.date < known.date) return
      const entries = known?.date === report.date ? known.entries : new Map<number, SlotResult>()
      entries.set(report.timestamp, slotResultOf(report))
      newest.set(report.symbol, { date: report.date, entries })
    },
    notice: ({ code, message }, advice, at) => {
      // Set again, a code moves to the end: the newest is last.
      notices.delete(code)
      notices.set(code, { code, message, advice, at })
      for (const oldest of notices.keys()) {
        if (notices.size <= MAX_NOTICES) break
        notices.delete(oldest)
      }
    },
    lakeFault: (message, at) => {
      lakeFault = message === null ? null : { message, since: lakeFault?.since ?? at }
    },
    clockVerdict: (verdict) => {
      clockVerdict = verdict
    },
    operation: (message, since) => {
      if (!operations.has(message) && operations.size < MAX_OPERATIONS)
        operations.set(message, { message, since })
    },
    eventLoopLag: (seconds) => {
      eventLoopLagSeconds = seconds
    },
    read: () => ({
      ...{ lakeFault, clockVerdict, eventLoopLagSeconds },
      ledger: new Map([...newest].map(([symbol, { entries }]) => [symbol, inOrder(entries)])),
      notices: [...notices.values()],
      operations: [...operations.values()],
    }),
  }
}

/** What health needs of a ledger entry. */
function slotResultOf({ timestamp, ...report }: LedgerRow): SlotResult {
  return { slot: timestamp as EpochMs, ...report }
}

function inOrder(entries: ReadonlyMap<number, SlotResult>): SlotResult[] {
  return [...entries.values()].sort((a, b) => a.slot - b.slot)
}

/** The gateway's part of a health snapshot; `lines` are those of the open session, null without one. */
export function gatewayState(
  state: SupervisorState,
  notices: readonly GatewayNotice[],
  lines: { readonly linesUsable: number; readonly linesLimit: number } | null,
): HealthSnapshot['gateway'] {
  const common = { notices, connected: !isOutage(state), since: state.since }
  if (state.name !== 'ready') return { ...common, reason: slotReasonOf(state), detail: describeState(state) }
  if (lines === null || !lacksLines(lines)) return { ...common, reason: null, detail: null }
  const detail = `the gateway has ${lines.linesUsable} of ${lines.linesLimit} market-data lines to give`
  return { ...common, reason: 'lines_exhausted', detail }
}

/** The distance of our clock from the gateway's, which counts it the other way round. */
export function offsetState(offset: ClockOffset | null): HealthSnapshot['clockOffset'] {
  return offset && { seconds: -offset.offsetMs / 1_000, measuredAt: offset.at }
}

/** The scheduler's part of a health snapshot. */
export function schedulerState(
  { checkedAtMs, runningSinceMs }: SchedulerState,
  clock: Clock,
): HealthSnapshot['scheduler'] {
  const nowMs = clock.monotonicMs()
  return {
    lookAgeSeconds: (nowMs - checkedAtMs) / 1_000,
    cycleSeconds: runningSinceMs === null ? null : (nowMs - runningSinceMs) / 1_000,
  }
}

/** The listed chains' part of a health snapshot. */
export function chainStates(
  chains: ChainSource,
  symbols: readonly string[],
  dateOf: (symbol: string) => SessionDate,
): HealthSnapshot['chains'] {
  return new Map(
    symbols.map((symbol) => {
      const chain = chains.chain(symbol, dateOf(symbol))
      const { problem, lastSeconds } = chains.progress(symbol)
      const { missing = [], partial = [], earlier = [], earlierDate = null } = chain?.completeness ?? {}
      const counts = {
        expirations: chain?.expirations.length ?? 0,
        missing: missing.length + partial.length,
        earlier: earlier.length,
      }
      return [symbol, { ...counts, earlierDate, problem, listingSeconds: lastSeconds }]
    }),
  )
}
