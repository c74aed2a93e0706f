import type { ContractDetails } from '../gateway/session/requests/contracts.ts'
import type { Session } from '../gateway/session/session.ts'
import { optionClassOf } from '../gateway/session/wire/symbols.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
import type { ExpiryDate, SessionDate } from '../market/units.ts'
import type { ChainCache } from './chain-cache.ts'
import { type ChosenExpiration, chooseExpirations, type UniverseOptions } from './universe.ts'

/** Shares per contract of the options that are collected. */
const MULTIPLIER = 100

/** What is listed on one symbol today, and what the policy selects from it. */
export interface Chain {
  readonly underlying: Underlying
  readonly expirations: readonly ChosenExpiration[]
  /** Every listed contract of those expirations, of the symbol's own trading class. */
  readonly contracts: readonly OptionContract[]
  /** To be stored: everything that need not be requested again today. */
  readonly cache: ChainCache
}

interface DiscoverOptions {
  readonly today: SessionDate
  readonly options: UniverseOptions
  /** The stored cache. Today's saves the requests; an older one only says which expirations are admitted. */
  readonly cached: ChainCache | null
  readonly signal: AbortSignal
}

/**
 * Finds what is actually listed, from the contract details of each expiration, requested once a day and cached. Never
 * the cross product of expirations and strikes, which contains contracts that do not exist. Rejects when the session
 * ends.
 */
export async function discover(
  session: Session,
  underlying: Underlying,
  { today: date, options, cached, signal }: DiscoverOptions,
): Promise<Chain> {
  const current = cached?.date === date && cached.underlying.conId === underlying.conId ? cached : null
  const listing = current ?? (await listExpirations(session, underlying, signal))
  const expirations = chooseExpirations(listing.expirations, cached?.admitted ?? [], { today: date, options })

  const contracts = new Map(current?.contracts)
  let hours = current?.hours ?? null
  for (const { expiry } of expirations) {
    if (contracts.has(expiry)) continue
    const listed = await listContracts(session, underlying, { expiry, signal })
    contracts.set(expiry, listed.contracts)
    hours ??= listed.hours
  }
  const admitted = options.policy === 'targets' ? expirations.map(({ expiry }) => expiry) : cached?.admitted
  const cache: ChainCache = {
    date,
    underlying,
    expirations: listing.expirations,
    skippedClasses: listing.skippedClasses,
    contracts,
    admitted: admitted ?? [],
    hours,
    openInterest: current?.openInterest ?? new Map(),
    windows: current?.windows ?? [],
  }
  return {
    underlying,
    expirations,
    contracts: expirations.flatMap(({ expiry }) => contracts.get(expiry) ?? []),
    cache,
  }
}

/** The expirations of the symbol's own trading class, and the names of the classes that are skipped. */
async function listExpirations(
  session: Session,
  underlying: Underlying,
  signal: AbortSignal,
): Promise<Pick<ChainCache, 'expirations' | 'skippedClasses'>> {
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

async function listContracts(
  session: Session,
  { symbol, currency }: Underlying,
  { expiry, signal }: { expiry: ExpiryDate; signal: AbortSignal },
): Promise<{ contracts: OptionContract[]; hours: ChainCache['hours'] }> {
  const tradingClass = optionClassOf(symbol)
  const details = await session.contractDetails(
    {
      symbol,
      secType: 'OPT',
      exchange: 'SMART',
      currency,
      expiry,
      tradingClass,
      multiplier: MULTIPLIER,
    },
    signal,
  )
  const contracts = new Map<number, OptionContract>()
  for (const one of details) {
    const contract = optionOf(one)
    if (contract && contract.tradingClass === tradingClass && contract.multiplier === MULTIPLIER) {
      contracts.set(contract.conId, contract)
    }
  }
  const [first] = details
  const hours = first?.liquidHours ? { timeZoneId: first.timeZoneId, liquidHours: first.liquidHours } : null
  return { contracts: [...contracts.values()], hours }
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
  }
}
