import {
  type BrokenFarm,
  type DataFlow,
  IN_TRANSIT_MS,
  SIMULATED_FARM,
} from '../gateway/session/data-flow.ts'

/** What the notices of a session say about its streams at one moment. */
export interface FlowView {
  /** No data can come at all: the gateway has lost its server, or another session holds the data. */
  readonly isBlocked: boolean
  readonly brokenFarms: readonly BrokenFarm[]
}

export function viewOf(dataFlow: DataFlow): FlowView {
  const reason = dataFlow.blocked()?.reason
  return {
    isBlocked: reason === 'server_lost' || reason === 'competing_session',
    brokenFarms: dataFlow.brokenFarms(),
  }
}

/** The farms that serve each kind: `usfarm` and `usfuture`, each also with a location (`usfarm.nj`). */
const FARMS = { STK: /^usfarm(\.|$)/i, IND: /^usfarm(\.|$)/i, FUT: /^usfuture(\.|$)/i } as const

/**
 * Whether no price of this kind can come, as far as is known. Data overrule notices: a tick well after the last notice
 * about a farm shows that it works. Pure; times are monotonic ms.
 */
export function isSilenced(
  { isBlocked, brokenFarms }: FlowView,
  { kind, lastTickMs }: { readonly kind: keyof typeof FARMS; readonly lastTickMs: number },
): boolean {
  if (isBlocked) return true
  return brokenFarms.some(
    (farm) =>
      farm.kind === 'market' &&
      !farm.isOverruled &&
      (FARMS[kind].test(farm.name) || farm.name === SIMULATED_FARM) &&
      lastTickMs <= farm.lastMs + IN_TRANSIT_MS,
  )
}
