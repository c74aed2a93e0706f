import type { ChainRow } from '../chain.ts'

/** Tolerance for rounding errors in sums of cents, dollars. */
export const ROUNDING = 1e-9

/** Whether the option can be bought: its ask is above 0. */
export function isOffered(option: ChainRow | null): option is ChainRow {
  return option !== null && askOf(option) > 0
}

/** The price it can be sold at, dollars; a missing bid is 0. */
export function bidOf({ bid }: ChainRow): number {
  return bid !== null && bid > 0 ? bid : 0
}

/** The price it can be bought at, dollars; 0 where it cannot. */
export function askOf({ ask }: ChainRow): number {
  return ask !== null && ask > 0 && Number.isFinite(ask) ? ask : 0
}
