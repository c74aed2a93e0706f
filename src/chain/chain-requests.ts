import type { ContractDetails, ContractQuery } from '../gateway/session/requests/contracts.ts'
import type { Session } from '../gateway/session/session.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
import type { Instrument } from '../market/instrument.ts'
import type { ConId } from '../market/units.ts'
import type { ChainCache, ListedHours } from './chain-cache.ts'
import { type ListedClass, multiplierOf, type SkipReason, skipReasonOf } from './collected-classes.ts'
import type { ListedExpiration } from './expiration.ts'
import { optionContractOf } from './option-contract.ts'

export interface ListedContracts {
  readonly contracts: readonly OptionContract[]
  readonly hours: ListedHours | null
  /** False if the answer broke off. */
  readonly isWhole: boolean
  /** Contracts of the answer that are not collected, by reason. */
  readonly skipped?: ReadonlyMap<SkipReason, number>
}

/** The trading classes that are listed on a stock, an index, or any of several futures, with their expirations. */
export async function listClasses(
  session: Session,
  underlyings: readonly Underlying[],
  signal: AbortSignal,
): Promise<ListedClass[]> {
  const rows: Awaited<ReturnType<Session['chainListings']>> = []
  // One at a time: they are few, and the gateway looks each of them up.
  for (const underlying of underlyings) rows.push(...(await session.chainListings(underlying, signal)))
  const classes = new Map<string, typeof rows>()
  for (const row of rows) {
    const name = `${row.tradingClass} ${row.multiplier}`
    classes.set(name, [...(classes.get(name) ?? []), row])
  }
  return [...classes.values()].map((own) => {
    const [{ tradingClass, multiplier }] = own as [(typeof rows)[number]]
    const smart = own.filter(({ exchange }) => exchange === 'SMART')
    const expirations = (smart.length > 0 ? smart : own).flatMap((row) => row.expirations)
    return { tradingClass, multiplier, expirations: [...new Set(expirations)].sort() }
  })
}

/** What the contracts of an expiration are asked for with. */
export interface ContractsOf {
  readonly expiration: ListedExpiration
  readonly instrument: Instrument
  readonly signal: AbortSignal
  /** First gets the contracts of an answer that broke off, later those of one that came too late. */
  onListed?(listed: ListedContracts): void
}

/**
 * The contracts of one expiration of a class. Rejects if the gateway does not answer; `onListed` first gets the contracts
 * of an answer that broke off, after a time-out or with the session, and later those of an answer that came too late.
 */
export async function listContracts(
  session: Session,
  cache: Pick<ChainCache, 'underlying' | 'futures' | 'classes'>,
  { expiration, instrument, signal, onListed }: ContractsOf,
): Promise<ListedContracts> {
  const { symbol, currency, secType, exchange } = cache.underlying
  const { expiry, tradingClass } = expiration
  const rows: ContractDetails[] = []
  const multiplier = multiplierOf(cache.classes, tradingClass, instrument)
  const query: ContractQuery = {
    ...(secType === 'FUT' ? { secType: 'FOP', exchange } : { secType: 'OPT', exchange: 'SMART' }),
    ...{ symbol, currency, expiry, tradingClass },
    ...(multiplier !== undefined && { multiplier }),
  }
  const listedFrom = (answer: readonly ContractDetails[], isWhole: boolean) =>
    collectedFrom(answer, cache, { expiration, instrument, isWhole })
  try {
    const all = await session.contractDetails(query, signal, {
      onRow: (row) => void rows.push(row),
      onLate: (late) => onListed?.(listedFrom(late, true)),
    })
    return listedFrom(all, true)
  } catch (error) {
    const listed = listedFrom(rows, false)
    if (listed.contracts.length > 0) onListed?.(listed)
    throw error
  }
}

function collectedFrom(
  rows: readonly ContractDetails[],
  { underlying, futures }: Pick<ChainCache, 'underlying' | 'futures'>,
  {
    expiration,
    instrument,
    isWhole,
  }: {
    readonly expiration: ListedExpiration
    readonly instrument: Instrument
    readonly isWhole: boolean
  },
): ListedContracts {
  const collected = new Set(futures.map(({ conId }) => conId))
  const contracts = new Map<ConId, OptionContract>()
  const skipped = new Map<SkipReason, number>()
  for (const row of rows) {
    const contract = optionContractOf(row, underlying)
    if (!contract || contract.expiry !== expiration.expiry) continue
    const reason = reasonToSkip(contract, collected, { expiration, instrument })
    if (reason === null) contracts.set(contract.conId, contract)
    else skipped.set(reason, (skipped.get(reason) ?? 0) + 1)
  }
  return { contracts: [...contracts.values()], hours: hoursOf(rows, expiration), isWhole, skipped }
}

function reasonToSkip(
  contract: OptionContract,
  futures: ReadonlySet<ConId>,
  { expiration, instrument }: { readonly expiration: ListedExpiration; readonly instrument: Instrument },
): SkipReason | null {
  const { tradingClass, underlyingConId } = contract
  if (tradingClass !== expiration.tradingClass) return skipReasonOf(contract, instrument) ?? 'class'
  const reason = skipReasonOf(contract, instrument)
  if (reason !== null || instrument.kind !== 'FOP') return reason
  return underlyingConId != null && futures.has(underlyingConId) ? null : 'underlying'
}

function hoursOf(rows: readonly ContractDetails[], { expiry }: ListedExpiration): ListedHours | null {
  const [first] = rows
  if (!first) return null
  const { timeZoneId, liquidHours, tradingHours, secType } = first
  // The regular hours of a future are those of the stock exchange: it trades by night as well.
  const hours = secType === 'FOP' ? tradingHours : liquidHours
  return hours ? { timeZoneId, liquidHours: hours, expiry } : null
}
