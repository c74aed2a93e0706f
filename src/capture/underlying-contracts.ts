import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import { findUnderlying, findVix, UnknownSymbol } from '../chain/find-underlying.ts'
import type { Session } from '../gateway/session/session.ts'
import { type Underlying, VIX } from '../market/contract.ts'
import { abortable } from '../process/abortable.ts'

/** Finds the contract ids of the underlyings. They do not change, so each is looked up once. */
export interface UnderlyingFinder {
  /** One stock. Rejects with UnknownSymbol, and with what the request throws; the next call asks again. */
  find(symbol: string, session: Session, signal: AbortSignal): Promise<Underlying>
  /** Null if the gateway does not know the VIX or does not answer. */
  findVix(session: Session, signal: AbortSignal): Promise<Underlying | null>
}

/** Also takes ids from cached chains, from any day. */
export function createUnderlyingFinder(contractsFolder: string): UnderlyingFinder {
  const found = new Map<string, Underlying>()
  const known = (symbol: string) =>
    found.get(symbol) ?? readChainCache(chainCachePath(contractsFolder, symbol))?.underlying

  return {
    find: async (symbol, session, signal) => {
      const underlying = known(symbol) ?? (await findUnderlying(session, symbol, signal))
      found.set(symbol, underlying)
      return underlying
    },
    findVix: async (session, signal) => {
      const vix = found.get(VIX.symbol) ?? (await findVix(session, signal))
      if (vix) found.set(VIX.symbol, vix)
      return vix
    },
  }
}

/**
 * Resolves as soon as one of the symbols turns out to be known, or to fail for another reason.
 * @throws UnknownSymbol if the gateway knows none of them.
 */
export async function checkAnyKnown(
  symbols: readonly string[],
  finder: UnderlyingFinder,
  { session, signal }: { readonly session: Session; readonly signal: AbortSignal },
): Promise<void> {
  const looking = abortable(signal)
  const unknown: UnknownSymbol[] = []
  try {
    await Promise.any(
      symbols.map(async (symbol) => {
        try {
          await finder.find(symbol, session, looking.signal)
        } catch (error) {
          if (!(error instanceof UnknownSymbol)) return
          unknown.push(error)
          throw error
        }
      }),
    )
  } catch {
    throw unknown[0]
  } finally {
    looking.abort(new Error('a symbol is known'))
  }
}
