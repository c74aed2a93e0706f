import type { Notice } from '../session/notices.ts'
import type { SupervisorOptions } from './options.ts'
import type { UntimedState } from './state.ts'

/** What the notices of one connection have said so far. All times are monotonic ms. */
export interface SessionHealth {
  /** Since when each farm is broken, by kind and name. */
  readonly brokenFarms: ReadonlyMap<string, { readonly kind: FarmKind; readonly sinceMs: number }>
  /** Since when the gateway has lost Interactive Brokers; null while it has not. */
  readonly serverLost: { readonly sinceMs: number; readonly message: string } | null
  /** When a competing session was last heard of; null while there is none. */
  readonly competing: { readonly sinceMs: number; readonly lastMs: number; readonly message: string } | null
}

export type FarmKind = 'market' | 'history' | 'definitions'

/** What the canaries say of the market data. */
export interface CanaryReport {
  /** `quiet`: none is watched, or none is to be heard now. */
  readonly verdict: 'quiet' | 'heard' | 'silent'
  /** Names of those that are silent. */
  readonly silent: readonly string[]
  /** When one of them was last heard, monotonic ms. */
  readonly heardAtMs: number | null
}

export const HEALTHY: SessionHealth = { brokenFarms: new Map(), serverLost: null, competing: null }

const FARM_KINDS: ReadonlyMap<number, FarmKind> = new Map([
  [2103, 'market'],
  [2104, 'market'],
  [2105, 'history'],
  [2106, 'history'],
  [2157, 'definitions'],
  [2158, 'definitions'],
])

/** The condition after a notice, and whether streams have ended without a word. Pure. */
export function applyNotice(
  condition: SessionHealth,
  notice: Notice,
  nowMs: number,
): { readonly condition: SessionHealth; readonly streamsLost: boolean } {
  const { code, message } = notice
  const kept = (next: SessionHealth) => ({ condition: next, streamsLost: false })
  if (notice.farm) return kept({ ...condition, brokenFarms: farmsAfter(condition, notice, nowMs) })
  if (code === 1100 || code === 2110) {
    const sinceMs = condition.serverLost?.sinceMs ?? nowMs
    return kept({ ...condition, serverLost: { sinceMs, message } })
  }
  if (code === 1101 || code === 1102) {
    const restored = { ...condition, serverLost: null }
    const allWell = /all data farms are connected/i.test(message)
    return {
      condition: allWell ? { ...restored, brokenFarms: new Map() } : restored,
      streamsLost: code === 1101,
    }
  }
  if (code === 10_197) {
    const sinceMs = condition.competing?.sinceMs ?? nowMs
    return kept({ ...condition, competing: { sinceMs, lastMs: nowMs, message } })
  }
  return kept(condition)
}

function farmsAfter(
  condition: SessionHealth,
  { code, farm }: Notice,
  nowMs: number,
): SessionHealth['brokenFarms'] {
  const kind = FARM_KINDS.get(code) as FarmKind
  const key = `${kind} ${farm?.name}`
  const farms = new Map(condition.brokenFarms)
  if (farm?.isOk) farms.delete(key)
  else if (farms.size < MOST_FARMS) farms.set(key, farms.get(key) ?? { kind, sinceMs: nowMs })
  return farms
}

/** Interactive Brokers has about twenty; whatever names a gateway makes up stay bounded. */
const MOST_FARMS = 100

/** The competing session is over: data have been heard after its last notice, or none has come for long. Pure. */
export function withoutCompetitor(
  condition: SessionHealth,
  canary: CanaryReport,
  { nowMs, retryMs }: { nowMs: number; retryMs: number },
): SessionHealth {
  if (!condition.competing) return condition
  const { lastMs } = condition.competing
  const isHeard = canary.heardAtMs !== null && canary.heardAtMs > lastMs + FLAP_MS
  const isForgotten = canary.verdict === 'quiet' && nowMs - lastMs >= 2 * retryMs
  return isHeard || isForgotten ? { ...condition, competing: null } : condition
}

/**
 * How an open session stands. The gravest comes first: no server, no data for us, no data, a farm. Pure. A broken
 * market-data farm need not be one of ours (there is one for Europe): where the canary is heard after it broke, it
 * is not.
 */
export function stateOf(
  condition: SessionHealth,
  canary: CanaryReport,
  nowMs: number,
  options: Pick<SupervisorOptions, 'farmGraceMs'>,
): UntimedState {
  const { brokenFarms, serverLost, competing } = condition
  if (serverLost) return { name: 'down', reason: 'server_lost', detail: serverLost.message }
  if (competing) return { name: 'waiting', for: 'competing_session', detail: competing.message }
  if (canary.verdict === 'silent') {
    const detail = `no market data in session: ${canary.silent.join(', ')} says nothing`
    return { name: 'down', reason: 'option_data_silent', detail }
  }
  if (brokenFarms.size === 0) return { name: 'ready' }
  const farms = [...brokenFarms.keys()]
  const brokeAtMs = [...brokenFarms.values()]
    .filter(({ kind }) => kind === 'market')
    .map(({ sinceMs }) => sinceMs)
  const dataFlow = brokeAtMs.every(
    (sinceMs) => canary.heardAtMs !== null && canary.heardAtMs > sinceMs + FLAP_MS,
  )
  if (!dataFlow && nowMs - Math.min(...brokeAtMs) >= options.farmGraceMs) {
    return {
      name: 'down',
      reason: 'farm_broken',
      detail: `data farms have stayed broken: ${farms.join(', ')}`,
    }
  }
  return { name: 'degraded', farms, dataFlow }
}

/** What was on its way when a farm broke has come by then. */
const FLAP_MS = 1_000
