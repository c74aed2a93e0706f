import type { FetchVerdict } from '../gateway/breaker/policy.ts'
import type { GapReason, Harvest } from './harvest.ts'

/** Gaps that say nothing about the gateway: facts about contracts, or our own doing. */
const NOT_ITS_FAULT: ReadonlySet<GapReason> = new Set(['no_such_contract', 'not_entitled', 'stopped'])

/**
 * What one symbol's harvest shows of the gateway, for the breaker. Whoever has answered was served; where nobody has,
 * it has failed, unless none of the contracts could have been served at all.
 */
export function fetchVerdict({ answered, gaps }: Harvest): FetchVerdict {
  if (answered.length > 0) return 'served'
  return gaps.every(({ reason }) => NOT_ITS_FAULT.has(reason)) ? 'proved_nothing' : 'failed'
}
