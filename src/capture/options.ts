import type { ChainSource } from '../chain/chain-lister.ts'
import type { FutureSource } from '../chain/futures/future-source.ts'
import type { Config } from '../config/config.ts'
import type { HarvestProgress } from '../harvest/collect.ts'
import type { Lake } from '../lake/open.ts'
import type { StoredSlot } from '../lake/write/append.ts'
import type { Log } from '../process/log.ts'
import type { QuoteHistories } from './build-rows.ts'
import type { SessionSource } from './session-source.ts'
import type { UnderlyingFinder } from './underlying-contracts.ts'

/** Everything needed to capture a slot. */
export interface CaptureOptions {
  readonly config: Config
  readonly sessions: SessionSource
  /** The chains as far as they are listed. */
  readonly chains: ChainSource
  /** The lists of futures. */
  readonly futures: FutureSource
  /** Remembers the contract ids of the underlyings from one cycle to the next. */
  readonly finder: UnderlyingFinder
  /** Open for writing; the cycle uses its clock. */
  readonly lake: Lake
  readonly log: Log
  /** Ends the cycle early: what has arrived is stored. */
  readonly signal: AbortSignal
  /** This slot's quotes are added to it. */
  readonly quoteHistories: QuoteHistories
  onStage?(stage: CaptureStage): void
  onProgress?(progress: HarvestProgress): void
  /** The slot is stored; the maintenance of the log is still to come. Must not throw. */
  onStored?(stored: StoredSlot): void
}

export type CaptureStage = 'chain' | 'harvest' | 'write'
