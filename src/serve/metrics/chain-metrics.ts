import { Gauge, type Registry } from 'prom-client'
import type { ChainStatus } from '../health/snapshot.ts'

/** What is listed of each symbol's chain. */
export interface ChainMetrics {
  chain(symbol: string, status: ChainStatus): void
}

export function createChainMetrics(registers: Registry[]): ChainMetrics {
  const expirations = new Gauge({
    name: 'optionlake_chain_expirations',
    help: 'Expirations that the policy selects: listed today, listed on an earlier day, or missing.',
    labelNames: ['symbol', 'listed'],
    registers,
  })
  const seconds = new Gauge({
    name: 'optionlake_chain_listing_seconds',
    help: 'How long the last completed listing of a chain took.',
    labelNames: ['symbol'],
    registers,
  })
  return {
    chain: (symbol, { expirations: all, missing, earlier, listingSeconds }) => {
      expirations.set({ symbol, listed: 'today' }, Math.max(0, all - missing - earlier))
      expirations.set({ symbol, listed: 'earlier' }, earlier)
      expirations.set({ symbol, listed: 'missing' }, missing)
      if (listingSeconds !== null) seconds.set({ symbol }, listingSeconds)
    },
  }
}
