import type { MiniFlashCrash } from '../../statistics/mini-flash-crashes.ts'
import type { ExecutedImpact } from '../analysis/executed-impact.ts'
import type { FillRate, Placement } from '../analysis/fill-rates.ts'
import type { OrderImpact } from '../analysis/order-impact.ts'
import type { PairedMarket } from '../analysis/paired-mids.ts'
import type { CrashSignature } from './crash-signature.ts'
import type { Distribution } from './distribution.ts'
import type { PackedSeries } from './pack-series.ts'
import type { SeriesName } from './page-data.ts'
import type { RunIdentity } from './run-data.ts'
import type { ThinSeries } from './thin-series.ts'

/** What the report keeps of one run. */
export interface ReportRun extends RunIdentity {
  readonly records: number
  readonly firstStep: number
  readonly lastStep: number
  readonly secondsPerStep: number | null
  readonly damagedLines: number
  readonly figures: RunFigures
  readonly fills: RunFills
  /** Null for a passive run and where there is no passive run of the same market. */
  readonly paired: PairedFigures | null
  /** Null when the price never fell. */
  readonly crash: CrashEvent | null
  /** Null when the file has no trades. */
  readonly miniCrashes: readonly MiniCrashEvent[] | null
  /** Null where there are too many runs to show each over time. */
  readonly series: RunSeries | null
}

/** Prices and P&L in dollars, quantities in shares, latencies in milliseconds of the wall clock. */
export interface RunFigures {
  readonly firstMid: number | null
  readonly lastMid: number | null
  readonly lowestMid: number | null
  readonly highestMid: number | null
  /** Part of the records with a bid and an ask. */
  readonly twoSidedFraction: number
  readonly meanSpread: number | null
  readonly spread: Distribution | null
  readonly bidDepth: Distribution | null
  readonly askDepth: Distribution | null
  readonly lowestInventory: number | null
  readonly highestInventory: number | null
  readonly finalInventory: number | null
  readonly lowestPnl: number | null
  readonly finalPnl: number | null
  readonly decisionMs: Distribution | null
  readonly stepMs: Distribution | null
  readonly fillMs: Distribution | null
}

/** Null where nothing was sent. */
export interface RunFills {
  readonly all: FillRate | null
  readonly buy: FillRate | null
  readonly sell: FillRate | null
  readonly byPlacement: ReadonlyMap<Placement, FillRate>
}

export interface PairedFigures {
  /** File of the passive run. */
  readonly baseline: string
  readonly market: PairedMarket
  /** Mean effect of one order; null without orders that can be measured. */
  readonly order: OrderImpact | null
  /** Quantity of the orders when all have the same, shares; null otherwise. */
  readonly orderQuantity: number | null
  /** Of runs that buy or sell only. */
  readonly executed: readonly ExecutedImpact[]
}

/** A crash with the price around it. */
export interface CrashEvent {
  readonly signature: CrashSignature
  readonly picture: EventPicture
}

export interface MiniCrashEvent {
  readonly crash: MiniFlashCrash
  /** Null beyond the first few of a run. */
  readonly picture: EventPicture | null
}

/** The mid around an event: from `fromStep` to `toStep`. */
export interface EventPicture {
  readonly mid: ThinSeries
  readonly fromStep: number
  readonly toStep: number
}

export interface RunSeries {
  readonly buckets: number
  readonly packed: Readonly<Record<SeriesName, PackedSeries | null>>
}
