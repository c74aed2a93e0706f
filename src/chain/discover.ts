import type { ContractDetails } from '../gateway/session/requests/contracts.ts'
import type { Session } from '../gateway/session/session.ts'
import { type OptionContract, stock, type Underlying, VIX } from '../market/contract.ts'
import type { ExpiryDate, SessionDate } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { ChainCache } from './chain-cache.ts'
import { type ChosenExpiration, chooseExpirations, type UniverseOptions } from './universe.ts'

/** Shares per contract of the options that are collected. */
const MULTIPLIER = 100

/** What is listed today on one symbol, and which of it the policy takes. */
export interface Chain {
  readonly underlying: Underlying
  readonly expirations: readonly ChosenExpiration[]
  /** Every listed contract of those expirations, of the symbol's own trading class. */
  readonly contracts: readonly OptionContract[]
  /** To be kept: what need not be asked again today. */
  readonly cache: ChainCache
}

export interface DiscoverEnv {
  readonly today: SessionDate
  readonly options: UniverseOptions
  /** What was known before: today's is used instead of asking, an older one only says what is admitted. */
  readonly kept: ChainCache | null
  readonly signal: AbortSignal
}

/**
 * The contract id of a stock. Throws a usage failure for a symbol that the gateway does not know, so that a typing
 * error ends the command before anything is written.
 */
export async function findUnderlying(
  session: Session,
  symbol: string,
  signal: AbortSignal,
): Promise<Underlying> {
  const found = await session.contractDetails(stock(symbol), signal)
  const [first] = found.filter((one) => one.symbol === symbol)
  if (!first) {
    throw new Failure(
      EXIT.usage,
      `unknown symbol "${symbol}": the gateway at ${session.endpoint} lists no US stock or ETF of that name; check the spelling`,
    )
  }
  return { ...stock(symbol), conId: first.conId }
}

/** The VIX, or null where the gateway does not know it or does not say: no chain is to be lost for want of it. */
export async function findVix(session: Session, signal: AbortSignal): Promise<Underlying | null> {
  try {
    const [first] = await session.contractDetails(VIX, signal)
    return first ? { ...VIX, conId: first.conId } : null
  } catch (error) {
    if (session.isOpen && !signal.aborted) return null
    throw error
  }
}

/**
 * What is really listed: contract details per expiration, asked once a day and kept. Never the cross product of
 * expirations and strikes, which holds contracts that do not exist. Rejects when the session ends.
 */
export async function discover(session: Session, underlying: Underlying, env: DiscoverEnv): Promise<Chain> {
  const { kept } = env
  const today = kept?.date === env.today && kept.underlying.conId === underlying.conId ? kept : null
  const listing = today ?? (await listExpirations(session, underlying, env.signal))
  const expirations = chooseExpirations(listing.expirations, kept?.admitted ?? [], env)

  const contracts = new Map(today?.contracts)
  let hours = today?.hours ?? null
  for (const { expiry } of expirations) {
    if (contracts.has(expiry)) continue
    const listed = await listContracts(session, underlying, { expiry, signal: env.signal })
    contracts.set(expiry, listed.contracts)
    hours ??= listed.hours
  }
  const admitted = env.options.policy === 'targets' ? expirations.map(({ expiry }) => expiry) : kept?.admitted
  const cache: ChainCache = {
    date: env.today,
    underlying,
    expirations: listing.expirations,
    skippedClasses: listing.skippedClasses,
    contracts,
    admitted: admitted ?? [],
    hours,
    openInterest: today?.openInterest ?? new Map(),
    windows: today?.windows ?? [],
  }
  return {
    underlying,
    expirations,
    contracts: expirations.flatMap(({ expiry }) => contracts.get(expiry) ?? []),
    cache,
  }
}

/** The expirations of the symbol's own class, and the names of the classes that are left alone. */
async function listExpirations(
  session: Session,
  underlying: Underlying,
  signal: AbortSignal,
): Promise<Pick<ChainCache, 'expirations' | 'skippedClasses'>> {
  const rows = await session.chainListings(underlying, signal)
  const isOwn = (row: (typeof rows)[number]) =>
    row.tradingClass === underlying.symbol && row.multiplier === MULTIPLIER
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
  const details = await session.contractDetails(
    {
      symbol,
      secType: 'OPT',
      exchange: 'SMART',
      currency,
      expiry,
      tradingClass: symbol,
      multiplier: MULTIPLIER,
    },
    signal,
  )
  const contracts = new Map<number, OptionContract>()
  for (const one of details) {
    const contract = optionOf(one)
    if (contract && contract.tradingClass === symbol && contract.multiplier === MULTIPLIER) {
      contracts.set(contract.conId, contract)
    }
  }
  const [first] = details
  const hours = first?.liquidHours ? { timeZoneId: first.timeZoneId, liquidHours: first.liquidHours } : null
  return { contracts: [...contracts.values()], hours }
}

/** Null for what is no option, or names no expiry or strike. */
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
