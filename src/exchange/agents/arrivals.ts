import type { AgentRandom } from '../engine/agent.ts'

/**
 * Steps until an event that happens with `probability` a step, at least 1 (geometric). Waiting times are drawn from the
 * step of the last event alone, so that an agent's calendar is the same whatever others do. Where the true probability
 * depends on the market, `probability` is its upper bound and the event is kept with the ratio of the two (thinning).
 */
export function stepsUntilNext(random: AgentRandom, purpose: number, probability: number): number {
  if (probability <= 0) return Number.MAX_SAFE_INTEGER
  if (probability >= 1) return 1
  return Math.ceil(Math.log(random.draw(purpose)) / Math.log1p(-probability))
}

/** A factor around 1 that makes the agents of a population differ: uniform within ± `spread`. */
export function variedBy(random: AgentRandom, purpose: number, spread: number): number {
  return 1 + spread * (2 * random.draw(purpose) - 1)
}

/** A price on the agents' grid, rounded away from the market. */
export function onGrid(ticks: number, gridTicks: number, side: 1 | -1): number {
  return side === 1 ? Math.floor(ticks / gridTicks) * gridTicks : Math.ceil(ticks / gridTicks) * gridTicks
}

/** How much rarer market orders are at a spread: 1 up to the reference, above it the ratio of the two. */
export function spreadFactor(spreadTicks: number, referenceTicks: number): number {
  return spreadTicks > referenceTicks ? referenceTicks / spreadTicks : 1
}
