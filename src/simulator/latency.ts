import type { SimulatorOptions } from './options.ts'
import { normalOf, uniformOf } from './random.ts'

/** What is left to chance: the same seed, contract and request draw the same. Milliseconds. */
export interface Draws {
  firstQuoteMs(conId: number, requestId: number): number
  greeksMs(conId: number, requestId: number): number
  answerMs(requestId: number): number
  /** Of a contract, not of a request: such an option has no greeks all day. */
  lacksGreeks(conId: number): boolean
}

const PURPOSE = {
  firstQuote: 1,
  greeks: 2,
  answer: 3,
  lacksGreeks: 4,
} as const

export function createDraws(options: SimulatorOptions, seed: number): Draws {
  const lognormal = (median: number, shape: number, key: readonly number[]) =>
    median * Math.exp(shape * normalOf(seed, ...key))
  return {
    firstQuoteMs: (conId, requestId) =>
      lognormal(options.firstQuoteMedianMs, options.firstQuoteShape, [PURPOSE.firstQuote, conId, requestId]),
    greeksMs: (conId, requestId) =>
      lognormal(options.greeksMedianMs, options.greeksShape, [PURPOSE.greeks, conId, requestId]),
    answerMs: (requestId) =>
      lognormal(options.answerMedianMs, options.answerShape, [PURPOSE.answer, requestId]),
    lacksGreeks: (conId) => uniformOf(seed, PURPOSE.lacksGreeks, conId) < options.missingGreeksFraction,
  }
}
