import { BAR_MS, type UnderlyingBarRow } from '../snapshot/underlying-bars.ts'

/**
 * The stored row and a new one of the same key. Two parts of one interval, such as those before and after a restart of
 * the program, become one bar; a bar that is not later than the stored one replaces it.
 */
export function joinBars(stored: UnderlyingBarRow, fresh: UnderlyingBarRow): UnderlyingBarRow {
  if (fresh.first_at <= stored.last_at) return fresh
  const coverage_seconds = Math.min(BAR_MS / 1_000, stored.coverage_seconds + fresh.coverage_seconds)
  const difference = rankOf(fresh) - rankOf(stored)
  // Prices of two kinds never mix: the better ones are the bar.
  if (difference !== 0) return { ...(difference > 0 ? fresh : stored), coverage_seconds }
  return {
    ...fresh,
    open: stored.open,
    high: Math.max(stored.high, fresh.high),
    low: Math.min(stored.low, fresh.low),
    ticks: stored.ticks + fresh.ticks,
    first_at: stored.first_at,
    coverage_seconds,
  }
}

/** Trades and levels before midpoints, then live before delayed. */
function rankOf({ price_basis, data_type }: UnderlyingBarRow): number {
  return (price_basis === 'mid' ? 0 : 2) + (data_type === 'delayed' ? 0 : 1)
}
