import { groupChain } from '../../../src/analytics/chain.ts'
import { quotedVolAt } from '../../../src/analytics/surface/evaluate.ts'
import { fitSurface } from '../../../src/analytics/surface/fit-surface.ts'
import { expiryTimesOf } from '../../../src/market/option-hours.ts'
import type { FigureError, JudgedFigure, MadeSlot, Told } from './slot-errors.ts'
import { type TrueMarket, trueAtmVol, trueForward, trueSkew, trueVol } from './true-market.ts'

/** Where the wings are compared, in standard deviations. */
const WINGS = { below: -2, above: 1.5 } as const

/** Errors of the surface's forwards, levels, slopes and wings, of every expiration. */
export function surfaceErrors(market: TrueMarket, { at, spot, rows }: MadeSlot, told: Told): FigureError[] {
  const bare = rows.map(({ row }) => row)
  const chain = groupChain(bare, { slot: at, expiresAt: expiryTimesOf(market.symbol) })
  const errors: FigureError[] = []
  const judge = (
    figure: JudgedFigure,
    ours: { readonly value: number | null; readonly reason: string | null },
    truth: number,
    scale: number,
  ) => {
    const error = ours.value === null ? null : scale * (ours.value - truth)
    errors.push({ figure, error, reason: ours.reason })
  }
  for (const { parity, smile, minutes } of fitSurface({ chain, carry: told }).slices) {
    const years = minutes / 525_600
    const { reason } = smile
    const atm = trueAtmVol(market, years)
    const line = { value: parity.value?.forward ?? null, reason: parity.reason }
    judge('surface, forward', line, trueForward(market, at, { spot, years }), 100)
    judge('surface, at the money', { value: smile.value?.atmVolFraction ?? null, reason }, atm, 100)
    // Over a move of the underlying of one percent.
    judge('surface, slope', { value: smile.value?.skew ?? null, reason }, trueSkew(years), 1)
    for (const [name, z] of Object.entries(WINGS) as [keyof typeof WINGS, number][]) {
      const k = z * atm * Math.sqrt(years)
      const vol = smile.value === null ? { value: null, reason } : quotedVolAt(smile.value, k)
      judge(`surface, ${Math.abs(z)} deviations ${name}` as JudgedFigure, vol, trueVol(market, k, years), 100)
    }
  }
  return errors
}
