import type { Chain } from '../../chain/chain.ts'
import { daysByExpiry, fitBudget, type Selection } from '../../chain/contract-budget.ts'
import { type WindowCentre, windowCentres, withinWindow } from '../../chain/strike-window.ts'
import type { Config } from '../../config/config.ts'
import { type CycleEstimate, estimateCycle, wireOf } from '../../harvest/plan.ts'
import { type UnderlyingStreams, waitForFirstPrices } from '../../harvest/underlying-streams.ts'
import type { Clock } from '../../market/clock.ts'
import type { WireLimits } from '../session-source.ts'
import { type Barrier, createBarrier } from './barrier.ts'
import type { Deadline } from './deadline.ts'

/** Lines used by the VIX and the canary. */
const OTHER_LINES = 2

/** One symbol's share of the budget, and the centres of its strike windows. */
export interface Share extends Selection {
  readonly windows: readonly WindowCentre[]
}

/** A symbol whose chain is known. */
interface Listed {
  readonly symbol: string
  readonly chain: Chain
}

/** A symbol whose chain and price are known. */
export interface Priced extends Listed {
  readonly spot: WindowCentre
}

/** Fits the chains of one cycle into what the gateway can answer in the remaining time. */
export interface Budget extends Barrier<Listed, Share> {
  /** A symbol's share for contracts that are listed after the decision: of the time that is left beside the others. */
  later(listed: Listed): Share
  /** The estimate for the planned contracts; null before the decision. */
  estimate(): CycleEstimate | null
}

const NOTHING: Share = { wanted: [], skipped: [], windows: [] }

/** Decides once every symbol has joined with its chain or left, and the first prices have arrived. */
export function createBudget(
  symbols: readonly string[],
  {
    config,
    limits,
    streams,
    deadline,
    clock,
    onDecided,
  }: {
    readonly config: Config
    readonly limits: WireLimits
    readonly streams: UnderlyingStreams
    readonly deadline: Deadline
    readonly clock: Clock
    onDecided(): void
  },
): Budget {
  let estimate: CycleEstimate | null = null
  /** When everything planned so far will have been requested; monotonic ms. */
  let busyUntilMs = 0
  const freeFromMs = () => Math.max(busyUntilMs, clock.monotonicMs())
  /** The wait for the last greeks is not counted: later requests go on in it. */
  const occupy = ({ contracts, seconds }: CycleEstimate) => {
    if (contracts > 0) busyUntilMs = freeFromMs() + seconds * 1_000 - config.harvest.greeksWaitMs
  }
  const barrier = createBarrier(symbols, async (chains: readonly Listed[]) => {
    await waitForFirstPrices(streams)
    const priced = chains.flatMap((listed): Priced[] => {
      const spot = windowCentreOf(listed.symbol, streams)
      return spot === null ? [] : [{ ...listed, spot }]
    })
    const selected = selectAll(priced, { config, limits }, deadline.leftMs() / 1_000)
    estimate = selected.estimate
    occupy(estimate)
    onDecided()
    return new Map(chains.map(({ symbol }) => [symbol, selected.selections.get(symbol) ?? NOTHING]))
  })
  return {
    ...barrier,
    later: (listed) => {
      const spot = windowCentreOf(listed.symbol, streams)
      if (spot === null) return NOTHING
      const freeSeconds = (deadline.atMs - freeFromMs()) / 1_000
      const selected = selectAll([{ ...listed, spot }], { config, limits }, freeSeconds)
      occupy(selected.estimate)
      return selected.selections.get(listed.symbol) ?? NOTHING
    },
    estimate: () => estimate,
  }
}

/** Null while the underlying has no price. */
export function windowCentreOf(symbol: string, streams: UnderlyingStreams): WindowCentre | null {
  const price = streams.price(symbol)?.price
  return price === undefined ? null : { price, volFraction: streams.impliedVol30Fraction(symbol) }
}

/** Selects the contracts of all symbols that the gateway can answer in the given time. Pure. */
export function selectAll(
  priced: readonly Priced[],
  { config, limits }: { config: Config; limits: WireLimits },
  availableSeconds: number,
): { selections: ReadonlyMap<string, Share>; estimate: CycleEstimate; inWindow: number } {
  const { universe, harvest } = config
  const candidates = priced.map(({ symbol, chain, spot }) => {
    const windows = windowCentres(chain.cache.windows, spot)
    return {
      symbol,
      contracts: withinWindow(chain.contracts, chain.expirations, { centres: windows, options: universe }),
      windows,
      spot,
      days: daysByExpiry(chain.expirations),
    }
  })
  const inWindow = candidates.reduce((sum, { contracts }) => sum + contracts.length, 0)
  const lines = Math.max(1, limits.lines - priced.length - OTHER_LINES)
  const wire = wireOf({ ...limits, lines }, harvest)
  const { maxContracts } = estimateCycle(inWindow, wire, availableSeconds)
  const fitted = fitBudget(candidates, maxContracts)
  const wanted = fitted.reduce((sum, one) => sum + one.wanted.length, 0)
  return {
    selections: new Map(
      candidates.map(({ symbol, windows }, at) => [symbol, { ...(fitted[at] as Selection), windows }]),
    ),
    estimate: estimateCycle(wanted, wire, availableSeconds),
    inWindow,
  }
}
