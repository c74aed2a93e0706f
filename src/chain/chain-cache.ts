import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { newYorkInstant } from '../market/calendar.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
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
import type { WindowCentre } from './strike-window.ts'

/**
 * What is known about one symbol's chain. The lists outlive the day: contract ids do not change, so yesterday's list
 * serves until today's has come. Open interest and strike windows are those of `date` alone.
 */
export interface ChainCache {
  /** New York date of the open interest and the strike windows. */
  readonly date: SessionDate
  readonly underlying: Underlying
  readonly expirations: readonly ExpiryDate[]
  /** When the expirations were last listed; null if they never were. */
  readonly expirationsListedAt: EpochMs | null
  /** Other trading classes that are listed but not collected. */
  readonly skippedClasses: readonly string[]
  /** Known contracts of each expiration: those of its newest list, and those of earlier lists. */
  readonly contracts: ReadonlyMap<ExpiryDate, readonly OptionContract[]>
  /** The newest list of each expiration. */
  readonly listings: ReadonlyMap<ExpiryDate, Listing>
  /** Contracts that the newest whole list of their expiration lacks: kept until the gateway refuses them. */
  readonly unlisted: readonly ConId[]
  /** Expirations that are collected until they expire. */
  readonly admitted: readonly ExpiryDate[]
  /** Trading hours of its options in the gateway's notation; null if it sent none. */
  readonly hours: { readonly timeZoneId: string; readonly liquidHours: string } | null
  readonly openInterest: ReadonlyMap<ConId, number>
  /** The centres of today's strike windows, in order. */
  readonly windows: readonly WindowCentre[]
}

/** One answer of the gateway with the contracts of an expiration. */
export interface Listing {
  readonly at: EpochMs
  /** False if the answer broke off: there may be more contracts. */
  readonly isWhole: boolean
}

const stored = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  date: z.string().transform(sessionDate),
  underlying: z.object({
    symbol: z.string(),
    secType: z.enum(['STK', 'IND', 'FUT']),
    exchange: z.string(),
    currency: z.string(),
    conId: z.number().transform(conId),
  }),
  expirations: z.array(z.string().transform(expiryDate)),
  skippedClasses: z.array(z.string()),
  admitted: z.array(z.string().transform(expiryDate)),
  contracts: z.array(
    z.object({
      expiry: z.string().transform(expiryDate),
      tradingClass: z.string(),
      multiplier: z.number(),
      exchange: z.string(),
      currency: z.string(),
      lastTradeAt: z.number().transform(epochMs).optional(),
      /** [contract id, strike, right] */
      listed: z.array(z.tuple([z.number().transform(conId), z.number(), z.enum(['C', 'P'])])),
    }),
  ),
  hours: z.object({ timeZoneId: z.string(), liquidHours: z.string() }).nullable().default(null),
  openInterest: z.array(z.tuple([z.number().transform(conId), z.number()])),
  windows: z.array(z.object({ price: z.number(), volFraction: z.number().nullable() })).default([]),
  // From version 2 on.
  expirationsListedAt: z.number().transform(epochMs).nullable().optional(),
  /** [expiry, listed at, whole] */
  listings: z
    .array(z.tuple([z.string().transform(expiryDate), z.number().transform(epochMs), z.boolean()]))
    .optional(),
  unlisted: z.array(z.number().transform(conId)).default([]),
})

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
  const { version, underlying, contracts, openInterest, expirationsListedAt, listings, ...rest } = parsed.data
  // Version 1 was made anew each day, and does not say when: the start of its date stands for it.
  const listedAt = newYorkInstant(rest.date, '00:00')
  return {
    ...rest,
    underlying,
    expirationsListedAt: version === 1 ? listedAt : (expirationsListedAt ?? null),
    listings:
      version === 1
        ? new Map(contracts.map(({ expiry }) => [expiry, { at: listedAt, isWhole: true }]))
        : new Map((listings ?? []).map(([expiry, at, isWhole]) => [expiry, { at, isWhole }])),
    contracts: new Map(
      contracts.map(({ expiry, listed, ...shared }) => [
        expiry,
        listed.map(([id, strike, right]) => ({
          conId: id,
          symbol: underlying.symbol,
          expiry,
          strike,
          right,
          ...shared,
        })),
      ]),
    ),
    openInterest: new Map(openInterest),
  }
}

/** Replaces the stored cache in one step: a reader never sees half of it. */
export function writeChainCache(path: string, cache: ChainCache): void {
  const { contracts, openInterest, listings, ...rest } = cache
  const text = JSON.stringify({
    version: 2,
    ...rest,
    contracts: [...contracts].flatMap(([expiry, listed]) => {
      const [first] = listed
      if (!first) return []
      const { tradingClass, multiplier, exchange, currency, lastTradeAt } = first
      const shared = { tradingClass, multiplier, exchange, currency, lastTradeAt }
      return { expiry, ...shared, listed: listed.map(triple) }
    }),
    listings: [...listings].map(([expiry, { at, isWhole }]) => [expiry, at, isWhole]),
    openInterest: [...openInterest],
  })
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}

function triple({ conId, strike, right }: OptionContract): [number, number, string] {
  return [conId, strike, right]
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
