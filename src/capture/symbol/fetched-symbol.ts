import type { Chain } from '../../chain/chain.ts'
import type { FetchVerdict } from '../../gateway/breaker/verdict.ts'
import { fetchVerdict, type Harvest } from '../../harvest/harvest.ts'
import type { SlotReason } from '../../snapshot/ledger.ts'
import type { ChainNote } from '../../snapshot/symbol-report.ts'
import type { FetchedFutures } from '../futures/fetched-futures.ts'

/** What a cycle got for one symbol: its harvest, or why there is none. */
export type FetchedSymbol = HarvestedSymbol | FuturesOnlySymbol | UnfetchedSymbol

export interface HarvestedSymbol {
  readonly symbol: string
  readonly chain: Chain
  /** What is to be said about its list; null for a whole list of the day. */
  readonly note: ChainNote | null
  readonly harvest: Harvest
  /** Contracts dropped to fit the budget. */
  readonly skipped: number
}

/** A symbol whose futures are collected and no options on them. */
interface FuturesOnlySymbol {
  readonly symbol: string
  readonly futures: FetchedFutures
}

interface UnfetchedSymbol {
  readonly symbol: string
  readonly reason: SlotReason
  readonly detail: string | null
}

export function isHarvested(fetched: FetchedSymbol): fetched is HarvestedSymbol {
  return 'harvest' in fetched
}

/** What a fetch says about the gateway. One that ended before any request is inconclusive. */
export function verdictOf(fetched: FetchedSymbol): FetchVerdict {
  if ('futures' in fetched) return fetchVerdict(fetched.futures.harvest)
  return isHarvested(fetched) ? fetchVerdict(fetched.harvest) : 'inconclusive'
}
