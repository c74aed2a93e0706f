import { newYorkDate } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { type EpochMs, epochMs } from '../market/units.ts'
import { type Account, createAccount } from './account/account.ts'
import { settleExpirations } from './account/expiration.ts'
import type { DataType } from './data-types.ts'
import { createDisplayGroups, type DisplayGroups } from './display-groups.ts'
import type { ApiError } from './errors.ts'
import type { ActiveFaults, Fault, FaultKind } from './faults/faults.ts'
import { createHistoryPacing, type HistoryPacing } from './history-pacing.ts'
import { createLatencies, type Latencies } from './latency.ts'
import { createLinePool, createRateWindow, type LinePool, type RateWindow } from './limits.ts'
import { isOption } from './market/contracts.ts'
import { haltable } from './market/halts.ts'
import { listedSoFar } from './market/late-listing.ts'
import type { Market } from './market/market.ts'
import { withoutBids } from './market/no-bids.ts'
import type { SimulatorOptions } from './options.ts'
import { type Broker, createBroker } from './orders/broker.ts'
import { createQuoteVenue } from './orders/quote-venue.ts'
import { createTradingHours } from './orders/trading-hours.ts'
import type { Venue } from './orders/venue.ts'
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
  readonly historyPacing: HistoryPacing
  readonly displayGroups: DisplayGroups
  /** Ids of the started clients. */
  readonly clientIds: Set<number>
  /** Open connections, started or not. */
  readonly connections: Set<Connection>
  /** The account: orders, executions, positions and cash. Lives as long as the gateway, not as a connection. */
  readonly broker: Broker
  /** The same account as its owner sees it: valued, with margin and profit and loss. */
  readonly account: Account
  /** The active faults. Only the injector changes this map; everything else reads `faults`. */
  readonly injected: Map<FaultKind, Fault>
  /** When each of them began. */
  readonly began: Map<FaultKind, EpochMs>
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
  /** Bytes for clients, those included that wait to be written. */
  bytesSent: number
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
  /** Client 0 only: orders placed by hand from now on are bound to it. */
  bindsOrders: boolean
  /** Open requests by request id: streams, snapshots and pending answers. */
  readonly open: Map<number, OpenRequest>
  /** Open subscriptions without an id, one of each kind. */
  readonly subscriptions: Map<OpenKind, OpenRequest>
  /** Queues frames. Everything queued in one turn of the event loop is written at once. */
  send(frames: string): void
  /** `requestId` −1: the error concerns no particular request. */
  sendError(requestId: number, error: ApiError): void
}

/** What an open request is, so that each kind of cancel finds only its own. */
export type OpenKind =
  | 'stream'
  | 'snapshot'
  | 'answer'
  | 'history'
  | 'realtime_bars'
  | 'tick_by_tick'
  | 'depth'
  | 'scanner'
  | 'display_group'
  | 'account_summary'
  | 'account_updates'
  | 'positions'
  | 'pnl'

/** Requests that are no stream of market data: neither a competing session nor lost data end them. */
const WITHOUT_MARKET_DATA: ReadonlySet<OpenKind> = new Set<OpenKind>([
  'answer',
  'history',
  'scanner',
  'display_group',
  'account_summary',
  'account_updates',
  'positions',
  'pnl',
])

export function hasMarketData({ kind }: OpenRequest): boolean {
  return !WITHOUT_MARKET_DATA.has(kind)
}

export interface OpenRequest {
  readonly kind: OpenKind
  /** Cancels what is still to be sent and frees the line. */
  close(): void
  /** Sends nothing more, but stays open and keeps its line. */
  mute(): void
  /** Changes what the request shows, by its client; absent where a client can change nothing. */
  readonly update?: (value: string) => void
}

/** Opens the venue where the orders of a market are executed. */
export type OpenVenue = (sources: {
  readonly market: Market
  readonly options: SimulatorOptions
  readonly clock: Clock
  readonly timeline: Timeline
}) => Venue

/** Against the quotes of the market, each looked at as often as streams are updated. */
const quoteVenue: OpenVenue = ({ market, options, clock, timeline }) =>
  createQuoteVenue({
    quote: (contract) => market.quote(contract, clock.now()),
    timeline,
    monotonicMs: () => clock.monotonicMs(),
    intervalMs: (instrument) =>
      instrument.kind === 'single' && !isOption(instrument.contract)
        ? options.underlyingUpdateIntervalMs
        : options.updateIntervalMs,
  })

export function createState(
  market: Market,
  options: SimulatorOptions,
  { clock, seed, openVenue = quoteVenue }: { clock: Clock; seed: number; openVenue?: OpenVenue },
): SimulatorState {
  const injected = new Map<FaultKind, Fault>()
  const began = new Map<FaultKind, EpochMs>()
  const faults: ActiveFaults = {
    // Each kind is stored under its own name.
    get: (kind) => injected.get(kind) as never,
    has: (kind) => injected.has(kind),
    beganAt: (kind) => began.get(kind),
  }
  const timeline = createTimeline(clock)
  const listed = haltable(withoutBids(listedSoFar(market, faults, { clock, seed }), faults), faults)
  const gatewayTime = () => epochMs(Math.round(clock.now() + options.clockOffsetSeconds * 1_000))
  const tradingHours = createTradingHours(listed)
  const broker = createBroker({
    venue: openVenue({ market: listed, options, clock, timeline }),
    account: options.account,
    startingCash: options.startingCash,
    firstOrderId: options.firstOrderId,
    ordersPerSide: options.ordersPerSide,
    now: gatewayTime,
    timeline,
    byConId: (conId) => listed.byConId(conId),
    tradingWindow: (instrument, outsideRth) =>
      tradingHours.window(instrument, { at: clock.now(), outsideRth }),
  })
  settleExpirations({ broker, market: listed, now: () => clock.now(), timeline })
  return {
    market: listed,
    options,
    clock,
    gatewayTime,
    seed,
    latencies: createLatencies(options, seed),
    timeline,
    rate: createRateWindow(),
    lines: createLinePool(options.lines, () => faults.get('lines_taken')?.count ?? 0),
    historyPacing: createHistoryPacing(),
    displayGroups: createDisplayGroups(),
    clientIds: new Set(),
    connections: new Set(),
    broker,
    account: createAccount({
      broker,
      market: listed,
      now: () => clock.now(),
      dateOf: newYorkDate,
      gatewayTime,
    }),
    injected,
    began,
    faults,
    counters: {
      connections: 0,
      bytesSent: 0,
      malformed: 0,
      droppedForRate: 0,
      droppedForBacklog: 0,
      received: {},
      errors: {},
    },
  }
}
