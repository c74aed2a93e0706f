/**
 * Randomness without state: a draw is a function of its key, so that two processes that ask for the same thing get
 * the same answer, in any order. Keys are 32-bit integers, made by mixing a seed with what is asked for.
 */

/** Mixes one more integer into a key (the finaliser of Austin Appleby's MurmurHash3, public domain). */
export function mix(key: number, value: number): number {
  let h = (key ^ Math.imul(value | 0, 0x9e3779b1)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) | 0
}

/** A key of a text, such as a symbol. */
export function keyOf(text: string): number {
  let key = text.length
  for (let i = 0; i < text.length; i++) key = mix(key, text.charCodeAt(i))
  return key
}

/** Uniform between 0 and 1, neither included. */
export function uniform(key: number): number {
  return ((mix(key, 0x51ed) >>> 0) + 0.5) / 4_294_967_296
}

/** Standard normal, by the transformation of Box and Muller. */
export function normal(key: number): number {
  return Math.sqrt(-2 * Math.log(uniform(key))) * Math.cos(2 * Math.PI * uniform(mix(key, 0x2c1b)))
}
