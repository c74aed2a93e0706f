import type { Learned } from '../../chain/cache-updates.ts'
import type { Chain } from '../../chain/chain.ts'
import type { ListingProgress } from '../../chain/chain-lister.ts'
import { describeExpirations } from '../../chain/expiration.ts'
import { type Harvest, openInterestOf } from '../../harvest/harvest.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { slotOf } from '../../market/slot.ts'
import { median } from '../../market/statistics.ts'
import { addDays, type ConId, dateToExpiry } from '../../market/units.ts'
import { abortable } from '../../process/abortable.ts'
import type { ChainNote } from '../../snapshot/symbol-report.ts'
import type { Cycle } from '../cycle/cycle.ts'
import { withoutExpired } from '../expiry-times.ts'
import type { CaptureOptions } from '../options.ts'

/**
 * How long the first pass waits for expirations of which nothing is known, ms. A quick gateway lists all of them within
 * it; with a slow one the first pass collects what is there.
 */
const WHOLE_CHAIN_MS = 20_000
/** What a pass of a few contracts needs beside `harvest.timeoutMs`, ms. */
const SHORTEST_PASS_MS = 2_000

/** With less time left, nothing more is waited for. */
export function shortestPassMs({ harvest }: CaptureOptions['config']): number {
  return harvest.timeoutMs + SHORTEST_PASS_MS
}

/**
 * A symbol's chain with the contracts that are not planned yet, as soon as there are any; null if no more can be
 * expected in time.
 */
export async function nextPart(
  symbol: string,
  planned: ReadonlySet<ConId>,
  { slot, deadline }: Pick<Cycle, 'slot' | 'deadline'>,
  { config, chains, lake: { clock } }: Pick<CaptureOptions, 'config' | 'chains' | 'lake'>,
): Promise<Chain | null> {
  const { date } = slotOf(slot, symbol)
  const patientUntilMs = planned.size === 0 ? clock.monotonicMs() + WHOLE_CHAIN_MS : 0
  const lastMs = deadline.atMs - shortestPassMs(config)
  for (;;) {
    const listed = chains.chain(symbol, date)
    const chain = listed && withoutExpired(listed, slot.at)
    const contracts = chain?.contracts.filter(({ conId }) => !planned.has(conId)) ?? []
    const nowMs = clock.monotonicMs()
    const isOver = chain?.completeness.isKnown || nowMs >= lastMs || chains.progress(symbol).isFailing
    if (chain && contracts.length > 0 && (isOver || nowMs >= patientUntilMs)) return { ...chain, contracts }
    if (isOver) return null
    const untilMs = contracts.length > 0 ? Math.min(patientUntilMs, lastMs) : lastMs
    const waiting = abortable(deadline.signal)
    await Promise.race([
      chains.changed(symbol, waiting.signal),
      clock.sleep(untilMs - nowMs, waiting.signal),
    ]).catch(() => {})
    waiting.abort(new Error('no longer waiting'))
    if (deadline.signal.aborted) return null
  }
}

/** What a slot's ledger entry says about the list that it was collected from; null for a whole list of the day. */
export function chainNote(chain: Chain | null, { problem }: ListingProgress): ChainNote | null {
  if (!chain || chain.cache.expirationsListedAt === null) {
    return { detail: `not listed in time${because(problem)}`, isIncomplete: true }
  }
  const { missing, partial, earlier, earlierDate } = chain.completeness
  const all = chain.expirations.length
  const names = (expirations: typeof missing) => describeExpirations(expirations, chain)
  const details: string[] = []
  if (missing.length > 0) {
    details.push(`${missing.length} of ${all} expirations were not listed in time: ${names(missing)}`)
  }
  if (partial.length > 0) details.push(`the list broke off for ${names(partial)}`)
  for (const tradingClass of chain.unlistedClasses) {
    details.push(`class ${tradingClass} is to be collected and is not listed`)
  }
  if (earlierDate !== null) {
    const what =
      earlier.length === all ? 'the chain is' : `${earlier.length} of ${all} expirations are listed as`
    details.push(`${what} that of ${earlierDate}: today's was not listed in time`)
  }
  if (details.length === 0) return null
  const isBehind = missing.length > 0 || partial.length > 0 || earlierDate !== null
  return {
    detail: `${details.join('; ')}${isBehind ? because(problem) : ''}`,
    isIncomplete: missing.length > 0 || partial.length > 0,
  }
}

function because(problem: string | null): string {
  return problem === null ? '' : ` (${problem})`
}

/** Adds the futures without a price: their options were not requested, because no strike is near a price. */
export function withUnpriced(
  note: ChainNote | null,
  chain: Chain | null,
  unpriced: ReadonlySet<ConId>,
): ChainNote | null {
  const names = chain?.cache.futures.filter(({ conId }) => unpriced.has(conId)).map((one) => one.localSymbol)
  if (!names || names.length === 0) return note
  const detail = `no price of ${names.join(', ')}: options on it were not requested`
  return { detail: note ? `${note.detail}; ${detail}` : detail, isIncomplete: true }
}

/** How near the money strikes count, and how soon expirations are too near to say anything of the weeks ahead; days. */
const NEAR_THE_MONEY = 0.02
const MIN_VOL_DAYS = 7

/**
 * The median volatility at the money of the expirations that are a week away or more, a fraction; null without one. It
 * sizes the strike windows of symbols for which IB has no volatility.
 */
export function volAtTheMoney({ answered, startedAt }: Harvest): number | null {
  const from = dateToExpiry(addDays(newYorkDate(startedAt), MIN_VOL_DAYS))
  return median(
    answered.flatMap(({ contract, quote, underlying }) => {
      const vol = quote.greeks?.impliedVolFraction
      const isNear = underlying && Math.abs(contract.strike / underlying.price - 1) <= NEAR_THE_MONEY
      return isNear && vol != null && contract.expiry >= from ? [vol] : []
    }),
  )
}

/** What a harvest says about the chain: open interest, and contracts that the gateway does not know. */
export function learnedFrom({ answered, gaps }: Harvest): Pick<Learned, 'openInterest' | 'refused'> {
  const openInterest = new Map<ConId, number>()
  for (const { contract, quote } of answered) {
    const value = openInterestOf(quote, contract)
    if (value !== null && value !== undefined) openInterest.set(contract.conId, value)
  }
  const refused = gaps.filter(({ reason }) => reason === 'no_such_contract').map(({ contract }) => contract)
  return { openInterest, refused }
}
