import { chainCachePath, readChainCache, writeChainCache } from '../../chain/chain-cache.ts'
import { type Chain, discover } from '../../chain/discover.ts'
import type { Session } from '../../gateway/session/session.ts'
import { openInterestOf } from '../../harvest/harvest.ts'
import type { Underlying } from '../../market/contract.ts'
import type { Log } from '../../process/log.ts'
import type { Cycle } from '../cycle/cycle.ts'
import type { CaptureOptions } from '../options.ts'
import type { HarvestedSymbol } from './fetched-symbol.ts'

/** Today's chain: from the cache if it is from today, else from the gateway, and then cached. */
export async function discoverCached(
  session: Session,
  underlying: Underlying,
  { slot, deadline }: Pick<Cycle, 'slot' | 'deadline'>,
  { config, lake, log }: Pick<CaptureOptions, 'config' | 'lake' | 'log'>,
): Promise<Chain> {
  const path = chainCachePath(lake.layout.contracts, underlying.symbol)
  const chain = await discover(session, underlying, {
    today: slot.date,
    options: config.universe,
    cached: readChainCache(path),
    signal: deadline.signal,
  })
  try {
    writeChainCache(path, chain.cache)
  } catch (error) {
    log.warn({ err: error, path }, 'the chain could not be cached: the next cycle requests it again')
  }
  return chain
}

/** Caches what a cycle learned for the rest of the day: open interest, and the centres of its strike windows. */
export function updateChainCache(
  { symbol, chain: { cache }, harvest }: HarvestedSymbol,
  folder: string,
  log: Log,
): void {
  const openInterest = new Map(cache.openInterest)
  for (const { contract, quote } of harvest.answered) {
    const value = openInterestOf(quote, contract)
    if (value !== null && value !== undefined) openInterest.set(contract.conId, value)
  }
  try {
    writeChainCache(chainCachePath(folder, symbol), { ...cache, openInterest })
  } catch (error) {
    log.warn({ err: error, symbol }, 'open interest could not be cached: the next cycle requests it again')
  }
}
