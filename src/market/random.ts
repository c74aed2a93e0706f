/**
 * Stateless random numbers: each draw is a function of its key, so two processes get the same values in any order of
 * draws. Keys are 32-bit integers that mix a seed with the identity of the draw.
 */

/** Spreads every bit of a 32-bit integer over all of them (the finalizer of Austin Appleby's MurmurHash3, public domain). */
export function scramble(value: number): number {
  let bits = value ^ (value >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** Mixes one more integer into a key. */
export function mix(key: number, value: number): number {
  return scramble(key ^ Math.imul(value | 0, 0x9e3779b1)) | 0
}

/** The key of a string, such as a symbol. */
export function keyOf(text: string): number {
  let key = text.length
  for (let i = 0; i < text.length; i++) key = mix(key, text.charCodeAt(i))
  return key
}

/** Uniform between 0 and 1, neither included. */
export function uniform(key: number): number {
  return ((mix(key, 0x51ed) >>> 0) + 0.5) / 2 ** 32
}

/** Standard normal. */
export function normal(key: number): number {
  return boxMuller(uniform(key), uniform(mix(key, 0x2c1b)))
}

/** Uniform between 0 and 1, neither included, for a key of several integers. */
export function uniformOf(...parts: readonly number[]): number {
  let state = 0x2545f491
  for (const part of parts) state = scramble((Math.imul(state, 31) + part) | 0)
  return (scramble(state) + 0.5) / 2 ** 32
}

/** Standard normal, for a key of several integers. */
export function normalOf(...parts: readonly number[]): number {
  return boxMuller(uniformOf(...parts, 0), uniformOf(...parts, 1))
}

/** Two uniform numbers → one standard normal (Box–Muller transform). */
function boxMuller(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second)
}
