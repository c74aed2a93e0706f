import { newYorkDate } from '../../../market/calendar.ts'
import type { Clock } from '../../../market/clock.ts'
import type { EpochMs, SessionDate } from '../../../market/units.ts'
import { groupByExpiry } from '../contracts.ts'
import type { SimContract } from '../market.ts'
import { optionContract } from '../recorded/contracts.ts'
import type { RecordedUnderlying, Recording } from './recording.ts'
import { type SlotQuotes, slotQuotesOf } from './slot-quotes.ts'

/** The options of a symbol that are listed on one day. */
export interface Listing {
  readonly date: SessionDate
  readonly options: readonly SimContract[]
  readonly byId: ReadonlyMap<number, SimContract>
  /** By symbol and expiry. */
  readonly series: ReadonlyMap<string, readonly SimContract[]>
}

/** A slot with the listing of its day. */
interface Moment extends SlotQuotes {
  readonly listing: Listing
}

/** One symbol of a replay: the slot that is served, and the next one, which is read before it is due. */
export interface SymbolReplay {
  readonly underlying: SimContract
  /** The newest slot at a time; null before the first. */
  quotesAt(at: EpochMs): SlotQuotes | null
  /** What is listed at a time: the contracts of the day's slots; null before the first. */
  listingAt(at: EpochMs): Listing | null
  /** Reads slot after slot, each before it is due. Resolves with the last slot when it is served. */
  follow(signal: AbortSignal): Promise<EpochMs | null>
}

/** Reads the slot that is due now. Two slots are in memory at a time. */
export async function openSymbolReplay(
  recording: Recording,
  { symbol }: RecordedUnderlying,
  { underlying, clock }: { readonly underlying: SimContract; readonly clock: Clock },
): Promise<SymbolReplay> {
  let listing: Listing | null = null
  let current = await read(clock.now())
  let next: Moment | null = null

  async function read(at: EpochMs): Promise<Moment | null> {
    const chain = await recording.chainAt(symbol, at)
    if (chain === null) return null
    if (listing?.date !== chain.date) {
      const listed = await recording.listedOn(symbol, chain.date)
      listing = listingOf(
        listed.map((terms) => optionContract(terms, { conId: terms.conId, underlying })),
        chain.date,
      )
    }
    return { ...slotQuotesOf(chain), listing }
  }

  /** The slot that follows: the next one, or with a fast clock the newest that is due. */
  async function readNext(): Promise<Moment | null> {
    const after = await recording.slotAfter(symbol, current?.slot ?? clock.now())
    if (after === null) return null
    const now = clock.now()
    return read(after > now ? after : now)
  }

  return {
    underlying,
    quotesAt: (at) => (next !== null && at >= next.slot ? next : current),
    listingAt: (at) => {
      const isDay = next !== null && newYorkDate(at) >= next.date
      return (isDay ? next : current)?.listing ?? null
    },
    follow: async (signal) => {
      for (;;) {
        next = await readNext()
        if (next === null) return current?.slot ?? null
        while (clock.now() < next.slot) await clock.sleep(next.slot - clock.now(), signal)
        signal.throwIfAborted()
        current = next
        next = null
      }
    },
  }
}

function listingOf(options: readonly SimContract[], date: SessionDate): Listing {
  return {
    date,
    options,
    byId: new Map(options.map((contract) => [contract.conId, contract])),
    series: groupByExpiry(options),
  }
}
