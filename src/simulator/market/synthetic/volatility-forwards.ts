import { atLeastShortest } from './surface.ts'

/** Points to which the volatility index reverts, and its speed per year. */
const LONG_RUN_POINTS = 19.8
const REVERSION = 3
/** Volatility of far and of near forwards, fractions, and how fast it falls from one to the other, per year. */
const FAR_VOL = 0.5
const NEAR_VOL = 1.1
const VOL_DECAY = 5
/** How the volatility of the index rises with its level. */
const LEVEL_POWER = 0.25

/** Slopes of the smile of options on the volatility index: calls cost more the further they are out of the money. */
export const VOLATILITY_SLOPES = { putSlope: 0, callSlope: 0.14 } as const

/** The forward of the volatility index, points. It is the level itself when its value is fixed. */
export function volatilityForward(level: number, years: number): number {
  return LONG_RUN_POINTS + (level - LONG_RUN_POINTS) * Math.exp(-REVERSION * Math.max(0, years))
}

/** The implied volatility of options at that forward, a fraction. */
export function volOfVolatilityIndex(level: number, years: number): number {
  const decay = VOL_DECAY * atLeastShortest(years)
  const average = (1 - Math.exp(-decay)) / decay
  return (FAR_VOL + (NEAR_VOL - FAR_VOL) * average) * (level / LONG_RUN_POINTS) ** LEVEL_POWER
}
