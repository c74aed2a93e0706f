/** Rule 26 of Interactive Brokers: cents at any price. */
const CENTS = { ruleId: 26, increment: 0.01 }
/** Rules of other increments, of the simulator's own: this number plus ten-thousandths of a dollar. */
const OWN_RULES = 10_000
const PER_DOLLAR = 10_000

/** The market rule of contracts with this tick, dollars. It has one increment at all prices. */
export function marketRuleOf(minTick: number): number {
  return minTick === CENTS.increment ? CENTS.ruleId : OWN_RULES + Math.round(minTick * PER_DOLLAR)
}

/** The increment of a market rule, dollars; null for a rule that no contract can have. */
export function incrementOf(ruleId: number): number | null {
  if (ruleId === CENTS.ruleId) return CENTS.increment
  return ruleId > OWN_RULES && ruleId < 2 * OWN_RULES ? (ruleId - OWN_RULES) / PER_DOLLAR : null
}
