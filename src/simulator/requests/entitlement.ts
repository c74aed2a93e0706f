import type { ApiError } from '../errors.ts'
import type { EntitlementCode } from '../faults/faults.ts'
import { exchangesOf, isOption } from '../market/contracts.ts'
import type { SimContract } from '../market/market.ts'
import type { SimulatorState } from '../state.ts'

/** Notices that are followed by data. */
const WITH_DATA = new Set<EntitlementCode>([10_090, 10_091, 10_167])
const TEXTS: Readonly<Record<EntitlementCode, string>> = {
  354: 'Requested market data is not subscribed.',
  10089: 'Requested market data requires additional subscription for API.',
  10090: 'Part of requested market data is not subscribed.',
  10091: 'Part of requested market data requires additional subscription for API.',
  10167: 'Requested market data is not subscribed. Displaying delayed market data.',
  10168: 'Requested market data is not subscribed. Delayed market data is not enabled.',
}

/** What a stream lacks. */
export interface LackingEntitlement {
  readonly error: ApiError
  readonly hasData: boolean
  readonly isDelayed: boolean
}

/** What the account may not see of a contract, by a fault or by its settings; null when nothing is missing. */
export function lackingEntitlement(
  contract: SimContract,
  { faults, options }: Pick<SimulatorState, 'faults' | 'options'>,
): LackingEntitlement | null {
  const fault = faults.get('entitlement')
  const isMeant = fault && isOption(contract) && (fault.symbol ?? contract.symbol) === contract.symbol
  const code = isMeant ? fault.code : options.notEntitled.find((one) => matches(one, contract))?.code
  if (code === undefined) return null
  return { error: { code, text: TEXTS[code] }, hasData: WITH_DATA.has(code), isDelayed: code === 10_167 }
}

type Rule = SimulatorState['options']['notEntitled'][number]

function matches({ symbol, kind, exchange }: Rule, contract: SimContract): boolean {
  return (
    (symbol === undefined || symbol === contract.symbol) &&
    (kind === undefined || kind === contract.secType) &&
    (exchange === undefined || exchangesOf(contract).includes(exchange))
  )
}
