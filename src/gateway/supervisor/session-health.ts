import { type FarmKind, type Notice, sessionEffectOf } from '../session/notices.ts'
import type { CanaryReport } from './canary.ts'
import type { SupervisorOptions } from './options.ts'
import type { NextState } from './state.ts'

/** What the notices of one session have said about it so far. All times are monotonic ms. */
export interface SessionHealth {
  /** Broken data farms by kind and name, with the start of each outage. */
  readonly brokenFarms: ReadonlyMap<string, { readonly kind: FarmKind; readonly sinceMs: number }>
  /** Since when the gateway has had no connection to IB; null while it has one. */
  readonly serverLost: { readonly sinceMs: number; readonly message: string } | null
  /** When the last notice about a competing session arrived; null while there is none. */
  readonly competing: { readonly lastMs: number; readonly message: string } | null
}

export const HEALTHY: SessionHealth = { brokenFarms: new Map(), serverLost: null, competing: null }

/** IB has about twenty farms; a gateway that invents names must not exhaust memory. */
const MAX_FARMS = 100
/** Data in transit when a farm broke has arrived after this long. */
const IN_TRANSIT_MS = 1_000

/** The health after a notice. */
export function applyNotice(health: SessionHealth, notice: Notice, nowMs: number): SessionHealth {
  const { farm, message } = notice
  if (farm) return { ...health, brokenFarms: farmsAfter(health.brokenFarms, farm, nowMs) }
  switch (sessionEffectOf(notice)) {
    case 'server_lost':
      return { ...health, serverLost: { sinceMs: health.serverLost?.sinceMs ?? nowMs, message } }
    case 'server_restored':
    case 'server_restored_streams_lost': {
      const allFarmsWork = /all data farms are connected/i.test(message)
      return { ...health, serverLost: null, ...(allFarmsWork && { brokenFarms: new Map() }) }
    }
    case 'competing_session':
      return { ...health, competing: { lastMs: nowMs, message } }
    case null:
      return health
  }
}

function farmsAfter(
  before: SessionHealth['brokenFarms'],
  { kind, name, isOk }: NonNullable<Notice['farm']>,
  nowMs: number,
): SessionHealth['brokenFarms'] {
  const key = `${kind} ${name}`
  const farms = new Map(before)
  if (isOk) farms.delete(key)
  else if (farms.size < MAX_FARMS) farms.set(key, farms.get(key) ?? { kind, sinceMs: nowMs })
  return farms
}

/**
 * Whether a competing session has ended: data arrived after its last notice, or no further notice has come for a
 * while.
 */
export function isCompetitorGone(
  competing: NonNullable<SessionHealth['competing']>,
  canaries: CanaryReport,
  { nowMs, retryMs }: { nowMs: number; retryMs: number },
): boolean {
  const hasDataArrived =
    canaries.lastValueAtMs !== null && canaries.lastValueAtMs > competing.lastMs + IN_TRANSIT_MS
  const hasGoneQuiet = canaries.verdict === 'quiet' && nowMs - competing.lastMs >= 2 * retryMs
  return hasDataArrived || hasGoneQuiet
}

/**
 * The state of an open session, checking the most severe fault first: no connection to IB, no data for this login, no
 * data, a broken farm. A broken market-data farm may serve other markets only (there is one for Europe), which is the
 * case if a canary has sent data since it broke.
 */
export function stateOf(
  health: SessionHealth,
  canaries: CanaryReport,
  nowMs: number,
  options: Pick<SupervisorOptions, 'farmGraceMs'>,
): NextState {
  const { brokenFarms, serverLost, competing } = health
  if (serverLost) return { name: 'down', reason: 'server_lost', detail: serverLost.message }
  if (competing) return { name: 'waiting', for: 'competing_session', detail: competing.message }
  if (canaries.verdict === 'silent') {
    return { name: 'down', reason: 'option_data_silent', detail: describeSilence(canaries) }
  }
  if (brokenFarms.size === 0) return { name: 'ready' }
  const farms = [...brokenFarms.keys()]
  const marketFarmsBrokeAtMs = [...brokenFarms.values()]
    .filter(({ kind }) => kind === 'market')
    .map(({ sinceMs }) => sinceMs)
  const dataFlow = marketFarmsBrokeAtMs.every(
    (sinceMs) => canaries.lastValueAtMs !== null && canaries.lastValueAtMs > sinceMs + IN_TRANSIT_MS,
  )
  if (!dataFlow && nowMs - Math.min(...marketFarmsBrokeAtMs) >= options.farmGraceMs) {
    const detail = `data farms have stayed broken: ${farms.join(', ')}`
    return { name: 'down', reason: 'farm_broken', detail }
  }
  return { name: 'degraded', farms, dataFlow }
}

export function describeSilence({ silent }: CanaryReport): string {
  return `no market data during the trading session: nothing from ${silent.join(', ')}`
}
