import {
  type FutureContract,
  isOption,
  type OptionContract,
  type QuotedContract,
} from '../../market/contract.ts'
import { applyTick, emptyQuote, type Quote } from '../../market/quote.ts'
import type { ConId, EpochMs } from '../../market/units.ts'
import {
  type AnsweredContract,
  type Harvest,
  hasAnswered,
  isComplete,
  type UnderlyingPrice,
} from '../harvest.ts'
import {
  type JournalFutures,
  type JournalHeader,
  type JournalPlan,
  parseEntry,
  parseHeader,
} from './entries.ts'

export interface RecoveredJournal extends JournalHeader {
  /** One harvest for each symbol of the cycle, with the quotes it had received; contracts without any are gaps. */
  readonly harvests: readonly Harvest[]
  /** The same of the futures, only of symbols of which any were requested. */
  readonly futures: readonly Harvest<FutureContract>[]
  /** The near futures of the symbols that had reached that stage. */
  readonly futurePlans: readonly JournalFutures[]
  /** The plans of the symbols that had reached that stage. */
  readonly plans: readonly JournalPlan[]
}

interface RecoveredContract<C extends QuotedContract = QuotedContract> {
  readonly contract: C
  readonly quote: Quote
  underlying: UnderlyingPrice | null
}

/**
 * Replays a journal through the same function that the live harvest uses. Returns null if not even the header was
 * written. Ignores an incomplete last line; throws with the line number for any other unreadable line.
 */
export function readJournal(text: string): RecoveredJournal | null {
  const lines = text.split('\n')
  const incomplete = lines.pop()
  if (incomplete === undefined || lines.length === 0) return null
  const header = parseHeader(lines[0] as string)
  const contracts = new Map<ConId, RecoveredContract>()
  const plans: JournalPlan[] = []
  const futurePlans: JournalFutures[] = []
  let finishedAt = header.startedAt
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const entry = parseEntry(line, index + 1)
    if (entry?.kind === 'plan_futures') futurePlans.push(entry.futures)
    if (entry?.kind === 'plan') plans.push(entry.plan)
    if (entry?.kind === 'ask' && !contracts.has(entry.contract.conId)) {
      const { contract } = entry
      contracts.set(contract.conId, { contract, quote: emptyQuote(), underlying: null })
    }
    if (entry?.kind !== 'tick') continue
    const recovered = contracts.get(entry.conId)
    if (!recovered) continue
    applyTick(recovered.quote, entry.tick, entry.at)
    if (entry.underlying) recovered.underlying = entry.underlying
    if (entry.at > finishedAt) finishedAt = entry.at
  }
  const all = [...contracts.values()]
  const times = { startedAt: header.startedAt, finishedAt }
  const ofOptions = all.filter(isOfOption)
  const ofFutures = all.filter(isOfFuture)
  const harvests = header.symbols.map((symbol) =>
    harvestOf(
      symbol,
      ofOptions.filter(({ contract }) => contract.symbol === symbol),
      times,
    ),
  )
  const futures = header.symbols
    .map((symbol) =>
      harvestOf(
        symbol,
        ofFutures.filter(({ contract }) => contract.symbol === symbol),
        times,
      ),
    )
    .filter(({ answered, gaps }) => answered.length + gaps.length > 0)
  return { ...header, harvests, futures, plans, futurePlans }
}

function isOfOption(one: RecoveredContract): one is RecoveredContract<OptionContract> {
  return isOption(one.contract)
}

function isOfFuture(one: RecoveredContract): one is RecoveredContract<FutureContract> {
  return !isOption(one.contract)
}

function harvestOf<C extends QuotedContract>(
  symbol: string,
  contracts: readonly RecoveredContract<C>[],
  times: { startedAt: EpochMs; finishedAt: EpochMs },
): Harvest<C> {
  const answered: AnsweredContract<C>[] = contracts
    .filter(({ quote }) => hasAnswered(quote))
    .map(({ contract, quote, underlying }) => ({
      ...{ contract, quote, underlying },
      complete: isComplete(quote, contract),
    }))
  const gaps = contracts
    .filter(({ quote }) => !hasAnswered(quote))
    .map(({ contract }) => ({ contract, reason: 'stopped' as const, detail: null }))
  return { symbol, answered, gaps, ...times }
}
