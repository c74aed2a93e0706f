import type { EpochMs } from '../market/units.ts'
import { absent, type Found, found, type Measured, measured } from './measured.ts'

/** Figures that come directly from the gateway, not from the chain. */
export interface ReceivedFigures {
  readonly vix: Measured<number>
  readonly iv30_ib_index: Measured<number>
}

/** The values the gateway sent in one cycle; null if it sent none. */
export interface ReceivedValues {
  /** VIX index level, points. */
  readonly vix: number | null
  /** IB's own 30-day volatility of the underlying (tick 24), a fraction. */
  readonly ivIndexFraction: number | null
}

export function receivedFigures({ vix, ivIndexFraction }: ReceivedValues, slot: EpochMs): ReceivedFigures {
  const basis = (value: number | null) =>
    ({ window: null, observations: value === null ? 0 : 1, observations_of: 'values', as_of: slot }) as const
  return {
    vix: measured(received(vix), { ...basis(vix), definition: 'vix', unit: 'points', source: 'index' }),
    iv30_ib_index: measured(received(ivIndexFraction), {
      ...basis(ivIndexFraction),
      definition: 'iv30_ib_index',
      unit: 'fraction',
      source: 'ib_index',
    }),
  }
}

/** A value of 0 or less counts as not received, because index levels and volatilities are always above 0. */
export function received(value: number | null): Found<number> {
  return value !== null && Number.isFinite(value) && value > 0 ? found(value) : absent('not_received')
}
