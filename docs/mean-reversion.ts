import type { StrategyFactory } from 'optionlake'

/** Buys when the mid is below its average of the last 100 steps, and sells when it is above. */
const meanReversion: StrategyFactory = () => {
  const mids: number[] = []
  return {
    name: 'mean_reversion',
    description: 'buys 0.10 below the average mid of the last 100 steps, sells 0.10 above it',
    mode: 'active',
    decide(step, { bid, ask, mid }, { inventory }) {
      if (bid === null || ask === null || mid === null) return []
      mids.push(mid)
      if (mids.length > 100) mids.shift()
      if (step < 100 || step % 10 !== 0) return []
      const average = mids.reduce((sum, one) => sum + one, 0) / mids.length
      if (mid < average - 0.1 && inventory < 1_000) {
        return [{ kind: 'order', side: 'BUY', price: ask, qty: 100 }]
      }
      if (mid > average + 0.1 && inventory > -1_000) {
        return [{ kind: 'order', side: 'SELL', price: bid, qty: 100 }]
      }
      return []
    },
  }
}

export default meanReversion
