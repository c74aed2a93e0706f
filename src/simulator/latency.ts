import { normalOf, uniformOf } from '../market/random.ts'
import type { SimulatorOptions } from './options.ts'

/** Random latencies, ms. They depend on seed, contract and request only, so that a run can be repeated. */
export interface Latencies {
  firstQuoteMs(conId: number, requestId: number): number
  greeksMs(conId: number, requestId: number): number
  answerMs(requestId: number): number
  /** To the first row of contract details. */
  detailsMs(requestId: number): number
  /** Whether the option never gets greeks. Depends on the contract only. */
  lacksGreeks(conId: number): boolean
  /** Between 0 and 1: the option is silent while a larger share of them is. */
  silenceOf(conId: number): number
}

const PURPOSE = {
  firstQuote: 1,
  greeks: 2,
  answer: 3,
  lacksGreeks: 4,
  silence: 5,
} as const

export function createLatencies(options: SimulatorOptions, seed: number): Latencies {
  const lognormal = (median: number, shape: number, key: readonly number[]) =>
    median * Math.exp(shape * normalOf(seed, ...key))
  return {
    firstQuoteMs: (conId, requestId) =>
      lognormal(options.firstQuoteMedianMs, options.firstQuoteShape, [PURPOSE.firstQuote, conId, requestId]),
    greeksMs: (conId, requestId) =>
      lognormal(options.greeksMedianMs, options.greeksShape, [PURPOSE.greeks, conId, requestId]),
    answerMs: (requestId) =>
      lognormal(options.answerMedianMs, options.answerShape, [PURPOSE.answer, requestId]),
    detailsMs: (requestId) =>
      lognormal(
        options.detailsMedianMs ?? options.answerMedianMs,
        options.detailsShape ?? options.answerShape,
        [PURPOSE.answer, requestId],
      ),
    lacksGreeks: (conId) => uniformOf(seed, PURPOSE.lacksGreeks, conId) < options.missingGreeksFraction,
    silenceOf: (conId) => uniformOf(seed, PURPOSE.silence, conId),
  }
}
