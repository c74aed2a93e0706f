import type { Chain } from '../chain/discover.ts'
import {
  daysByExpiry,
  fitBudget,
  type Selection,
  type WindowCentre,
  windowCentres,
  withinWindow,
} from '../chain/select.ts'
import type { Config } from '../config/config.ts'
import { type CycleEstimate, estimateCycle } from '../harvest/plan.ts'
import type { UnderlyingStreams } from '../harvest/underlyings.ts'

/** What the gateway lets through. */
export interface WireLimits {
  readonly messagesPerSecond: number
  readonly lines: number
}

/** Seconds that a cycle may take: the interval less a margin. */
export function cycleSeconds({ harvest }: Config): number {
  return harvest.intervalSeconds - harvest.deadlineMarginSeconds
}

/** Lines that stay on the VIX and the canary. */
const OTHER_LINES = 2

/** One symbol's part of the budget, and the prices that its windows were laid around. */
export interface Share extends Selection {
  readonly windows: readonly WindowCentre[]
}

/** One symbol whose chain is known. */
export interface Listed {
  readonly symbol: string
  readonly chain: Chain
}

/** The same with the price its window of strikes is laid around. */
export interface Ready extends Listed {
  readonly spot: WindowCentre
}

/** The symbol with its price; null where none has come. */
export function withSpot(listed: Listed, view: UnderlyingStreams): Listed & { spot: WindowCentre | null } {
  const price = view.price(listed.symbol)?.price
  const volFraction = view.impliedVol30Fraction(listed.symbol)
  return { ...listed, spot: price === undefined ? null : { price, volFraction } }
}

export function isReady(one: Listed & { spot: WindowCentre | null }): one is Ready {
  return one.spot !== null
}

/** The contracts of each symbol, fitted together into what the wire can carry in the time given. */
export function selectAll(
  ready: readonly Ready[],
  { config, limits }: { config: Config; limits: WireLimits },
  availableSeconds: number,
): { selections: ReadonlyMap<string, Share>; estimate: CycleEstimate; inWindow: number } {
  const { universe, harvest } = config
  const candidates = ready.map(({ chain, spot }) => {
    const windows = windowCentres(chain.cache.windows, spot)
    return {
      contracts: withinWindow(chain.contracts, chain.expirations, { spots: windows, options: universe }),
      windows,
      spot,
      days: daysByExpiry(chain.expirations),
    }
  })
  const inWindow = candidates.reduce((sum, { contracts }) => sum + contracts.length, 0)
  const wire = {
    ...limits,
    lines: Math.max(1, limits.lines - ready.length - OTHER_LINES),
    dwellSeconds: harvest.expectedDwellMs / 1_000,
    tailSeconds: harvest.timeoutMs / 1_000,
  }
  const { maxContracts } = estimateCycle(inWindow, wire, availableSeconds)
  const fitted = fitBudget(candidates, maxContracts)
  const wanted = fitted.reduce((sum, one) => sum + one.wanted.length, 0)
  return {
    selections: new Map(
      ready.map(({ symbol }, at) => [
        symbol,
        { ...(fitted[at] as Selection), windows: (candidates[at] as (typeof candidates)[number]).windows },
      ]),
    ),
    estimate: estimateCycle(wanted, wire, availableSeconds),
    inWindow,
  }
}
