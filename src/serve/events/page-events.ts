import type { SlotOutcome } from '../../snapshot/ledger.ts'
import type { clockAnswer } from '../clock-answer.ts'
import type { CheckStatus } from '../health/check.ts'

/** What the daemon tells open pages, by the name of the event. Times are ISO 8601, UTC. */
export interface PageEvents {
  /** The first of every stream. */
  readonly hello: {
    /** Of the program. */
    readonly version: string
    /** Which gateway the rows come from. */
    readonly source: string
    readonly clock: ReturnType<typeof clockAnswer>
    readonly symbols: readonly string[]
    /** The newest slot of each symbol that is stored, whole or in part, in its newest session; null without one. */
    readonly slots: Readonly<Record<string, string | null>>
    readonly health: CheckStatus
    /** As in `lake`. */
    readonly lake: number
  }
  /** A slot has entered the ledger: stored, or missing with its reason there. */
  readonly slot: { readonly symbol: string; readonly slot: string; readonly outcome: SlotOutcome }
  /** The figures of a slot are stored. */
  readonly figures: { readonly symbol: string; readonly slot: string }
  /** The surface of a slot is stored. */
  readonly surface: { readonly symbol: string; readonly slot: string }
  /** A cycle is running, at most twice a second; `idle` when it has ended. */
  readonly cycle: {
    readonly phase: 'chain' | 'harvest' | 'write' | 'idle'
    readonly slot: string
    /** Contracts, all symbols together. */
    readonly requested: number
    readonly answered: number
    /** Over the last seconds of the clock of the answers; null outside the harvest. */
    readonly contracts_per_second: number | null
  }
  /** The outcome of a check of /health has changed. */
  readonly health: { readonly status: CheckStatus }
  /** Stored slots may have changed: compaction, a rebuild, daily history. Also the version of `option_snapshots`. */
  readonly lake: { readonly version: number }
  /** Every few seconds while nothing else is said. */
  readonly beat: object
}

/** One event, without the time that the feed adds. */
export type PageEvent = {
  [Name in keyof PageEvents]: { readonly name: Name; readonly data: PageEvents[Name] }
}[keyof PageEvents]
