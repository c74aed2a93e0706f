import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { OptionContract, Underlying } from '../market/contract.ts'
import {
  type ConId,
  conId,
  type ExpiryDate,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../market/units.ts'
import type { WindowCentre } from './strike-window.ts'

/** What is known about one symbol's chain and need not be requested again today. */
export interface ChainCache {
  /** New York date for which it is valid. */
  readonly date: SessionDate
  readonly underlying: Underlying
  readonly expirations: readonly ExpiryDate[]
  /** Other trading classes that are listed but not collected. */
  readonly skippedClasses: readonly string[]
  /** Listed contracts of each expiration that was requested. */
  readonly contracts: ReadonlyMap<ExpiryDate, readonly OptionContract[]>
  /** Expirations that are collected until they expire: the only part that outlives the day. */
  readonly admitted: readonly ExpiryDate[]
  /** Trading hours of its options in the gateway's notation; null if it sent none. */
  readonly hours: { readonly timeZoneId: string; readonly liquidHours: string } | null
  readonly openInterest: ReadonlyMap<ConId, number>
  /** The centres of today's strike windows, in order. */
  readonly windows: readonly WindowCentre[]
}

const stored = z.object({
  version: z.literal(1),
  date: z.string().transform(sessionDate),
  underlying: z.object({
    symbol: z.string(),
    secType: z.enum(['STK', 'IND']),
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
      /** [contract id, strike, right] */
      listed: z.array(z.tuple([z.number().transform(conId), z.number(), z.enum(['C', 'P'])])),
    }),
  ),
  hours: z.object({ timeZoneId: z.string(), liquidHours: z.string() }).nullable().default(null),
  openInterest: z.array(z.tuple([z.number().transform(conId), z.number()])),
  windows: z.array(z.object({ price: z.number(), volFraction: z.number().nullable() })).default([]),
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
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
  const parsed = stored.safeParse(parseJson(text))
  if (!parsed.success) return null
  const { underlying, contracts, openInterest, ...rest } = parsed.data
  return {
    ...rest,
    underlying,
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
  const { contracts, openInterest, ...rest } = cache
  const text = JSON.stringify({
    version: 1,
    ...rest,
    contracts: [...contracts].flatMap(([expiry, listed]) => {
      const [first] = listed
      if (!first) return []
      const { tradingClass, multiplier, exchange, currency } = first
      return { expiry, tradingClass, multiplier, exchange, currency, listed: listed.map(triple) }
    }),
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
