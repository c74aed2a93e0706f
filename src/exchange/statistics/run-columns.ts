import { BUY, SELL } from '../book/order.ts'
import type { Account } from '../engine/agent.ts'
import type { ObservedMarket, StepObservation } from './collector.ts'

/**
 * One run as columns, one value a step: what the measures of crashes and the plots read. Some 40 bytes a step: a run of 234,000
 * steps takes 10 MB.
 */
export interface RunColumns {
  readonly steps: number
  /** The last valid mid; the fundamental value before the first. Ticks. */
  readonly midTicks: Float32Array
  /** Ticks. */
  readonly fundamentalTicks: Float32Array
  /** Ask − bid; −1 where a side is empty. */
  readonly spreadTicks: Int32Array
  /** Shares resting within `DEPTH_FRACTION` of the best price of their side. */
  readonly bidDepth: Float32Array
  readonly askDepth: Float32Array
  /** Shares traded. */
  readonly volume: Float32Array
  /** Shares bought and sold by market makers: a trade between two of them counts twice. */
  readonly makerVolume: Float32Array
  /** The part of it that they traded with each other. */
  readonly makerToMakerVolume: Float32Array
  /** Shares bought and sold by spiking agents. */
  readonly spikingVolume: Float32Array
}

/** Near the best price: 0.2 % of it, which is what ten price levels of the E-mini were on 6 May 2010. */
export const DEPTH_FRACTION = 0.002

export interface ColumnRecorder {
  observe(observation: StepObservation): void
  readonly columns: RunColumns
}

/** Records the first `steps` steps of a run. */
export function createColumnRecorder(market: ObservedMarket, steps: number): ColumnRecorder {
  const columns = {
    steps,
    midTicks: new Float32Array(steps),
    fundamentalTicks: new Float32Array(steps),
    spreadTicks: new Int32Array(steps).fill(-1),
    bidDepth: new Float32Array(steps),
    askDepth: new Float32Array(steps),
    volume: new Float32Array(steps),
    makerVolume: new Float32Array(steps),
    makerToMakerVolume: new Float32Array(steps),
    spikingVolume: new Float32Array(steps),
  }
  let lastMid: number | null = null
  return {
    columns,
    observe(observed) {
      const { step, bestBid, bestAsk, mid, fundamental } = observed
      if (step >= steps) return
      lastMid = mid ?? lastMid ?? fundamental
      columns.midTicks[step] = lastMid
      columns.fundamentalTicks[step] = fundamental
      if (bestBid !== null && bestAsk !== null) columns.spreadTicks[step] = bestAsk - bestBid
      const near = Math.round(lastMid * DEPTH_FRACTION)
      columns.bidDepth[step] = market.depthWithin(BUY, near)
      columns.askDepth[step] = market.depthWithin(SELL, near)
      let volume = 0
      let makers = 0
      let together = 0
      let spiking = 0
      for (const { quantity, buyer, seller } of observed.trades) {
        volume += quantity
        const count = Number(isMaker(buyer)) + Number(isMaker(seller))
        makers += count * quantity
        if (count === 2) together += 2 * quantity
        if (isSpiking(buyer) || isSpiking(seller)) spiking += quantity
      }
      columns.volume[step] = volume
      columns.makerVolume[step] = makers
      columns.makerToMakerVolume[step] = together
      columns.spikingVolume[step] = spiking
    },
  }
}

const isMaker = ({ population }: Account) => population === 'market_maker'
const isSpiking = ({ population }: Account) => population === 'spiking'
