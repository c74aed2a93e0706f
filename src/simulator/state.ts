import type { Clock } from '../market/clock.ts'
import { type EpochMs, epochMs } from '../market/units.ts'
import type { DataType } from './data-types.ts'
import type { ApiError } from './errors.ts'
import type { ActiveFaults, Fault, FaultKind } from './faults/faults.ts'
import { createLatencies, type Latencies } from './latency.ts'
import { createLinePool, createRateWindow, type LinePool, type RateWindow } from './limits.ts'
import { listedSoFar } from './market/late-listing.ts'
import type { Market } from './market/market.ts'
import type { SimulatorOptions } from './options.ts'
import { createTimeline, type Timeline } from './timeline.ts'

/** What all connections of one simulated gateway share. */
export interface SimulatorState {
  readonly market: Market
  readonly options: SimulatorOptions
  readonly clock: Clock
  /** The time that clients are told. */
  gatewayTime(): EpochMs
  readonly seed: number
  readonly latencies: Latencies
  readonly timeline: Timeline
  readonly rate: RateWindow
  readonly lines: LinePool
  /** Ids of the started clients. */
  readonly clientIds: Set<number>
  /** Open connections, started or not. */
  readonly connections: Set<Connection>
  /** The first valid order id, as sent to the next client. */
  nextOrderId: number
  /** The active faults. Only the injector changes this map; everything else reads `faults`. */
  readonly injected: Map<FaultKind, Fault>
  readonly faults: ActiveFaults
  readonly counters: Counters
}

/** One connection, and what a fault can do to it. */
export interface Connection {
  /** Null until startApi is answered. */
  client(): Client | null
  /** Closes the connection at once; nothing more is sent. */
  drop(): void
  /** Stops reading and sending for good without closing the socket, as when the network has failed. */
  goHalfOpen(): void
  /** Stops reading and sending until `resume`. */
  pause(): void
  resume(): void
}

/** Counts since the start. */
export interface Counters {
  connections: number
  /** Connections that the server closed: for malformed bytes, for exceeding the rate, for not reading. */
  malformed: number
  droppedForRate: number
  droppedForBacklog: number
  /** Messages from clients by request name; `unknown` for requests that are not simulated. */
  readonly received: Record<string, number>
  /** Errors sent, by code. */
  readonly errors: Record<number, number>
}

/** A started client: what request handlers need of its connection. */
export interface Client {
  readonly clientId: number
  readonly serverVersion: number
  /** The kind of data that it requested last. */
  requestedDataType: DataType
  /** Open requests by request id: streams, snapshots and pending answers. */
  readonly open: Map<number, OpenRequest>
  /** Queues frames. Everything queued in one turn of the event loop is written at once. */
  send(frames: string): void
  /** `requestId` −1: the error concerns no particular request. */
  sendError(requestId: number, error: ApiError): void
}

export interface OpenRequest {
  readonly kind: 'stream' | 'snapshot' | 'answer'
  /** Cancels what is still to be sent and frees the line. */
  close(): void
  /** Sends nothing more, but stays open and keeps its line. */
  mute(): void
}

export function createState(
  market: Market,
  options: SimulatorOptions,
  { clock, seed }: { clock: Clock; seed: number },
): SimulatorState {
  const injected = new Map<FaultKind, Fault>()
  const faults: ActiveFaults = {
    // Each kind is stored under its own name.
    get: (kind) => injected.get(kind) as never,
    has: (kind) => injected.has(kind),
  }
  return {
    market: listedSoFar(market, faults, { clock, seed }),
    options,
    clock,
    gatewayTime: () => epochMs(Math.round(clock.now() + options.clockOffsetSeconds * 1_000)),
    seed,
    latencies: createLatencies(options, seed),
    timeline: createTimeline(clock),
    rate: createRateWindow(),
    lines: createLinePool(options.lines, () => faults.get('lines_taken')?.count ?? 0),
    clientIds: new Set(),
    connections: new Set(),
    nextOrderId: options.firstOrderId,
    injected,
    faults,
    counters: {
      connections: 0,
      malformed: 0,
      droppedForRate: 0,
      droppedForBacklog: 0,
      received: {},
      errors: {},
    },
  }
}
