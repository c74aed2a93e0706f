/** Decay times of the parts of the kernel, steps: each is four times the one before. */
const FASTEST_STEPS = 10
const SLOWING = 4

/**
 * How much the price moves with the order flow: a sum over past flow with a kernel that falls as the root of time, as in a
 * latent order book that grows linearly with distance (Donier, Bonart, Mastromatteo and Bouchaud, Market Microstructure and
 * Liquidity 1(2), 2015). It is made of exponentials, so that a step costs the same whatever its memory.
 */
export function createFlowImpact({
  flowImpact,
  flowExponent,
  flowMemory,
}: {
  readonly flowImpact: number
  readonly flowExponent: number
  readonly flowMemory: number
}): { add(flowLots: number): number } {
  const decay = Float64Array.from({ length: flowMemory }, (_, at) =>
    Math.exp(-1 / (FASTEST_STEPS * SLOWING ** at)),
  )
  const weight = Float64Array.from({ length: flowMemory }, (_, at) => SLOWING ** (-at / 2))
  const total = weight.reduce((sum, value) => sum + value, 0)
  const parts = new Float64Array(flowMemory)
  return {
    /** Adds the lots bought less those sold in a step; returns the shift of the price, in dollars. */
    add(flowLots) {
      if (flowImpact === 0) return 0
      const push =
        flowLots === 0 ? 0 : (Math.sign(flowLots) * flowImpact * Math.abs(flowLots) ** flowExponent) / total
      let shift = 0
      for (let at = 0; at < flowMemory; at++) {
        const part = (parts[at] as number) * (decay[at] as number) + push * (weight[at] as number)
        parts[at] = part
        shift += part
      }
      return shift
    },
  }
}
