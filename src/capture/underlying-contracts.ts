import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import { findUnderlying, findVix, UnknownSymbol } from '../chain/find-underlying.ts'
import type { Session } from '../gateway/session/session.ts'
import { type Underlying, VIX } from '../market/contract.ts'
import type { Instrument } from '../market/instrument.ts'
import type { SessionDate } from '../market/units.ts'
import { abortable } from '../process/abortable.ts'

/** Finds the contract ids of the underlyings. They hardly ever change, so each is looked up once. */
export interface UnderlyingFinder {
  /**
   * A stock, an index, or the nearest future on a date. Rejects with UnknownSymbol, and with what the request throws; the
   * next call asks again.
   */
  find(
    instrument: Instrument,
    session: Session,
    signal: AbortSignal,
    today?: SessionDate,
  ): Promise<Underlying>
  /** Asks the gateway again, because it refuses the contract id: after a corporate action there may be another. */
  findAgain(instrument: Instrument, session: Session, signal: AbortSignal): Promise<Underlying>
  /** Null if the gateway does not know the VIX or does not answer. */
  findVix(session: Session, signal: AbortSignal): Promise<Underlying | null>
}

/** Also takes ids from cached chains, from any day. */
export function createUnderlyingFinder(contractsFolder: string): UnderlyingFinder {
  const found = new Map<string, Underlying>()
  const known = ({ symbol, kind }: Instrument) => {
    const underlying =
      found.get(symbol) ?? readChainCache(chainCachePath(contractsFolder, symbol))?.underlying
    // The cache may be of another kind: the symbol was configured as a stock before, say.
    return underlying?.secType === kind ? underlying : undefined
  }

  return {
    find: async (instrument, session, signal, today) => {
      const lookUp = () => findUnderlying(session, instrument, signal, today)
      // The nearest future is another one every few weeks.
      if (instrument.kind === 'FUT' || instrument.kind === 'FOP') return lookUp()
      const underlying = known(instrument) ?? (await lookUp())
      found.set(instrument.symbol, underlying)
      return underlying
    },
    findAgain: async (instrument, session, signal) => {
      const underlying = await findUnderlying(session, instrument, signal)
      found.set(instrument.symbol, underlying)
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
  instruments: readonly Instrument[],
  finder: UnderlyingFinder,
  { session, signal }: { readonly session: Session; readonly signal: AbortSignal },
): Promise<void> {
  const looking = abortable(signal)
  const unknown: UnknownSymbol[] = []
  try {
    await Promise.any(
      instruments.map(async (instrument) => {
        try {
          await finder.find(instrument, session, looking.signal)
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
