import type { EpochMs } from '../market/units.ts'
import { absent, type Found, found, type Measured, measured } from './measured.ts'

/** What the gateway publishes itself, beside the chain. */
export interface ReceivedFigures {
  readonly vix: Measured<number>
  readonly iv30_ib_index: Measured<number>
}

/** The values of one cycle as the gateway sent them; null where it did not. */
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

/** No level and no volatility is ever 0 or less: such a value counts as not received. */
export function received(value: number | null): Found<number> {
  return value !== null && Number.isFinite(value) && value > 0 ? found(value) : absent('not_received')
}
