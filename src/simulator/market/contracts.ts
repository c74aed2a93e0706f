import { expiryTimesOf, settlementOf } from '../../market/option-hours.ts'
import type { EpochMs, ExpiryDate } from '../../market/units.ts'
import type { ChainRow, ContractQuery, SimContract } from './market.ts'

export const SHARES_PER_CONTRACT = 100

/** Exchanges of options; contract details on any of them give the SMART contract. */
const OPTION_EXCHANGES = ['SMART', 'AMEX', 'CBOE', 'PHLX'] as const

/** When a contract ends: an option at its class's settlement. null: it does not expire. */
export function expiresAt({ symbol, tradingClass, expiry }: SimContract): EpochMs | null {
  if (expiry === '') return null
  return expiryTimesOf(symbol, settlementOf(tradingClass))(expiry as ExpiryDate)
}

/** Contracts by symbol and expiry, as chains are requested. */
export function groupByExpiry(contracts: readonly SimContract[]): Map<string, SimContract[]> {
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
 * The answer to reqSecDefOptParams: a row per exchange and trading class. Its strikes are the union over the class's
 * expirations, so not every combination exists.
 */
export function chainRowsOf(contracts: readonly SimContract[], underlyingConId: number): ChainRow[] {
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
  return OPTION_EXCHANGES.flatMap((exchange) => rows.map((row) => ({ exchange, ...row })))
}

/** Whether a contract matches a query; an empty or absent field matches anything. */
export function matches(contract: SimContract, query: ContractQuery): boolean {
  return (
    (!query.conId || contract.conId === query.conId) &&
    (!query.symbol || contract.symbol === query.symbol) &&
    (!query.secType || contract.secType === query.secType) &&
    (!query.expiry || contract.expiry.startsWith(query.expiry)) &&
    (!query.strike || contract.strike === query.strike) &&
    (!query.right || contract.right === query.right) &&
    (!query.tradingClass || contract.tradingClass === query.tradingClass) &&
    (!query.exchange || tradesOn(contract, query.exchange))
  )
}

function tradesOn(contract: SimContract, exchange: string): boolean {
  if (contract.secType === 'OPT') return (OPTION_EXCHANGES as readonly string[]).includes(exchange)
  return exchange === contract.exchange || exchange === contract.primaryExchange
}

/** The Options Clearing Corporation's 21 characters: class, date, right, strike in thousandths. */
export function occSymbol(
  tradingClass: string,
  expiry: string,
  option: { strike: number; right: 'C' | 'P' },
): string {
  const thousandths = String(Math.round(option.strike * 1000)).padStart(8, '0')
  return `${tradingClass.padEnd(6)}${expiry.slice(2)}${option.right}${thousandths}`
}
