import type { EpochMs } from '../../../market/units.ts'
import { plotLines, plotWidth } from '../../terminal/plot.ts'
import type { ChainGroup } from './chain-groups.ts'

const HEIGHT = 9
const DAYS = 30
const DAY_MS = 86_400_000
/** Points of the curve for each column: those of a Braille cell. */
const POINTS_A_COLUMN = 2

/** The expiration nearest to 30 days; null without any. */
export function smileToDraw(groups: readonly ChainGroup[], slot: EpochMs): ChainGroup | null {
  const away = ({ expiration }: ChainGroup) => Math.abs((expiration.expiresAt - slot) / DAY_MS - DAYS)
  return groups.reduce<ChainGroup | null>(
    (best, one) => (best === null || away(one) < away(best) ? one : best),
    null,
  )
}

/** Volatility over strikes: of puts below the price, of calls from it on; straight between strikes. [] without three of them. */
export function smilePlot({ expiration: { strikes }, price }: ChainGroup): string[] {
  const points = strikes.flatMap(({ strike, call, put }) => {
    const iv = (price !== null && strike < price ? (put ?? call) : (call ?? put))?.iv ?? null
    return iv === null ? [] : [{ strike, iv }]
  })
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || points.length < 3) return []
  const width = plotWidth()
  const steps = width * POINTS_A_COLUMN
  const values = Array.from({ length: steps + 1 }, (_, at) =>
    between(points, first.strike + (at / steps) * (last.strike - first.strike)),
  )
  return plotLines(values, {
    ...{ width, height: HEIGHT, levels: [] },
    ends: [`${first.strike}`, `${last.strike}`],
    label: (value) => `${(100 * value).toFixed(1)} %`,
  })
}

function between(points: readonly { strike: number; iv: number }[], strike: number): number | null {
  const at = points.findIndex((point) => point.strike >= strike)
  const [low, high] = [points[Math.max(0, at - 1)], points[at < 0 ? points.length - 1 : at]]
  if (!low || !high) return null
  if (high.strike === low.strike) return high.iv
  return low.iv + ((strike - low.strike) / (high.strike - low.strike)) * (high.iv - low.iv)
}
