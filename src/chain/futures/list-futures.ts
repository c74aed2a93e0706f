import type { Session } from '../../gateway/session/session.ts'
import type { Instrument } from '../../market/instrument.ts'
import { UnknownSymbol } from '../find-underlying.ts'
import { futureContractOf } from '../option-contract.ts'
import type { FutureCache } from './future-cache.ts'

export type ListedFutures = Pick<FutureCache, 'futures' | 'hours'>

/**
 * All listed futures of an instrument, by last trading day, with the hours of the second. Those of another multiplier
 * are another instrument.
 * @throws UnknownSymbol where there is none.
 */
export async function listFutures(
  session: Session,
  instrument: Instrument,
  signal: AbortSignal,
): Promise<ListedFutures> {
  const { symbol, exchange, currency, multiplier } = instrument
  const rows = await session.contractDetails({ symbol, secType: 'FUT', exchange, currency }, signal)
  const own = rows
    .map((row) => ({ row, future: futureContractOf(row) }))
    .flatMap(({ row, future }) => (future === null ? [] : { row, future: { ...future, exchange } }))
    .filter(
      ({ future }) => future.symbol === symbol && (multiplier === null || future.multiplier === multiplier),
    )
    .sort((a, b) => (a.future.expiry < b.future.expiry ? -1 : a.future.expiry > b.future.expiry ? 1 : 0))
  if (own.length === 0) throw new UnknownSymbol(instrument, session.endpoint)
  // The nearest stops trading on its last day while the others go on.
  const { timeZoneId = '', tradingHours = '' } = (own[1] ?? own[0])?.row ?? {}
  return {
    futures: own.map(({ future }) => future),
    hours: tradingHours === '' ? null : { timeZoneId, tradingHours },
  }
}
