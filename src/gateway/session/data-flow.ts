import type { Tick } from '../../market/quote.ts'
import { type FarmKind, type Notice, sessionEffectOf } from './notices.ts'

/**
 * Whether market data can come, as the gateway's notices say, and as the data themselves say: data overrule notices.
 * A block never means that nothing may be requested: only a request shows that it is over.
 */
export interface DataFlow {
  /** Why no market data can come at the moment; null while nothing is known against it. */
  blocked(): DataFlowBlock | null
  /** The data farms that are said to be broken, those that do not concern this program included. */
  brokenFarms(): readonly BrokenFarm[]
  /** When an option last sent a value, monotonic ms; null if none has. */
  lastOptionDataMs(): number | null
  /** Calls the listener, which must not throw, when a block begins, changes or ends; returns its removal. */
  onChange(listener: () => void): () => void
}

export interface DataFlowBlock {
  readonly reason: 'server_lost' | 'farm_broken' | 'competing_session'
  /** Monotonic ms. */
  readonly sinceMs: number
  /** The gateway's own words. */
  readonly message: string
}

export interface BrokenFarm {
  readonly kind: FarmKind
  /** IB's name, such as `usopt`. */
  readonly name: string
  /** Monotonic ms. */
  readonly sinceMs: number
  /** When the last notice about it arrived, monotonic ms. */
  readonly lastMs: number
  /** The gateway's own words. */
  readonly message: string
  /** Data arrived although it is said to be broken. */
  readonly isOverruled: boolean
}

/** The name of the simulator's farm; it serves everything. */
export const SIMULATED_FARM = 'optionlake-simulator'

/** What the notices and ticks of one session have said so far. All times are monotonic ms. */
interface DataFlowState {
  readonly serverLost: Fault | null
  readonly competing: Fault | null
  /** By kind and name. */
  readonly farms: ReadonlyMap<string, BrokenFarm>
}

interface Fault {
  readonly sinceMs: number
  /** When the last notice about it arrived. */
  readonly lastMs: number
  readonly message: string
}

const FLOWING: DataFlowState = { serverLost: null, competing: null, farms: new Map() }

/** Data in transit when a notice was sent have arrived after this long. */
export const IN_TRANSIT_MS = 1_000
/** Every request gets a notice while another session holds the data. After this long without one it may be over. */
const COMPETING_FORGOTTEN_MS = 60_000
/** IB has about twenty farms; a gateway that invents names must not exhaust memory. */
const MAX_FARMS = 100

/** The state after a notice. */
function afterNotice(state: DataFlowState, notice: Notice, nowMs: number): DataFlowState {
  const { farm, message } = notice
  if (farm) return { ...state, farms: farmsAfter(state.farms, { ...notice, farm }, nowMs) }
  switch (sessionEffectOf(notice)) {
    case 'server_lost':
      return { ...state, serverLost: faultAfter(state.serverLost, message, nowMs) }
    case 'server_restored':
    case 'server_restored_streams_lost': {
      const allFarmsWork = /all data farms are connected/i.test(message)
      return { ...state, serverLost: null, farms: allFarmsWork ? new Map() : state.farms }
    }
    case 'competing_session':
      return { ...state, competing: faultAfter(state.competing, message, nowMs) }
    case null:
      return state
  }
}

/**
 * The state after a value of an option or an underlying has arrived. Options come from a farm of their own, so data of
 * an underlying do not show that it works.
 */
function afterData(state: DataFlowState, from: 'option' | 'underlying', nowMs: number): DataFlowState {
  const isOverruled = ({ lastMs }: { lastMs: number }) => nowMs > lastMs + IN_TRANSIT_MS
  const overruledFarms = [...state.farms].filter(
    ([, farm]) =>
      !farm.isOverruled &&
      isOverruled(farm) &&
      isOurs(farm) &&
      (from === 'option' || servedBy(farm.name) !== 'us_options'),
  )
  const serverLost = state.serverLost && isOverruled(state.serverLost) ? null : state.serverLost
  const competing = state.competing && isOverruled(state.competing) ? null : state.competing
  if (overruledFarms.length === 0 && serverLost === state.serverLost && competing === state.competing) {
    return state
  }
  const farms = new Map(state.farms)
  for (const [key, farm] of overruledFarms) farms.set(key, { ...farm, isOverruled: true })
  return { serverLost, competing, farms }
}

/** The state when this much time has passed without a notice. */
function afterSilence(state: DataFlowState, nowMs: number): DataFlowState {
  const { competing } = state
  const isForgotten = competing !== null && nowMs - competing.lastMs >= COMPETING_FORGOTTEN_MS
  return isForgotten ? { ...state, competing: null } : state
}

/** The most severe block: no connection to IB, no data for this login, a broken farm of US stocks or options. */
function blockOf({ serverLost, competing, farms }: DataFlowState): DataFlowBlock | null {
  if (serverLost) return { reason: 'server_lost', ...wordsOf(serverLost) }
  if (competing) return { reason: 'competing_session', ...wordsOf(competing) }
  const [farm] = [...farms.values()]
    .filter((one) => isOurs(one) && !one.isOverruled)
    .sort((a, b) => a.sinceMs - b.sinceMs)
  return farm ? { reason: 'farm_broken', ...wordsOf(farm) } : null
}

/** A farm of US stocks or options. One with an unknown name is not: when in doubt, data are requested. */
export function isOurs({ kind, name }: Pick<BrokenFarm, 'kind' | 'name'>): boolean {
  return kind === 'market' && servedBy(name) !== 'other'
}

/** Farms of Europe, Asia, currencies, funds, bonds and futures. */
const FOREIGN_FARM = /^(eu|hk|apac|cash|fund|jp)(farm|hmds)|^[hj]farm|^us(future|bond)|^secdef(eu|hk)/i

/** Whether a farm, of any kind, is known to serve something else than US stocks and options. */
export function isForeign({ name }: Pick<BrokenFarm, 'name'>): boolean {
  return FOREIGN_FARM.test(name)
}

/** `usopt` and `usfarm`, each also with a location (`usfarm.nj`). */
function servedBy(name: string): 'us_options' | 'us_stocks' | 'everything' | 'other' {
  if (name === SIMULATED_FARM) return 'everything'
  if (/^usopt(\.|$)/i.test(name)) return 'us_options'
  return /^usfarm(\.|$)/i.test(name) ? 'us_stocks' : 'other'
}

function wordsOf({ sinceMs, message }: Pick<Fault, 'sinceMs' | 'message'>) {
  return { sinceMs, message }
}

function faultAfter(before: Fault | null, message: string, nowMs: number): Fault {
  return { sinceMs: before?.sinceMs ?? nowMs, lastMs: nowMs, message }
}

function farmsAfter(
  before: DataFlowState['farms'],
  notice: Notice & { readonly farm: NonNullable<Notice['farm']> },
  nowMs: number,
): DataFlowState['farms'] {
  const { kind, name, isOk } = notice.farm
  const farms = new Map(before)
  const keyOf = (of: FarmKind) => `${of} ${name}`
  const known = farms.get(keyOf(kind))
  if (isOk) {
    farms.delete(keyOf(kind))
    // Notices that a farm is inactive or connecting are not always of the farm's own kind.
    if (notice.kind === 'information')
      for (const of of ['market', 'history'] as const) farms.delete(keyOf(of))
  } else if (known || farms.size < MAX_FARMS) {
    const sinceMs = known && !known.isOverruled ? known.sinceMs : nowMs
    farms.set(keyOf(kind), {
      kind,
      name,
      sinceMs,
      lastMs: nowMs,
      message: notice.message,
      isOverruled: false,
    })
  }
  return farms
}

/** A session's data flow, and how its notices and ticks reach it. */
export interface DataFlowMonitor {
  readonly dataFlow: DataFlow
  onNotice(notice: Notice): void
  /** Every tick of an open stream. */
  onTick(tick: Tick, from: 'option' | 'underlying'): void
}

export function createDataFlowMonitor({ monotonicMs }: { monotonicMs(): number }): DataFlowMonitor {
  const listeners = new Set<() => void>()
  let state = FLOWING
  let block: DataFlowBlock | null = null
  let lastOptionDataMs: number | null = null

  function become(next: DataFlowState): void {
    if (next === state) return
    state = next
    const before = block
    block = blockOf(state)
    if (before?.reason === block?.reason && before?.sinceMs === block?.sinceMs) return
    for (const listener of [...listeners]) listener()
  }

  return {
    dataFlow: {
      blocked: () => {
        become(afterSilence(state, monotonicMs()))
        return block
      },
      brokenFarms: () => [...state.farms.values()],
      lastOptionDataMs: () => lastOptionDataMs,
      onChange: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    onNotice: (notice) => become(afterNotice(state, notice, monotonicMs())),
    onTick: (tick, from) => {
      if (!hasValue(tick)) return
      const nowMs = monotonicMs()
      if (from === 'option') lastOptionDataMs = nowMs
      // Most ticks arrive while nothing is wrong.
      if (block !== null || state.farms.size > 0) become(afterData(state, from, nowMs))
    },
  }
}

/** Whether a tick holds data, and not only the kind of data or that there are none. */
export function hasValue(tick: Tick): boolean {
  if (tick.field === 'dataType') return false
  if (tick.field === 'modelGreeks') return Object.values(tick.greeks).some((value) => value !== null)
  return tick.value !== null
}
