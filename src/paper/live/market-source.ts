import type { LakeSource } from '../../lake/tables/schema.ts'
import type { Clock } from '../../market/clock.ts'
import type { EntryAnswer } from '../signals/figures.ts'
import type { ChainQuote } from '../structure.ts'

/** Where figures and chains come from, and at which gateway the collector that stores them is. */
export interface MarketSource {
  /** For people: which collector, which lake. */
  readonly description: string
  readonly gateway: { readonly host: string; readonly port: number }
  /** Whether the gateway is a simulator that the collector has started: nobody else has listed its account. */
  readonly embedded: boolean
  /** Whether that simulator ends with this process, and its account with it. */
  readonly endsWithProcess: boolean
  readonly source: LakeSource
  /** The time of its slots. */
  readonly clock: Clock
  /** The figures of a symbol's newest slot, without defaults. */
  figures(symbol: string): Promise<EntryAnswer>
  /** The stored chain of the newest slot. */
  chain(symbol: string): Promise<readonly ChainQuote[]>
  /** Stops the collector if it was started here. */
  close(): Promise<void>
}
