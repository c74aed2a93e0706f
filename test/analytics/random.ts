/** Normally distributed numbers, the same ones for the same seed (xorshift and Box-Muller). */
export function random(seed: number): () => number {
  let state = seed | 1
  const uniform = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}
