import type { Clock } from '../market/clock.ts'
import { createDraws, type Draws } from './latency.ts'
import type { Market } from './market.ts'
import type { SimulatorOptions } from './options.ts'
import { createLinePool, createRateWindow, type LinePool, type RateWindow, type Refusal } from './rules.ts'
import { createTimeline, type Timeline } from './timeline.ts'

/** What all connections of one simulated gateway share. */
export interface World {
  readonly market: Market
  readonly options: SimulatorOptions
  readonly clock: Clock
  readonly draws: Draws
  readonly timeline: Timeline
  readonly rate: RateWindow
  readonly lines: LinePool
  /** Ids of the clients that are connected and started. */
  readonly clientIds: Set<number>
  readonly tally: Tally
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
}

export function createWorld(
  market: Market,
  options: SimulatorOptions,
  env: { clock: Clock; seed: number },
): World {
  return {
    market,
    options,
    clock: env.clock,
    draws: createDraws(options, env.seed),
    timeline: createTimeline(env.clock),
    rate: createRateWindow(),
    lines: createLinePool(options.lines),
    clientIds: new Set(),
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
