import type { Lake } from '../../lake/open.ts'
import type { EpochMs, ExpiryDate } from '../../market/units.ts'
import { type AnalyticsOptions, analyticsOptions } from '../options.ts'
import { surfaceData } from '../stored/surfaces/read-surface.ts'
import { type SurfaceAnswer, surfaceAnswer } from './surface-answer.ts'

/** By default the newest slot, all expirations, and the default settings where a surface is not stored. */
export interface SurfaceQuestion {
  readonly at?: EpochMs
  readonly expiry?: ExpiryDate
  /** Settings `analytics` of a configuration. They matter only for slots whose surface is not stored. */
  readonly analytics?: AnalyticsOptions
}

/**
 * The volatility surface of a symbol's newest slot at or before a time: forwards and curves by expiration, and the grid at
 * fixed tenors and points with the rank of each point among its own values of 252 sessions. As stored, else fitted to the
 * stored chain. Without a slot, `slot` is null and the lists are empty.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function surface(
  lake: Lake,
  symbol: string,
  { at, expiry, analytics = analyticsOptions.parse({}) }: SurfaceQuestion = {},
): Promise<SurfaceAnswer> {
  const data = await surfaceData(lake, symbol, { options: analytics, at })
  return surfaceAnswer(data, { symbol, now: lake.clock.now(), expiry })
}
