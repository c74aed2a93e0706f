import type { LakeContents } from '../../lake/query/contents.ts'
import type { Growth } from '../../lake/query/growth.ts'
import type { DaySlots } from '../../lake/query/slot-coverage.ts'
import type { SessionDate } from '../../market/units.ts'

/** What the views of coverage, collection and lake are made from. */
export interface CollectionSources {
  /** What the ledger has of a symbol on the trade dates, both included, and from which date the lake has rows of it. */
  coverage(
    symbol: string,
    dates: { readonly from: SessionDate; readonly to: SessionDate },
  ): Promise<{ readonly days: readonly DaySlots[]; readonly firstDate: SessionDate | null }>
  /** The open session with the gateway, from memory. */
  connection(): Connection
  /** Rows, files and bytes of every table, and how fast the lake grows; from the logs. */
  lake(): Promise<LakeContents & { readonly growth: Growth }>
}

export interface Connection {
  /** `host:port` as configured; null for the embedded simulator. */
  readonly address: string | null
  readonly limits: {
    readonly messagesPerSecond: number
    readonly pacingWindowMs: number
    readonly lines: number
  }
  /** All but the first are reconnections. */
  readonly sessionsOpened: number
  /** Notices of all sessions by code; codes beyond the first 200 are counted under −1. */
  readonly notices: Readonly<Record<number, number>>
  /** Null while there is none. */
  readonly session: {
    readonly serverVersion: number
    readonly messagesSent: number
    readonly peakMessagesPerSecond: number
    readonly linesInUse: number
    /** Lines that the gateway has to give at present, as learned from its refusals. */
    readonly linesUsable: number
    /** Requests that wait for a line. */
    readonly linesAwaited: number
  } | null
}
