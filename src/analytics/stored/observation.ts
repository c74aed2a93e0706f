import { median } from '../../market/statistics.ts'
import type { EpochMs } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../snapshot/daily-prices.ts'
import { newestVersion, ofNewestVersion } from '../../snapshot/definition-version.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { ObservationTimes, ObservationWindow } from '../figure-session.ts'

/** A figure of one slot. */
interface SlotValue {
  readonly slot: EpochMs
  readonly value: number | null
}

interface DailyValue {
  readonly value: number
  /** Cycles with a value. */
  readonly cycles: number
}

/**
 * One session's value: the median of its cycles in the window. A slot at the close is not used, because its quotes come
 * after the close. Null if none of these cycles has a value.
 */
function dailyValue(slots: readonly SlotValue[], window: ObservationWindow): DailyValue | null {
  const values: number[] = []
  for (const { slot, value } of slots) {
    if (isInside(slot, window) && value !== null && Number.isFinite(value)) values.push(value)
  }
  const middle = median(values)
  return middle === null ? null : { value: middle, cycles: values.length }
}

function isInside(at: number, { from, to }: ObservationWindow): boolean {
  return at >= from && at <= to
}

/** Version 1 is stored as null, as version 0.1 wrote it. */
function storedVersion(version: number | null): number | null {
  return version === 1 ? null : version
}

/** The figures of a slot used for an observation. */
export type ObservedSlot = Pick<
  MarketMetricsRow,
  'timestamp' | 'symbol' | 'iv30' | 'underlying_price' | 'vix' | 'definition_version'
>

/**
 * One symbol's observation of a trade date, from the figures of its slots in any order. iv30 is the `dailyValue`; price
 * and VIX are the last known before the close of its own session: of a stock normally those of 15:55 and not of the
 * closing auction, of a future those of the last slot of the trade date. A value that no slot has is null. The observation is null without a slot before the close.
 * It has the version of the slots that iv30 is made of, the newest of the window; figures whose chain is gone keep theirs.
 */
export function observationRow(
  slots: readonly ObservedSlot[],
  { session, window }: ObservationTimes,
  recordedAt: EpochMs,
): ObservationRow | null {
  const inside = slots
    .filter(({ timestamp }) => timestamp >= session.openAt && timestamp < session.closeAt)
    .sort((a, b) => a.timestamp - b.timestamp)
  const first = inside[0]
  if (!first) return null
  const valued = inside.filter((one) => one.iv30 !== null && isInside(one.timestamp, window))
  // On the day of an upgrade, slots of before follow other definitions: a median over both would be of neither.
  const daily = dailyValue(
    ofNewestVersion(valued).map((one) => ({ slot: one.timestamp as EpochMs, value: one.iv30 })),
    window,
  )
  return {
    symbol: first.symbol,
    date: session.date,
    source: 'chain',
    iv30: daily?.value ?? null,
    close: inside.findLast((one) => one.underlying_price !== null)?.underlying_price ?? null,
    vix: inside.findLast((one) => one.vix !== null)?.vix ?? null,
    cycles: daily?.cycles ?? null,
    recorded_at: recordedAt,
    definition_version: storedVersion(newestVersion(valued.length > 0 ? valued : inside)),
    ...NO_DAILY_PRICES,
  }
}
