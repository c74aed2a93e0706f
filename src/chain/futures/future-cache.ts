import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { FutureContract } from '../../market/contract.ts'
import {
  type ConId,
  conId,
  type EpochMs,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../../market/units.ts'

/** What is known about one symbol's futures. The list outlives the day; the open interest is that of its trade date. */
export interface FutureCache {
  readonly symbol: string
  /** Trade date that the list was made for. */
  readonly date: SessionDate
  readonly listedAt: EpochMs
  /** By last trading day; some may have expired since. */
  readonly futures: readonly FutureContract[]
  /** Trading hours of the second one in the gateway's notation; null if it sent none. */
  readonly hours: { readonly timeZoneId: string; readonly tradingHours: string } | null
  readonly openInterest: {
    /** Trade date on which it was received. */
    readonly date: SessionDate
    readonly contracts: ReadonlyMap<ConId, number>
  }
}

const stored = z.object({
  version: z.literal(1),
  symbol: z.string(),
  date: z.string().transform(sessionDate),
  listedAt: z.number().transform(epochMs),
  futures: z.array(
    z.object({
      conId: z.number().transform(conId),
      symbol: z.string(),
      expiry: z.string().transform(expiryDate),
      contractMonth: z.string(),
      localSymbol: z.string(),
      tradingClass: z.string(),
      multiplier: z.number().positive(),
      exchange: z.string(),
      currency: z.string(),
      lastTradeAt: z.number().transform(epochMs).optional(),
    }),
  ),
  hours: z.object({ timeZoneId: z.string(), tradingHours: z.string() }).nullable(),
  openInterest: z.object({
    date: z.string().transform(sessionDate),
    contracts: z
      .array(z.tuple([z.number().transform(conId), z.number()]))
      .transform((entries) => new Map(entries)),
  }),
})

/** The file that holds the list of a symbol's futures, beside the chain caches. No symbol has small letters. */
export function futureCachePath(folder: string, symbol: string): string {
  return join(folder, `${symbol}.futures.json`)
}

/** The stored list; null if there is none or it cannot be read, which costs one request. */
export function readFutureCache(folder: string, symbol: string): FutureCache | null {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(futureCachePath(folder, symbol), 'utf8'))
  } catch {
    return null
  }
  try {
    const parsed = stored.safeParse(value)
    return parsed.success && parsed.data.symbol === symbol ? parsed.data : null
  } catch {
    // An id, date or expiry that is none: the constructors throw.
    return null
  }
}

/** Replaces the stored list in one step: a reader never sees half of it. */
export function writeFutureCache(folder: string, cache: FutureCache): void {
  const path = futureCachePath(folder, cache.symbol)
  const { openInterest, ...rest } = cache
  const contracts = [...openInterest.contracts]
  const text = JSON.stringify({ version: 1, ...rest, openInterest: { date: openInterest.date, contracts } })
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}
