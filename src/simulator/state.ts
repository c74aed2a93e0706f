import type { Clock } from '../market/clock.ts'
import type { ActiveFaults, Fault, FaultKind } from './faults/faults.ts'
import { createDraws, type Draws } from './latency.ts'
import { createLinePool, createRateWindow, type LinePool, type RateWindow, type Refusal } from './limits.ts'
import type { Market } from './market/market.ts'
import type { SimulatorOptions } from './options.ts'
import { createTimeline, type Timeline } from './timeline.ts'

/** The name by which a client can tell this gateway from Interactive Brokers'. */
export const SIMULATED_FARM = 'optionlake-simulator'

/** What all connections of one simulated gateway share. */
export interface World {
  readonly market: Market
  readonly options: SimulatorOptions
  readonly clock: Clock
  readonly seed: number
  readonly draws: Draws
  readonly timeline: Timeline
  readonly rate: RateWindow
  readonly lines: LinePool
  /** Ids of the clients that are connected and started. */
  readonly clientIds: Set<number>
  /** Connections that are open, started or not. */
  readonly served: Set<Served>
  /** The first valid order id, as the next client is told. */
  nextOrderId: number
  /** The faults that are on: who serves something asks `faults`, the disruption changes `active`. */
  readonly active: Map<FaultKind, Fault>
  readonly faults: ActiveFaults
  readonly tally: Tally
}

/** One connection, as a fault sees it. */
export interface Served {
  /** Null before startApi was answered. */
  client(): Client | null
  /** Ends the connection at once, without a word. */
  drop(): void
  /** Nothing is read or sent any more, and the connection is not closed: as when the network has lost it. */
  vanish(): void
  /** Neither reads nor sends, until resumed. */
  hold(): void
  resume(): void
}

/** Counts since the start. */
export interface Tally {
  connections: number
  /** Connections closed by the server: bad bytes, too many breaches, a client that does not read. */
  malformed: number
  droppedForRate: number
  droppedForBacklog: number
  /** Messages from clients by name of the request; those that the simulator does not know are `unknown`. */
  readonly received: Record<string, number>
  /** Errors sent, by code. */
  readonly errors: Record<number, number>
}

/** One client, as the requests see it. */
export interface Client {
  readonly clientId: number
  readonly serverVersion: number
  /** Requests that are still open, by request id: streams, snapshots, answers on their way. */
  readonly open: Map<number, OpenRequest>
  /** Queues frames; all of one turn of the event loop leave in one write. */
  send(frames: string): void
  /** `requestId` −1: about no request in particular. */
  refuse(requestId: number, refusal: Refusal): void
}

export interface OpenRequest {
  readonly kind: 'stream' | 'snapshot' | 'answer'
  /** Calls off what is still to come, and frees the line. */
  close(): void
  /** Stays open, keeps its line, and says nothing more. */
  mute(): void
}

export function createWorld(
  market: Market,
  options: SimulatorOptions,
  env: { clock: Clock; seed: number },
): World {
  const active = new Map<FaultKind, Fault>()
  return {
    market,
    options,
    clock: env.clock,
    seed: env.seed,
    draws: createDraws(options, env.seed),
    timeline: createTimeline(env.clock),
    rate: createRateWindow(),
    lines: createLinePool(options.lines),
    clientIds: new Set(),
    served: new Set(),
    nextOrderId: options.firstOrderId,
    active,
    faults: {
      // Each kind is stored under its own name.
      get: (kind) => active.get(kind) as never,
      has: (kind) => active.has(kind),
    },
    tally: {
      connections: 0,
      malformed: 0,
      droppedForRate: 0,
      droppedForBacklog: 0,
      received: {},
      errors: {},
    },
  }
}
