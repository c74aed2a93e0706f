import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { newYorkInstant } from '../market/calendar.ts'
import type { FutureContract, OptionContract, Right, Underlying } from '../market/contract.ts'
import { settlementOf } from '../market/option-hours.ts'
import { exerciseStyleOf } from '../market/option-terms.ts'
import {
  type ConId,
  conId,
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../market/units.ts'
import type { ListedClass } from './collected-classes.ts'
import { type ExpirationKey, expirationKey, parseExpirationKey } from './expiration.ts'
import type { WindowCentre } from './strike-window.ts'

/**
 * What is known about one symbol's chain. The lists outlive the day: contract ids do not change, so yesterday's list
 * serves until today's has come. Open interest and strike windows are those of `date` alone.
 */
export interface ChainCache {
  /** Trade date of the open interest and the strike windows. */
  readonly date: SessionDate
  /** What the options are on; of options on futures the nearest future. */
  readonly underlying: Underlying
  /** The futures whose options are collected, nearest first; none where the options are on a stock or an index. */
  readonly futures: readonly FutureContract[]
  /** When the futures were last listed; null if they never were. */
  readonly futuresListedAt: EpochMs | null
  /** Every trading class that is listed, also those that are not collected. */
  readonly classes: readonly ListedClass[]
  /** When the classes and their expirations were last listed; null if they never were. */
  readonly expirationsListedAt: EpochMs | null
  /** Known contracts of each expiration of a class: those of its newest list, and those of earlier lists. */
  readonly contracts: ReadonlyMap<ExpirationKey, readonly OptionContract[]>
  /** The newest list of each expiration of a class. */
  readonly listings: ReadonlyMap<ExpirationKey, Listing>
  /** Contracts that the newest whole list of their expiration lacks: kept until the gateway refuses them. */
  readonly unlisted: readonly ConId[]
  /** Expirations that are collected until they expire. */
  readonly admitted: readonly ExpirationKey[]
  /** Trading hours of its options in the gateway's notation; null if it sent none. */
  readonly hours: ListedHours | null
  readonly openInterest: ReadonlyMap<ConId, number>
  /** The centres of today's strike windows, in order. */
  readonly windows: readonly WindowCentre[]
  /** At the money, a fraction, as the newest slot had it: IB has no volatility for an index or a future itself. */
  readonly impliedVolFraction: number | null
}

/** Hours as contract details have them. */
export interface ListedHours {
  readonly timeZoneId: string
  /** Regular hours; of options on futures all hours of trading. */
  readonly liquidHours: string
  /** The expiration whose contracts have them: one that ends today may close earlier than the others. */
  readonly expiry?: ExpiryDate | undefined
}

/** One answer of the gateway with the contracts of an expiration. */
export interface Listing {
  readonly at: EpochMs
  /** False if the answer broke off: there may be more contracts. */
  readonly isWhole: boolean
}

const secType = z.enum(['STK', 'IND', 'FUT'])
const id = z.number().transform(conId)
const expiry = z.string().transform(expiryDate)
const instant = z.number().transform(epochMs)
const key = z.string().transform((text) => expirationKey(parseExpirationKey(text)))

const terms = {
  expiry,
  tradingClass: z.string(),
  multiplier: z.number(),
  exchange: z.string(),
  currency: z.string(),
  lastTradeAt: instant.optional(),
  /** [contract id, strike, right] */
  listed: z.array(z.tuple([id, z.number(), z.enum(['C', 'P'])])),
}

const common = {
  date: z.string().transform(sessionDate),
  underlying: z.object({
    symbol: z.string(),
    secType,
    exchange: z.string(),
    currency: z.string(),
    conId: id,
  }),
  hours: z
    .object({ timeZoneId: z.string(), liquidHours: z.string(), expiry: expiry.optional() })
    .nullable()
    .default(null),
  openInterest: z.array(z.tuple([id, z.number()])),
  windows: z
    .array(
      z.object({ price: z.number(), volFraction: z.number().nullable(), underlyingConId: id.optional() }),
    )
    .default([]),
  expirationsListedAt: instant.nullable().optional(),
  unlisted: z.array(id).default([]),
}

/** Versions 1 and 2: of the symbol's own class alone. Version 1 does not say when it was listed. */
const oneClass = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  ...common,
  expirations: z.array(expiry),
  skippedClasses: z.array(z.string()),
  admitted: z.array(expiry),
  contracts: z.array(z.object(terms)),
  /** [expiry, listed at, whole] */
  listings: z.array(z.tuple([expiry, instant, z.boolean()])).optional(),
})

const severalClasses = z.object({
  version: z.literal(3),
  ...common,
  futures: z.array(
    z.object({
      conId: id,
      symbol: z.string(),
      expiry,
      contractMonth: z.string(),
      localSymbol: z.string(),
      tradingClass: z.string(),
      multiplier: z.number(),
      exchange: z.string(),
      currency: z.string(),
      lastTradeAt: instant.optional(),
    }),
  ),
  futuresListedAt: instant.nullable(),
  classes: z.array(
    z.object({ tradingClass: z.string(), multiplier: z.number().nullable(), expirations: z.array(expiry) }),
  ),
  admitted: z.array(key),
  contracts: z.array(
    z.object({
      ...terms,
      exerciseStyle: z.enum(['american', 'european']).nullable(),
      settlement: z.enum(['am', 'pm']),
      expiresAt: instant.nullable(),
      underlyingType: secType,
      underlyingConId: id.nullable(),
    }),
  ),
  /** [expiry and class, listed at, whole] */
  listings: z.array(z.tuple([key, instant, z.boolean()])),
  impliedVolFraction: z.number().nullable(),
})

const stored = z.discriminatedUnion('version', [oneClass, severalClasses])

/** The file that holds a symbol's chain cache. */
export function chainCachePath(folder: string, symbol: string): string {
  return join(folder, `${symbol}.json`)
}

/**
 * The stored chain cache; null if there is none or it cannot be read. All of it can be requested again, at the cost
 * of a slower cycle.
 */
export function readChainCache(path: string): ChainCache | null {
  const parsed = stored.safeParse(readJson(path))
  if (!parsed.success) return null
  const { data } = parsed
  return data.version === 3 ? cacheOf(data) : cacheOfOneClass(data)
}

function cacheOf({ version: _, ...kept }: z.output<typeof severalClasses>): ChainCache {
  const contracts = new Map<ExpirationKey, OptionContract[]>()
  for (const { listed, ...shared } of kept.contracts) {
    const own = expirationKey(shared)
    const known = contracts.get(own) ?? []
    contracts.set(own, known)
    for (const one of listed) known.push(contractFrom(one, shared, kept.underlying.symbol))
  }
  return {
    ...kept,
    expirationsListedAt: kept.expirationsListedAt ?? null,
    contracts,
    listings: new Map(kept.listings.map(([own, at, isWhole]) => [own, { at, isWhole }])),
    openInterest: new Map(kept.openInterest),
  }
}

function cacheOfOneClass(data: z.output<typeof oneClass>): ChainCache {
  const { version, expirations, skippedClasses, contracts, listings, admitted, ...kept } = data
  const { underlying } = kept
  const tradingClass = contracts[0]?.tradingClass ?? underlying.symbol.replace('.', '')
  const multiplier = contracts[0]?.multiplier ?? null
  const keyOf = (one: ExpiryDate) => expirationKey({ expiry: one, tradingClass })
  // Version 1 was made anew each day, and does not say when: the start of its date stands for it.
  const listedAt = newYorkInstant(kept.date, '00:00')
  const times: readonly (readonly [ExpiryDate, EpochMs, boolean])[] =
    version === 1 ? contracts.map((one) => [one.expiry, listedAt, true] as const) : (listings ?? [])
  return {
    ...kept,
    ...{ futures: [], futuresListedAt: null, impliedVolFraction: null },
    expirationsListedAt: version === 1 ? listedAt : (kept.expirationsListedAt ?? null),
    classes: [
      { tradingClass, multiplier, expirations },
      ...skippedClasses.map((name) => ({ tradingClass: name, multiplier: null, expirations: [] })),
    ],
    admitted: admitted.map(keyOf),
    contracts: new Map(
      contracts.map(({ listed, ...shared }) => [
        expirationKey(shared),
        optionsOf(listed, { ...shared, ...termsOf(shared, underlying) }, underlying.symbol),
      ]),
    ),
    listings: new Map(times.map(([one, at, isWhole]) => [keyOf(one), { at, isWhole }])),
    openInterest: new Map(kept.openInterest),
  }
}

type Listed = readonly [conId: ConId, strike: number, right: Right]
type SharedTerms = Omit<OptionContract, 'conId' | 'symbol' | 'strike' | 'right'>

function optionsOf(listed: readonly Listed[], shared: SharedTerms, symbol: string): OptionContract[] {
  return listed.map((one) => contractFrom(one, shared, symbol))
}

/** Every property by name: copying them by spread took five times as long, for thousands of contracts. */
function contractFrom([conId, strike, right]: Listed, shared: SharedTerms, symbol: string): OptionContract {
  return {
    conId,
    symbol,
    expiry: shared.expiry,
    strike,
    right,
    tradingClass: shared.tradingClass,
    multiplier: shared.multiplier,
    exchange: shared.exchange,
    currency: shared.currency,
    lastTradeAt: shared.lastTradeAt,
    exerciseStyle: shared.exerciseStyle ?? null,
    settlement: shared.settlement ?? settlementOf(shared.tradingClass),
    expiresAt: shared.expiresAt ?? null,
    underlyingType: shared.underlyingType ?? 'STK',
    underlyingConId: shared.underlyingConId ?? null,
  }
}

/** Replaces the stored cache in one step: a reader never sees half of it, and a write that fails changes nothing. */
export function writeChainCache(path: string, cache: ChainCache): void {
  const { contracts, openInterest, listings, ...rest } = cache
  const text = JSON.stringify({
    version: 3,
    ...rest,
    contracts: [...contracts.values()].flatMap((listed) =>
      [...byUnderlying(listed).values()].map((own) => recordOf(own, cache.underlying)),
    ),
    listings: [...listings].map(([own, { at, isWhole }]) => [own, at, isWhole]),
    openInterest: [...openInterest],
  })
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Contracts of one expiration of a class share all terms but, of options on futures, the future. */
function byUnderlying(listed: readonly OptionContract[]): Map<ConId | null, OptionContract[]> {
  const groups = new Map<ConId | null, OptionContract[]>()
  for (const one of listed) {
    const own = one.underlyingConId ?? null
    const group = groups.get(own)
    if (group) group.push(one)
    else groups.set(own, [one])
  }
  return groups
}

function recordOf(listed: readonly OptionContract[], underlying: Underlying): object {
  const [first] = listed
  if (!first) return {}
  const { expiry, tradingClass, multiplier, exchange, currency, lastTradeAt } = first
  return {
    ...{ expiry, tradingClass, multiplier, exchange, currency, lastTradeAt },
    ...termsOf(first, underlying),
    listed: listed.map(({ conId, strike, right }) => [conId, strike, right]),
  }
}

/** The terms that a list of an older version does not have, by the rules of the class. */
function termsOf(contract: SharedTerms, { secType, conId }: Underlying) {
  const { tradingClass, lastTradeAt, settlement = settlementOf(tradingClass) } = contract
  const { underlyingType = secType, exerciseStyle = exerciseStyleOf(tradingClass, underlyingType) } = contract
  const { expiresAt = (settlement === 'pm' && lastTradeAt) || null, underlyingConId = conId } = contract
  return { exerciseStyle, settlement, expiresAt, underlyingType, underlyingConId }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
