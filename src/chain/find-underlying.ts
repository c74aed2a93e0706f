import type { Session } from '../gateway/session/session.ts'
import { stock, type Underlying, VIX } from '../market/contract.ts'
import { EXIT, Failure } from '../process/failure.ts'

/** The gateway lists no stock of that name. */
export class UnknownSymbol extends Failure {
  constructor(symbol: string, endpoint: string) {
    super(
      EXIT.usage,
      `unknown symbol "${symbol}": the gateway at ${endpoint} lists no US stock or ETF of that name; check the spelling`,
    )
    this.name = 'UnknownSymbol'
  }
}

/**
 * A stock with its contract id.
 * @throws UnknownSymbol (EXIT.usage) for a symbol that the gateway does not know, so that a typo ends the command before
 * anything is written.
 */
export async function findUnderlying(
  session: Session,
  symbol: string,
  signal: AbortSignal,
): Promise<Underlying> {
  const found = await session.contractDetails(stock(symbol), signal)
  const [first] = found.filter((one) => one.symbol === symbol)
  if (!first) throw new UnknownSymbol(symbol, session.endpoint)
  return { ...stock(symbol), conId: first.conId }
}

/** The VIX; null if the gateway does not know it. Rejects if it does not answer. */
export async function findVix(session: Session, signal: AbortSignal): Promise<Underlying | null> {
  const [first] = await session.contractDetails(VIX, signal)
  return first ? { ...VIX, conId: first.conId } : null
}
