import type { BreakerState } from '../../gateway/breaker/breaker.ts'
import type { TradingSession } from '../../market/calendar.ts'
import type { DataType } from '../../market/quote.ts'
import { isTrading } from '../../market/trade-dates.ts'
import { type EpochMs, epochMs, type SessionDate } from '../../market/units.ts'
import type { ClockVerdict } from '../../schedule/clock-discipline.ts'
import { covering, symbolSessionAt, type Timetable } from '../../schedule/slots.ts'
import type { LedgerRow, SlotContent, SlotReason } from '../../snapshot/ledger.ts'
import type { HealthOptions } from './options.ts'

/** The inputs of all health checks at one moment. Taking a snapshot reads no file and waits for nothing. */
export interface HealthSnapshot {
  /** By the scheduler's clock. */
  readonly now: EpochMs
  readonly startedAt: EpochMs
  readonly timetable: Timetable
  /** The configured symbols. */
  readonly symbols: readonly string[]
  readonly settings: HealthOptions
  /** The kind of data that the configuration asks the gateway for. */
  readonly requestedData: RequestedData
  /** The ledger entries of each symbol's newest session in the ledger, in order of their slots. */
  readonly ledger: ReadonlyMap<string, readonly SlotResult[]>
  readonly gateway: GatewayStatus
  readonly scheduler: {
    /** Time since the scheduler last decided what is due. */
    readonly lookAgeSeconds: number
    /** How long the running cycle has run; null if none is running. */
    readonly cycleSeconds: number | null
  }
  /** How late the last tick was; null before the first. */
  readonly eventLoopLagSeconds: number | null
  /** Null while the lake can be written. */
  readonly lakeFault: Problem | null
  readonly breakers: ReadonlyMap<string, BreakerStatus>
  /** How much of each symbol's chain is listed. */
  readonly chains: ReadonlyMap<string, ChainStatus>
  /** Where the time comes from. */
  readonly clockSource: ClockSource
  /** How far the clock is from the gateway's; null before the first comparison. */
  readonly clockOffset: ClockOffset | null
  /** The gateway's verdict after the wall clock was set; null if it never was. */
  readonly clockVerdict: { readonly verdict: ClockVerdict; readonly since: EpochMs } | null
  /** What an operator should know before it is urgent, such as a gateway version that will be refused. */
  readonly operations: readonly Problem[]
  /** The streams of the five-minute bars; null if none are wanted. */
  readonly bars: BarsHealth | null
  /** The surfaces of the slots; null if the settings want none. */
  readonly surface: SurfaceHealth | null
  /** The receivers of alerts; null if none are configured. */
  readonly alerts: AlertsHealth | null
}

export interface AlertsHealth {
  readonly receivers: number
  /** Receivers that alerts cannot be delivered to, each with its name in the message. */
  readonly problems: readonly Problem[]
}

export interface SurfaceHealth {
  /** Surfaces that could not be fitted or stored since the start. */
  readonly failures: number
  /** Why the last one could not; null if it could. */
  readonly problem: Problem | null
}

export interface BarsHealth {
  /** Open streams. */
  readonly streams: number
  /** Streams that should make bars now, and make none. */
  readonly problems: readonly Problem[]
  /** Why bars could not be stored the last time; null if they could. */
  readonly fault: Problem | null
}

/** One symbol's slot, from its ledger entry. */
export interface SlotResult
  extends SlotContent,
    Pick<
      LedgerRow,
      | 'outcome'
      | 'reason'
      | 'requested'
      | 'answered'
      | 'complete'
      | 'skipped'
      | 'skew_seconds'
      | 'zero_bid_share'
    > {
  readonly slot: EpochMs
}

export type RequestedData = DataType

/**
 * Whose time it is. Only the machine's is the time of day: that of a gateway (`clock: gateway`) may be replayed, and the
 * embedded simulator has a time of its own while the market is closed.
 */
export type ClockSource = 'machine' | 'gateway' | 'simulated'

export interface ClockOffset {
  /** Seconds by which this program's clock is ahead of the gateway's; below 0 if it is behind. */
  readonly seconds: number
  readonly measuredAt: EpochMs
}

export interface GatewayStatus {
  /** Market data can be requested. */
  readonly connected: boolean
  /** Since when it has been in this state. */
  readonly since: EpochMs
  /** Why it is not connected, or what is wrong although it is; null if nothing is wrong. */
  readonly reason: SlotReason | null
  /** The reason in words; null if there is nothing to add. */
  readonly detail: string | null
  /** The last notices that matter, the newest last: the gateway's own words. */
  readonly notices: readonly GatewayNotice[]
}

export interface GatewayNotice {
  readonly code: number
  readonly message: string
  /** What a person can do about it; null if nothing is known. */
  readonly advice: string | null
  readonly at: EpochMs
}

export interface Problem {
  readonly message: string
  readonly since: EpochMs
}

/** Counts of expirations that the policy selects; 0 while nothing is known. */
export interface ChainStatus {
  readonly expirations: number
  /** Not listed, or the list broke off. */
  readonly missing: number
  /** Listed on an earlier day, and not yet today. */
  readonly earlier: number
  /** The date of the oldest list in use if it is not today's. */
  readonly earlierDate: SessionDate | null
  /** The last failure since an answer, in one line; null if there is none. */
  readonly problem: string | null
  /** How long the last completed listing took; null before the first. */
  readonly listingSeconds: number | null
}

export interface BreakerStatus {
  readonly state: BreakerState
  readonly since: EpochMs
}

/**
 * The session in progress: of the symbols that trade now, from the first opening to the last close; null while none
 * does.
 */
export function currentSession({ now, timetable }: HealthSnapshot): TradingSession | null {
  return tradingAt(now, timetable)
}

/** How long before the opening a problem that would cost slots counts as one of the session. */
const BEFORE_OPENING_MS = 30 * 60_000

/** Whether the session is in progress, or opens within half an hour. */
export function isSessionNear({ now, timetable }: HealthSnapshot): boolean {
  return tradingAt(now, timetable) !== null || tradingAt(epochMs(now + BEFORE_OPENING_MS), timetable) !== null
}

function tradingAt(at: EpochMs, timetable: Timetable): TradingSession | null {
  const trading = timetable.symbols.flatMap((symbol) => {
    const session = symbolSessionAt(at, symbol, timetable)
    return session && isTrading(at, session) ? [session] : []
  })
  return trading.reduce<TradingSession | null>((all, own) => (all === null ? own : covering(all, own)), null)
}

/** How long the last slot is checked after the close of the underlyings, or after trading has halted. */
const LAST_SLOT_MS = 15 * 60_000

/**
 * A symbol's session whose slots are checked: the one in progress, and for a quarter of an hour after its close the last.
 * A halt of hours has nothing to check after the same time.
 */
export function checkedSession({ now, timetable }: HealthSnapshot, symbol: string): TradingSession | null {
  const session =
    symbolSessionAt(now, symbol, timetable) ?? symbolSessionAt(epochMs(now - LAST_SLOT_MS), symbol, timetable)
  if (!session) return null
  const halt = session.breaks.find(({ from, to }) => from <= now && now < to)
  if (halt && now >= halt.from + LAST_SLOT_MS) return null
  return now < Math.max(session.optionsCloseAt, session.closeAt + LAST_SLOT_MS) ? session : null
}
