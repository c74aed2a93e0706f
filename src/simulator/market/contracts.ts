import { expiryTimesOf } from '../../market/option-hours.ts'
import type { EpochMs, ExpiryDate } from '../../market/units.ts'
import type { ChainRow, ContractQuery, SimContract } from './market.ts'

export const SHARES_PER_CONTRACT = 100

/** Exchanges of options; contract details on any of them give the SMART contract. */
const OPTION_EXCHANGES = ['SMART', 'AMEX', 'CBOE', 'PHLX'] as const

/** Whether a contract is an option, on whatever underlying. */
export function isOption({ secType }: Pick<SimContract, 'secType'>): boolean {
  return secType === 'OPT' || secType === 'FOP'
}

/** Whether a contract ends on a date: an option or a future. */
export function isDerivative(contract: Pick<SimContract, 'secType'>): boolean {
  return contract.secType === 'FUT' || isOption(contract)
}

/** When the value of a contract is fixed: an option's at its class's settlement. null: it does not expire. */
export function expiresAt({ symbol, tradingClass, expiry, settlesAt }: SimContract): EpochMs | null {
  if (settlesAt !== undefined) return settlesAt
  if (expiry === '') return null
  return expiryTimesOf(symbol)(expiry as ExpiryDate, tradingClass)
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
  const options = contracts.filter((one) => isOption(one) && one.underlyingConId === underlyingConId)
  const classes = [...new Set(options.map(({ tradingClass }) => tradingClass))]
  const rows = classes.map((tradingClass) => {
    const own = options.filter((one) => one.tradingClass === tradingClass)
    return {
      exchanges: own[0] ? exchangesOf(own[0]) : [],
      underlyingConId,
      tradingClass,
      multiplier: own[0]?.multiplier ?? '',
      expirations: [...new Set(own.map(({ expiry }) => expiry))].sort(),
      strikes: [...new Set(own.map(({ strike }) => strike))].sort((a, b) => a - b),
    }
  })
  const exchanges = [...new Set(rows.flatMap((row) => row.exchanges))]
  return exchanges.flatMap((exchange) =>
    rows.flatMap(({ exchanges: own, ...row }) => (own.includes(exchange) ? [{ exchange, ...row }] : [])),
  )
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
    (!query.localSymbol || contract.localSymbol === query.localSymbol) &&
    (!query.exchange || tradesOn(contract, query.exchange))
  )
}

function tradesOn(contract: SimContract, exchange: string): boolean {
  return exchangesOf(contract).includes(exchange)
}

/** The exchanges on which a contract is found, the one of its contract details first. */
export function exchangesOf(contract: SimContract): readonly string[] {
  if (contract.validExchanges) return contract.validExchanges
  return contract.secType === 'OPT' ? OPTION_EXCHANGES : [contract.exchange, contract.primaryExchange]
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
