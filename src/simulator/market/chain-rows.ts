import type { ChainRow, SimContract } from './market.ts'

/** Contracts by symbol and expiry, the way chains are asked for. */
export function seriesOf(contracts: readonly SimContract[]): Map<string, SimContract[]> {
  const series = new Map<string, SimContract[]>()
  for (const contract of contracts) {
    const key = `${contract.symbol} ${contract.expiry}`
    const known = series.get(key)
    if (known) known.push(contract)
    else series.set(key, [contract])
  }
  return series
}

/**
 * What reqSecDefOptParams says of an underlying: a row per exchange and trading class, whose strikes are the union
 * over the class's expirations, so that not every pair of them exists.
 */
export function chainRowsOf(
  contracts: readonly SimContract[],
  underlyingConId: number,
  exchanges: readonly string[],
): ChainRow[] {
  const options = contracts.filter((one) => one.secType === 'OPT' && one.underlyingConId === underlyingConId)
  const classes = [...new Set(options.map(({ tradingClass }) => tradingClass))]
  const rows = classes.map((tradingClass) => {
    const own = options.filter((one) => one.tradingClass === tradingClass)
    return {
      underlyingConId,
      tradingClass,
      multiplier: own[0]?.multiplier ?? '',
      expirations: [...new Set(own.map(({ expiry }) => expiry))].sort(),
      strikes: [...new Set(own.map(({ strike }) => strike))].sort((a, b) => a - b),
    }
  })
  return exchanges.flatMap((exchange) => rows.map((row) => ({ exchange, ...row })))
}
