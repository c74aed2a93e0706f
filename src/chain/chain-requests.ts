import type { ContractDetails, ContractQuery } from '../gateway/session/requests/contracts.ts'
import type { Session } from '../gateway/session/session.ts'
import { optionClassOf } from '../gateway/session/wire/symbols.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
import type { ExpiryDate } from '../market/units.ts'
import type { ChainCache } from './chain-cache.ts'

/** Shares per contract of the options that are collected. */
const MULTIPLIER = 100

export type ListedExpirations = Pick<ChainCache, 'expirations' | 'skippedClasses'>

export interface ListedContracts {
  readonly contracts: readonly OptionContract[]
  readonly hours: ChainCache['hours']
  /** False if the answer broke off. */
  readonly isWhole: boolean
}

/** The expirations of the symbol's own trading class, and the names of the classes that are skipped. */
export async function listExpirations(
  session: Session,
  underlying: Underlying,
  signal: AbortSignal,
): Promise<ListedExpirations> {
  const rows = await session.chainListings(underlying, signal)
  const ownClass = optionClassOf(underlying.symbol)
  const isOwn = (row: (typeof rows)[number]) => row.tradingClass === ownClass && row.multiplier === MULTIPLIER
  const own = rows.filter(isOwn)
  const smart = own.filter(({ exchange }) => exchange === 'SMART')
  return {
    expirations: [
      ...new Set((smart.length > 0 ? smart : own).flatMap(({ expirations }) => expirations)),
    ].sort(),
    skippedClasses: [
      ...new Set(rows.filter((row) => !isOwn(row)).map(({ tradingClass }) => tradingClass)),
    ].sort(),
  }
}

/**
 * The contracts of one expiration. Rejects if the gateway does not answer; `onListed` first gets the contracts of an
 * answer that broke off, after a time-out or with the session, and later those of an answer that came too late.
 */
export async function listContracts(
  session: Session,
  { symbol, currency }: Underlying,
  {
    expiry,
    signal,
    onListed,
  }: { expiry: ExpiryDate; signal: AbortSignal; onListed?: (listed: ListedContracts) => void },
): Promise<ListedContracts> {
  const rows: ContractDetails[] = []
  const query: ContractQuery = {
    ...{ symbol, secType: 'OPT', exchange: 'SMART', currency },
    ...{ expiry, tradingClass: optionClassOf(symbol), multiplier: MULTIPLIER },
  }
  try {
    const all = await session.contractDetails(query, signal, {
      onRow: (row) => void rows.push(row),
      onLate: (late) => onListed?.(listedFrom(late, symbol, true)),
    })
    return listedFrom(all, symbol, true)
  } catch (error) {
    const listed = listedFrom(rows, symbol, false)
    if (listed.contracts.length > 0) onListed?.(listed)
    throw error
  }
}

function listedFrom(rows: readonly ContractDetails[], symbol: string, isWhole: boolean): ListedContracts {
  const ownClass = optionClassOf(symbol)
  const contracts = new Map<number, OptionContract>()
  for (const one of rows) {
    const contract = optionOf(one)
    if (contract && contract.tradingClass === ownClass && contract.multiplier === MULTIPLIER) {
      contracts.set(contract.conId, contract)
    }
  }
  const [first] = rows
  const hours = first?.liquidHours ? { timeZoneId: first.timeZoneId, liquidHours: first.liquidHours } : null
  return { contracts: [...contracts.values()], hours, isWhole }
}

/** Null for details that are not of an option, or lack expiry or strike. */
function optionOf(details: ContractDetails): OptionContract | null {
  const { right, expiry, strike } = details
  if ((right !== 'C' && right !== 'P') || !expiry || strike === null || strike <= 0) return null
  return {
    conId: details.conId,
    symbol: details.symbol,
    expiry,
    strike,
    right,
    tradingClass: details.tradingClass,
    multiplier: details.multiplier ?? 0,
    exchange: 'SMART',
    currency: details.currency,
    ...(details.lastTradeAt !== null && { lastTradeAt: details.lastTradeAt }),
  }
}
