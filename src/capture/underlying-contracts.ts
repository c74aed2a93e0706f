import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import { findUnderlying, findVix } from '../chain/find-underlying.ts'
import type { Session } from '../gateway/session/session.ts'
import { type Underlying, VIX } from '../market/contract.ts'
import type { DueSlot } from '../market/slot.ts'

/** Finds the contract ids of the underlyings. They do not change, so each is looked up once. */
export interface UnderlyingFinder {
  /** The stocks, and the VIX if the gateway knows it. Rejects with a usage failure for an unknown symbol. */
  find(session: () => Promise<Session>, signal: AbortSignal): Promise<readonly Underlying[]>
}

/** The underlyings that a slot is due for, and the indices, which have no options of their own here. */
export function underlyingsOf(
  { symbols }: DueSlot,
  underlyings: readonly Underlying[],
): readonly Underlying[] {
  return underlyings.filter(({ symbol, secType }) => secType === 'IND' || symbols.includes(symbol))
}

/** Also takes ids from cached chains, from any day. */
export function createUnderlyingFinder(
  symbols: readonly string[],
  contractsFolder: string,
): UnderlyingFinder {
  const found = new Map<string, Underlying>()
  const known = (symbol: string) =>
    found.get(symbol) ?? readChainCache(chainCachePath(contractsFolder, symbol))?.underlying

  return {
    find: async (session, signal) => {
      for (const symbol of symbols) {
        const underlying = known(symbol) ?? (await findUnderlying(await session(), symbol, signal))
        found.set(symbol, underlying)
      }
      const vix = found.get(VIX.symbol) ?? (await findVix(await session(), signal))
      if (vix) found.set(VIX.symbol, vix)
      return [...found.values()]
    },
  }
}
