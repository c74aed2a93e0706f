import type { ContractQuery, Market, SimContract } from '../market/market.ts'
import type { Fields } from '../wire/frames.ts'

/** A contract as a client describes it; an empty field matches anything. */
export interface ContractDescription {
  readonly query: ContractQuery
  readonly exchange: string
  /** Fields that markets do not search by; '' matches anything. `month` is YYYYMM. */
  readonly month: string
  readonly multiplier: string
  readonly currency: string
  readonly localSymbol: string
}

const RIGHTS: Record<string, 'C' | 'P'> = { C: 'C', CALL: 'C', P: 'P', PUT: 'P' }

/** Reads the twelve contract fields that most requests share, from contract id to trading class. */
export function readContractDescription(
  fields: Fields,
  { hasPrimaryExchange = true }: { hasPrimaryExchange?: boolean } = {},
): ContractDescription {
  const conId = fields.real()
  const symbol = fields.text()
  const secType = fields.text().toUpperCase()
  const expiry = fields.text().split(/[ -]/, 1)[0] as string
  const strike = fields.real()
  const right = RIGHTS[fields.text().toUpperCase()]
  const multiplier = fields.text()
  const exchange = fields.text()
  // The primary exchange only disambiguates symbols; no simulated market needs it.
  if (hasPrimaryExchange) fields.skip(1)
  const currency = fields.text()
  const localSymbol = fields.text()
  const tradingClass = fields.text()
  return {
    query: {
      ...(conId === 0 ? {} : { conId }),
      ...(symbol === '' ? {} : { symbol }),
      ...(secType === '' ? {} : { secType }),
      ...(expiry.length === 8 ? { expiry } : {}),
      ...(strike === 0 ? {} : { strike }),
      ...(right ? { right } : {}),
      ...(exchange === '' ? {} : { exchange }),
      ...(tradingClass === '' ? {} : { tradingClass }),
      ...(localSymbol === '' ? {} : { localSymbol }),
    },
    exchange,
    month: expiry.length === 8 ? '' : expiry,
    multiplier,
    currency,
    localSymbol,
  }
}

export function findContracts(
  market: Market,
  description: ContractDescription,
  { includeExpired = false }: { readonly includeExpired?: boolean } = {},
): SimContract[] {
  return market
    .find(includeExpired ? { ...description.query, includeExpired } : description.query)
    .filter(
      (contract) =>
        (contract.contractMonth ?? contract.expiry).startsWith(description.month) &&
        (description.currency === '' || contract.currency === description.currency) &&
        (description.localSymbol === '' || contract.localSymbol === description.localSymbol) &&
        (description.multiplier === '' ||
          contract.multiplier === '' ||
          contract.multiplier === description.multiplier),
    )
}
