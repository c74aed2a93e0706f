import type { Session } from '../../gateway/session/session.ts'
import type { Instrument } from '../../market/instrument.ts'
import { UnknownSymbol } from '../find-underlying.ts'
import { findFutures } from './find-futures.ts'
import type { FutureCache } from './future-cache.ts'

export type FuturesWithHours = Pick<FutureCache, 'futures' | 'hours'>

/**
 * All listed futures of an instrument, by last trading day, with the hours of the second.
 * @throws UnknownSymbol where there is none.
 */
export async function listFuturesWithHours(
  session: Session,
  instrument: Instrument,
  signal: AbortSignal,
): Promise<FuturesWithHours> {
  const listed = await findFutures(session, instrument, signal)
  if (listed.length === 0) throw new UnknownSymbol(instrument, session.endpoint)
  // The nearest stops trading on its last day while the others go on.
  const { timeZoneId = '', tradingHours = '' } = (listed[1] ?? listed[0])?.details ?? {}
  return {
    futures: listed.map(({ future }) => future),
    hours: tradingHours === '' ? null : { timeZoneId, tradingHours },
  }
}
