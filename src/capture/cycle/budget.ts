import type { Chain } from '../../chain/chain.ts'
import { daysByExpiry, fitBudget, type Selection } from '../../chain/contract-budget.ts'
import { type WindowCentre, windowCentres, withinWindow } from '../../chain/strike-window.ts'
import type { Config } from '../../config/config.ts'
import { deferred } from '../../gateway/deferred.ts'
import { type CycleEstimate, estimateCycle, wireOf } from '../../harvest/plan.ts'
import type { UnderlyingStreams } from '../../harvest/underlying-streams.ts'
import type { Clock } from '../../market/clock.ts'
import { abortable } from '../../process/abortable.ts'
import type { WireLimits } from '../session-source.ts'
import type { Deadline } from './deadline.ts'

/** Lines used by the VIX and the canary. */
const OTHER_LINES = 2

/**
 * How long symbols that are ready wait for the others before they share the budget. It is a tenth of a slot of five
 * minutes: waiting longer costs more contracts than a better share saves, and contract details after a cold start may
 * take longer than any wait.
 */
const MAX_WAIT_MS = 30_000

/** One symbol's share of the budget, and the centres of its strike windows. */
export interface Share extends Selection {
  readonly windows: readonly WindowCentre[]
}

/** A symbol whose chain and price are known. */
export interface Priced {
  readonly symbol: string
  readonly chain: Chain
  /** The price of the underlying, or of each future under the options; at least one. */
  readonly spots: readonly WindowCentre[]
}

/** Fits the chains of one cycle into what the gateway can answer in the remaining time. */
export interface Budget {
  /**
   * Resolves with the symbol's share: when every symbol has joined or left, or at the latest 30 s after the first has
   * joined. A symbol that joins later, or again with contracts that were listed since, gets what time and rate the
   * others leave.
   */
  join(priced: Priced): Promise<Share>
  /** The symbol needs no share, or no longer. */
  leave(symbol: string): void
  /** How many contracts of a symbol that has its share are still to be requested. */
  progress(symbol: string, remaining: number): void
  /** The estimate for the planned contracts of all shares; null before the first decision. */
  estimate(): CycleEstimate | null
}

interface BudgetOptions {
  readonly config: Config
  readonly limits: WireLimits
  readonly deadline: Pick<Deadline, 'leftMs' | 'signal'>
  readonly clock: Clock
  /** Contracts that a symbol without a chain will plausibly need; null if unknown. */
  expected(symbol: string): number | null
  onDecided(): void
}

export function createBudget(
  symbols: readonly string[],
  { config, limits, deadline, clock, expected, onDecided }: BudgetOptions,
): Budget {
  const awaited = new Set(symbols)
  const joined: Priced[] = []
  const remaining = new Map<string, number>()
  const decision = deferred<ReadonlyMap<string, Share>>()
  const waiting = abortable(deadline.signal)
  let estimate: CycleEstimate | null = null

  function decide(): void {
    if (estimate !== null) return
    try {
      decision.resolve(share(joined))
      onDecided()
    } catch (error) {
      decision.reject(error)
    }
    waiting.abort(new Error('the budget is decided'))
  }

  /** Shares out what is left to these symbols, keeping back what the others still need. */
  function share(priced: readonly Priced[]): ReadonlyMap<string, Share> {
    const own = new Set(priced.map(({ symbol }) => symbol))
    const others = {
      remaining: sum([...remaining].filter(([symbol]) => !own.has(symbol)).map(([, contracts]) => contracts)),
      expected: [...awaited].filter((symbol) => !own.has(symbol)).map(expected),
      symbols: symbols.length - own.size,
    }
    const selected = selectAll(priced, { config, limits, others }, deadline.leftMs() / 1_000)
    for (const [symbol, { wanted }] of selected.selections) remaining.set(symbol, wanted.length)
    estimate = estimate === null ? selected.estimate : joinEstimates(estimate, selected.estimate)
    return selected.selections
  }

  function arrive(symbol: string): void {
    if (awaited.delete(symbol) && awaited.size === 0 && joined.length > 0) decide()
  }

  return {
    join: async (priced) => {
      const { symbol } = priced
      if (estimate !== null) {
        awaited.delete(symbol)
        return share([priced]).get(symbol) as Share
      }
      joined.push(priced)
      if (joined.length === 1) {
        clock.sleep(MAX_WAIT_MS, waiting.signal).then(decide, decide)
      }
      arrive(symbol)
      return (await decision.promise).get(symbol) as Share
    },
    leave: (symbol) => {
      remaining.delete(symbol)
      arrive(symbol)
    },
    progress: (symbol, contracts) => {
      if (remaining.has(symbol)) remaining.set(symbol, contracts)
    },
    estimate: () => estimate,
  }
}

/**
 * The prices of a chain's underlyings, as far as they are known. IB has a volatility of a stock; for an index and for
 * futures that of the newest slot serves, at the money.
 */
export function windowCentresOf(
  { underlyings, cache }: Pick<Chain, 'underlyings' | 'cache'>,
  streams: Pick<UnderlyingStreams, 'priceOf' | 'impliedVol30Fraction'>,
): WindowCentre[] {
  return underlyings.flatMap(({ conId, symbol, secType }) => {
    const price = streams.priceOf(conId)?.price
    if (price === undefined) return []
    const ofStock = streams.impliedVol30Fraction(symbol)
    const volFraction = secType === 'STK' ? ofStock : (ofStock ?? cache.impliedVolFraction)
    return { price, volFraction, ...(secType === 'FUT' && { underlyingConId: conId }) }
  })
}

/** What the symbols of the cycle need that are not part of a decision. */
interface OtherNeeds {
  /** Contracts of shares given out before that are still to be requested. */
  readonly remaining: number
  /** For each symbol that may still join, how many contracts it will plausibly need; null if unknown. */
  readonly expected: readonly (number | null)[]
  /** How many symbols they are. */
  readonly symbols: number
}

const NO_OTHERS: OtherNeeds = { remaining: 0, expected: [], symbols: 0 }

/**
 * Selects the contracts of these symbols that the gateway can answer in the given time, beside what other symbols need.
 * If not everything fits, symbols that may still join keep their part: by their expected number of contracts, or as
 * many as these symbols have on average. Pure.
 */
export function selectAll(
  priced: readonly Priced[],
  { config, limits, others = NO_OTHERS }: { config: Config; limits: WireLimits; others?: OtherNeeds },
  availableSeconds: number,
): { selections: ReadonlyMap<string, Share>; estimate: CycleEstimate; inWindow: number } {
  const { universe, harvest } = config
  const candidates = priced.map(({ symbol, chain, spots }) => {
    const windows = windowCentres(chain.cache.windows, spots)
    return {
      symbol,
      contracts: withinWindow(chain.contracts, chain.expirations, { centres: windows, options: universe }),
      windows,
      spots,
      days: daysByExpiry(chain.expirations),
    }
  })
  const inWindow = sum(candidates.map(({ contracts }) => contracts.length))
  const underlyings = sum(priced.map(({ spots }) => spots.length))
  const lines = Math.max(1, limits.lines - underlyings - others.symbols - OTHER_LINES)
  const wire = wireOf({ ...limits, lines }, harvest)
  const free = Math.max(0, estimateCycle(inWindow, wire, availableSeconds).maxContracts - others.remaining)
  const average = priced.length === 0 ? 0 : inWindow / priced.length
  const expected = sum(others.expected.map((contracts) => contracts ?? average))
  const room = inWindow + expected <= free ? free : Math.floor((free * inWindow) / (inWindow + expected))
  const fitted = fitBudget(candidates, room)
  const wanted = sum(fitted.map((one) => one.wanted.length))
  return {
    selections: new Map(
      candidates.map(({ symbol, windows }, at) => [symbol, { ...(fitted[at] as Selection), windows }]),
    ),
    estimate: estimateCycle(wanted, wire, availableSeconds),
    inWindow,
  }
}

/** The estimate of a cycle to which a later decision has added contracts. */
function joinEstimates(first: CycleEstimate, later: CycleEstimate): CycleEstimate {
  const seconds = Math.max(first.seconds, later.seconds)
  return {
    ...first,
    contracts: first.contracts + later.contracts,
    messages: first.messages + later.messages,
    seconds,
    fits: first.fits && later.fits,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
