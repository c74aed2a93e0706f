import type { ContractDetails } from '../../gateway/session/requests/contracts.ts'
import type { Session } from '../../gateway/session/session.ts'
import type { FutureContract } from '../../market/contract.ts'
import type { Instrument } from '../../market/instrument.ts'
import { futureContractOf } from '../option-contract.ts'

/** A listed future, and what the gateway says about it. */
export interface ListedFuture {
  readonly future: FutureContract
  readonly details: ContractDetails
}

/**
 * The futures that the gateway lists of an instrument, nearest first; empty if it lists none. Those of another
 * multiplier under the same symbol are another instrument.
 */
export async function findFutures(
  session: Pick<Session, 'contractDetails'>,
  { symbol, exchange, currency, multiplier }: Instrument,
  signal: AbortSignal,
): Promise<readonly ListedFuture[]> {
  const rows = await session.contractDetails({ symbol, secType: 'FUT', exchange, currency }, signal)
  return rows
    .flatMap((details) => {
      const future = futureContractOf(details)
      return future === null ? [] : { future: { ...future, exchange }, details }
    })
    .filter(
      ({ future }) => future.symbol === symbol && (multiplier === null || future.multiplier === multiplier),
    )
    .sort(({ future: a }, { future: b }) =>
      a.expiry < b.expiry ? -1 : a.expiry > b.expiry ? 1 : a.conId - b.conId,
    )
}
