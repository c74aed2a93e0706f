import { marketOpenForMs } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { type BrokenFarm, type DataFlow, type DataFlowBlock, isForeign } from '../session/data-flow.ts'
import type { CanaryReport } from './canary.ts'
import type { SupervisorOptions } from './options.ts'
import type { NextState } from './state.ts'

/** What the open session says about its market data at one moment. */
export interface FlowReport {
  readonly blocked: DataFlowBlock | null
  readonly brokenFarms: readonly BrokenFarm[]
}

export const FLOWS: FlowReport = { blocked: null, brokenFarms: [] }

export function reportFlow(dataFlow: DataFlow): FlowReport {
  // In this order: reading the block may end it.
  const blocked = dataFlow.blocked()
  return { blocked, brokenFarms: dataFlow.brokenFarms() }
}

/**
 * The state of an open session, checking the most severe fault first: no connection to IB, no data for this login, no
 * data, a broken farm. While a farm of US stocks or options is broken, the canary is not silent on its own account.
 */
export function stateOf(
  { blocked, brokenFarms }: FlowReport,
  { canaries, at, nowMs }: { canaries: CanaryReport; at: EpochMs; nowMs: number },
  options: Pick<SupervisorOptions, 'farmGraceMs'>,
): NextState {
  if (blocked?.reason === 'server_lost') {
    return { name: 'down', reason: 'server_lost', detail: blocked.message }
  }
  if (blocked?.reason === 'competing_session') {
    return { name: 'waiting', for: 'competing_session', detail: blocked.message }
  }
  if (canaries.verdict === 'silent') {
    return { name: 'down', reason: 'option_data_silent', detail: describeSilence(canaries) }
  }
  const farms = brokenFarms
    .filter((farm) => !farm.isOverruled && !isForeign(farm))
    .map(({ kind, name }) => `${kind} ${name}`)
  if (farms.length === 0) return { name: 'ready' }
  // Data are expected in the trading session only: without any, nothing overrules the notice.
  const openForMs = marketOpenForMs(at) ?? 0
  if (blocked && Math.min(nowMs - blocked.sinceMs, openForMs) >= options.farmGraceMs) {
    const detail = `data farms have stayed broken: ${farms.join(', ')} (${blocked.message})`
    return { name: 'down', reason: 'farm_broken', detail }
  }
  return { name: 'degraded', farms, dataFlow: blocked === null }
}

export function describeSilence({ silent }: CanaryReport): string {
  return `no market data during the trading session: nothing from ${silent.join(', ')}`
}
