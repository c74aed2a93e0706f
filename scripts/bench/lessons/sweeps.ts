import { toCents } from '../../../src/experiments/strategies/cents.ts'
import type { Strategy } from '../../../src/experiments/strategies/strategy.ts'

/** Shares of one order. */
export const SWEEP_QUANTITIES = [100, 200, 500, 1_000, 2_000]
/** A minute: by then most of what the order before did to the price is gone. */
const FREQUENCY_STEPS = 600
/** How far beyond the best price an order may trade: as far as it takes. */
const REACH = 0.05

/**
 * What the experiments of the original do not measure: the impact of single orders that trade at once, one a minute, BUY and
 * SELL in turn. Their own orders, ten steps apart, measure the swing between one order and the next.
 */
export const SWEEPS: readonly Strategy[] = SWEEP_QUANTITIES.map((qty) => ({
  name: sweepName(qty),
  description: `BUY and SELL ${qty} shares in turn at any price, every ${FREQUENCY_STEPS} steps`,
  mode: 'active',
  decide: (step, { bid, ask }) => {
    if (step === 0 || step % FREQUENCY_STEPS !== 0 || bid === null || ask === null) return []
    const isBuy = (step / FREQUENCY_STEPS) % 2 === 0
    const price = toCents(isBuy ? ask * (1 + REACH) : bid * (1 - REACH))
    return [{ kind: 'order', side: isBuy ? 'BUY' : 'SELL', price, qty }]
  },
}))

export function sweepName(qty: number): string {
  return `sweep_${qty}`
}
