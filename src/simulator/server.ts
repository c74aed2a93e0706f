import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../market/clock.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { serveConnection } from './connection.ts'
import { type FaultInput, fault } from './faults/faults.ts'
import { createFaultInjector } from './faults/inject.ts'
import type { Market } from './market/market.ts'
import type { SimulatorOptions } from './options.ts'
import type { OrderRequest } from './orders/draft.ts'
import type { Order } from './orders/order.ts'
import { announceOrders } from './requests/order-events.ts'
import { createState, type OpenVenue, type SimulatorState } from './state.ts'

const HOST = '127.0.0.1'

/** A running simulated gateway. */
export interface Simulator {
  readonly host: string
  readonly port: number
  stats(): SimulatorStats
  /** Places an order by hand, as a person does in the window of TWS. */
  placeByHand(request: OrderRequest): Order
  /** Begins a fault. It ends after its `seconds` or when the returned function is called. @throws ZodError */
  inject(fault: FaultInput): () => void
  /** Ends every connection and stops listening. May be called twice. */
  close(): Promise<void>
}

/** Counts since the start, over all clients. */
export interface SimulatorStats {
  readonly connections: number
  readonly clients: number
  /** To all clients, those included that wait to be written. */
  readonly bytesSent: number
  /** Messages from clients by request name; `unknown` for requests that are not simulated. */
  readonly received: Readonly<Record<string, number>>
  /** Errors sent, by code; `error100` and `error101` repeat two of them. */
  readonly errors: Readonly<Record<number, number>>
  readonly error100: number
  readonly error101: number
  readonly lines: number
  readonly peakLines: number
  /** The most messages in any one second, from all clients, not counting startApi. */
  readonly peakMessagesPerSecond: number
  /** Connections that the server closed: for malformed bytes, for exceeding the rate, for not reading. */
  readonly malformed: number
  readonly droppedForRate: number
  readonly droppedForBacklog: number
}

/**
 * Serves a market on 127.0.0.1 as TWS and IB Gateway do. All times and rates are those of `clock`; random draws are a
 * function of `seed`. Orders are executed against the quotes of the market, or where `openVenue` says. Throws a `Failure`
 * when the port is in use.
 */
export async function startSimulator(
  market: Market,
  options: SimulatorOptions,
  { clock, seed, openVenue }: { clock: Clock; seed: number; openVenue?: OpenVenue },
): Promise<Simulator> {
  const state = createState(market, options, { clock, seed, ...(openVenue ? { openVenue } : {}) })
  announceOrders(state)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveConnection(socket, state)
  })
  const port = await listen(server, options.port)
  const inject = createFaultInjector(state, {
    close: () => server.close(),
    open: () => reopen(server, port, state),
  })
  for (const scheduled of options.faults) {
    state.timeline.after(scheduled.atSeconds * 1_000, () => inject(scheduled.fault))
  }

  let closing: Promise<void> | undefined
  return {
    host: HOST,
    port,
    stats: () => statsOf(state),
    placeByHand: (request) => state.broker.placeByHand(request),
    inject: (input) => inject(fault.parse(input)),
    close: () => {
      closing ??= new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
        state.timeline.close()
      })
      return closing
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const advice = error.code === 'EADDRINUSE' ? 'choose another port, or 0 for a free one' : error.message
      reject(new Failure(EXIT.tryLater, `simulator cannot listen on ${HOST}:${port}: ${advice}`, error))
    }
    server.once('error', onError)
    server.listen(port, HOST, () => {
      server.off('error', onError)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/** Listens on the same port again; retries while another process has it. */
function reopen(server: Server, port: number, state: SimulatorState): void {
  if (server.listening) return
  listen(server, port).catch(() => state.timeline.after(100, () => reopen(server, port, state)))
}

function statsOf(state: SimulatorState): SimulatorStats {
  const { counters, rate, lines } = state
  return {
    ...counters,
    received: { ...counters.received },
    errors: { ...counters.errors },
    clients: state.clientIds.size,
    error100: counters.errors[100] ?? 0,
    error101: counters.errors[101] ?? 0,
    lines: lines.inUse,
    peakLines: lines.peak,
    peakMessagesPerSecond: rate.peak,
  }
}
