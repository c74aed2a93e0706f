/** Steps that volumes are kept for: an hour of market time. */
const WINDOW_STEPS = 36_000
const RING_SIZE = 2 ** 16
const RING_MASK = RING_SIZE - 1

/** Sums of what was traded in the last steps, in constant time. */
export interface TradeWindow {
  /** Ends a step in which `volume` shares were traded, `flow` of them net by incoming buyers. */
  endStep(volume: number, flow: number): void
  volumeOver(steps: number): number
  flowOver(steps: number): number
}

export function createTradeWindow(): TradeWindow {
  /** Running totals at the end of each step; totals of whole shares stay exact below 2⁵³. */
  const volumes = new Float64Array(RING_SIZE)
  const flows = new Float64Array(RING_SIZE)
  let ended = 0

  function over(totals: Float64Array, steps: number): number {
    const length = Math.min(Math.max(0, Math.floor(steps)), WINDOW_STEPS, ended)
    return (totals[ended & RING_MASK] as number) - (totals[(ended - length) & RING_MASK] as number)
  }

  return {
    endStep: (volume, flow) => {
      const before = ended++ & RING_MASK
      volumes[ended & RING_MASK] = (volumes[before] as number) + volume
      flows[ended & RING_MASK] = (flows[before] as number) + flow
    },
    volumeOver: (steps) => over(volumes, steps),
    flowOver: (steps) => over(flows, steps),
  }
}
