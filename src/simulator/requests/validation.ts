import { API_ERRORS, type ApiError } from '../errors.ts'
import type { SimContract } from '../market/market.ts'

/** Generic ticks that a streaming request may name. 104 (historical volatility) is refused, as by IB. */
const GENERIC_TICKS = new Set(
  '100,101,105,106,165,221,225,232,233,236,258,292,293,294,295,318,375,411,456,460,586,587,588,595,619'.split(
    ',',
  ),
)

export interface MarketDataRequest {
  readonly genericTicks: string
  readonly snapshot: boolean
  readonly exchange: string
}

/** The error of a market-data request that no market could serve; null for a valid request. */
export function invalidRequest(request: MarketDataRequest): ApiError | null {
  if (request.exchange === '') return API_ERRORS.invalid('Please enter exchange')
  const ticks = genericTicksOf(request.genericTicks)
  if (request.snapshot && ticks.length > 0) {
    return API_ERRORS.invalid('Snapshot market data subscription is not applicable to generic ticks')
  }
  const illegal = ticks.filter((tick) => !GENERIC_TICKS.has(tick))
  if (illegal.length === 0) return null
  return API_ERRORS.invalid(
    `Incorrect generic tick list of ${illegal.join(',')}. Legal ones are: ${[...GENERIC_TICKS].join(',')}`,
  )
}

/** `"101, 106"` → `['101', '106']`. */
export function genericTicksOf(list: string): string[] {
  return list
    .split(',')
    .map((tick) => tick.trim())
    .filter((tick) => tick !== '')
}

/** The contract that a description identifies, or the error when it identifies none or several. */
export function onlyContract(found: readonly SimContract[]): SimContract | ApiError {
  const [contract, second] = found
  if (!contract) return API_ERRORS.unknownContract()
  return second ? API_ERRORS.ambiguousContract(contract.symbol) : contract
}
