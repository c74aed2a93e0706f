import type { Chain } from '../../chain/chain.ts'
import { withinWindow } from '../../chain/strike-window.ts'
import type { UniverseOptions } from '../../chain/universe.ts'

/**
 * How many contracts of a symbol the policy would plausibly select, from the chain as far as it is known and the strike
 * windows of the day. Null if there is nothing to go by.
 */
export function expectedContracts(chain: Chain | null, options: UniverseOptions): number | null {
  if (!chain || chain.cache.windows.length === 0) return null
  const { contracts, expirations, cache } = chain
  const selected = withinWindow(contracts, expirations, { centres: cache.windows, options })
  return selected.length === 0 ? null : selected.length
}
