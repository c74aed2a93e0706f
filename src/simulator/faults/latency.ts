import type { SimulatorOptions } from '../options.ts'

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
    median * Math.exp(shape * normalOf(uniformOf(seed, ...key, 0), uniformOf(seed, ...key, 1)))
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

/** Uniform in (0, 1), a function of the integers alone. */
export function uniformOf(...key: readonly number[]): number {
  let state = 0x2545f491
  for (const part of key) state = mixed((Math.imul(state, 31) + part) | 0)
  return (mixed(state) + 0.5) / 2 ** 32
}

/** Spreads every bit of a 32-bit integer over all of them (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let bits = value ^ (value >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** Box and Muller's transform: two uniform numbers → one standard normal. */
function normalOf(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second)
}
