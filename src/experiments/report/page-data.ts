import type { PackedSeries } from './pack-series.ts'

/** One run as the page's script sees it. */
export interface PageRun {
  readonly scenario: string
  readonly experiment: string
  /** What tells this run from others of the same scenario and experiment: its seed, or its file. */
  readonly name: string
  readonly firstStep: number
  readonly lastStep: number
  /** Market time between two steps; null when the file does not tell it. */
  readonly secondsPerStep: number | null
  /** Place of the passive run of the same market in `runs`; null for a passive run and where there is none. */
  readonly baseline: number | null
  /** One line: which run this is, and what it is compared with. */
  readonly about: string
  readonly buckets: number
  /** Null where a run has no values, such as the P&L of a file without it. */
  readonly series: Readonly<Record<SeriesName, PackedSeries | null>>
}

export const SERIES_NAMES = ['mid', 'effect', 'spread', 'bidDepth', 'askDepth', 'inventory', 'pnl'] as const

/** `effect` is mid − mid of the passive run at the same step. Prices and P&L in dollars, the rest in shares. */
export type SeriesName = (typeof SERIES_NAMES)[number]

/** The data block of the page. */
export interface PageData {
  readonly runs: readonly PageRun[]
}
