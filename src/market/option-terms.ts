import type { ExerciseStyle, Underlying } from './contract.ts'

/**
 * Classes of options on futures that can be exercised before they expire: the quarterly options on index futures, and
 * those on crude oil, weekly ones included. CME's contract specifications, read in November 2026.
 */
const AMERICAN_FUTURES_CLASSES = /^(ES|NQ|RTO|MES|MNQ|M2K|LO\d?)$/

/**
 * Classes of options on index futures that are exercised at expiry only: those of the end of a month (EW, QNE, RTM) and
 * of a week, by the day of the week that they end on (EW3, E1A to E5D, QN1, Q2B, R1E).
 */
const EUROPEAN_FUTURES_CLASSES = /^(EW[1-5]?|E[1-5][A-E]|QNE|QN[1-5]|Q[1-5][A-E]|RTM|R[1-5][A-E])$/

/**
 * Whether an option can be exercised before it expires, which Interactive Brokers does not say: by rules for its class.
 * Options on stocks and ETFs can. Options on indices cannot, but for OEX. Null for a class on futures without a rule.
 */
export function exerciseStyleOf(
  tradingClass: string,
  underlyingType: Underlying['secType'],
): ExerciseStyle | null {
  if (underlyingType === 'STK') return 'american'
  if (underlyingType === 'IND') return tradingClass === 'OEX' ? 'american' : 'european'
  if (AMERICAN_FUTURES_CLASSES.test(tradingClass)) return 'american'
  return EUROPEAN_FUTURES_CLASSES.test(tradingClass) ? 'european' : null
}
