import type { EpochMs } from '../../../market/units.ts'
import { cboeHours } from '../cboe-hours.ts'
import { isOption } from '../contracts.ts'
import { INDICES } from '../indices.ts'
import type { SimContract } from '../market.ts'

/** Hours of an index and of the options on it, by the rule for its symbol: no recording has them. */
export function recordedIndexHours(contract: SimContract, at: EpochMs) {
  const known = INDICES.find((index) => index.symbol === contract.symbol)
  return cboeHours(at, contract, {
    tradesAtNight: isOption(contract) && (known?.options?.tradesAtNight ?? false),
  })
}
