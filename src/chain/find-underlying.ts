import type { Session } from '../gateway/session/session.ts'
import { type FutureContract, type Underlying, VIX } from '../market/contract.ts'
import { type Instrument, underlyingOf } from '../market/instrument.ts'
import { dateToExpiry, type SessionDate } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { findFutures } from './futures/find-futures.ts'
import { underlyingOfFuture } from './option-contract.ts'

/** The gateway lists no instrument of that name and kind. */
export class UnknownSymbol extends Failure {
  constructor(instrument: Pick<Instrument, 'symbol' | 'kind' | 'exchange'>, endpoint: string) {
    super(
      EXIT.usage,
      `unknown symbol "${instrument.symbol}": the gateway at ${endpoint} lists no ${describeKind(instrument)} of that name; check ${
        instrument.kind === 'STK' ? 'the spelling' : 'spelling and exchange'
      }`,
    )
    this.name = 'UnknownSymbol'
  }
}

function describeKind({ kind, exchange }: Pick<Instrument, 'kind' | 'exchange'>): string {
  if (kind === 'STK') return 'US stock or ETF'
  return kind === 'IND' ? `index at ${exchange}` : `future at ${exchange}`
}

/**
 * A stock or an index with its contract id; of futures the nearest.
 * @throws UnknownSymbol (EXIT.usage) for a symbol that the gateway does not know, so that a typo ends the command before
 * anything is written.
 */
export async function findUnderlying(
  session: Session,
  instrument: Instrument,
  signal: AbortSignal,
  today?: SessionDate,
): Promise<Underlying> {
  const wanted = underlyingOf(instrument)
  if (wanted.secType === 'FUT') {
    const [nearest] = await listFutures(session, instrument, signal, today)
    return underlyingOfFuture(nearest as FutureContract)
  }
  const found = await session.contractDetails(wanted, signal)
  const [first] = found.filter((one) => one.symbol === instrument.symbol)
  if (!first) throw new UnknownSymbol(instrument, session.endpoint)
  return { ...wanted, conId: first.conId }
}

/**
 * The futures of an instrument, nearest first, from those that trade on a trade date or later; at least one.
 * @throws UnknownSymbol (EXIT.usage) if the gateway lists none.
 */
export async function listFutures(
  session: Session,
  instrument: Instrument,
  signal: AbortSignal,
  today?: SessionDate,
): Promise<readonly FutureContract[]> {
  const listed = await findFutures(session, instrument, signal)
  const open = listed
    .map(({ future }) => future)
    .filter(({ expiry }) => today === undefined || expiry >= dateToExpiry(today))
  if (open.length === 0) throw new UnknownSymbol(instrument, session.endpoint)
  return open
}

/** The VIX; null if the gateway does not know it. Rejects if it does not answer. */
export async function findVix(session: Session, signal: AbortSignal): Promise<Underlying | null> {
  const [first] = await session.contractDetails(VIX, signal)
  return first ? { ...VIX, conId: first.conId } : null
}
