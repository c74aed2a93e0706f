import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../market/clock.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { serveConnection } from './connection.ts'
import { type FaultInput, fault } from './faults/faults.ts'
import { createDisruption } from './faults/inject.ts'
import type { Market } from './market/market.ts'
import type { SimulatorOptions } from './options.ts'
import { createWorld, type World } from './state.ts'

const HOST = '127.0.0.1'

/** A running gateway. */
export interface Simulator {
  readonly host: string
  readonly port: number
  stats(): SimulatorStats
  /**
   * Makes something go wrong, now. It is over after its `seconds`, or when the returned function is called. Throws a
   * ZodError where the fault is none.
   */
  inject(fault: FaultInput): () => void
  /** Ends every connection and stops listening. Twice is once. */
  close(): Promise<void>
}

/** Counts since the start, over all clients. */
export interface SimulatorStats {
  readonly connections: number
  readonly clients: number
  /** Messages from clients by name of the request, `unknown` for those that are not simulated. */
  readonly received: Readonly<Record<string, number>>
  /** Errors sent, by code; `error100` and `error101` are two of them. */
  readonly errors: Readonly<Record<number, number>>
  readonly error100: number
  readonly error101: number
  readonly lines: number
  readonly peakLines: number
  /** The most messages that any one second has brought, from all clients, startApi apart. */
  readonly peakMessagesPerSecond: number
  /** Connections ended by the server: bytes that are no frames, the rate broken too often, a client that did not read. */
  readonly malformed: number
  readonly droppedForRate: number
  readonly droppedForBacklog: number
}

/**
 * Serves a market as a TWS gateway does, on 127.0.0.1. Waits, rates and times are the clock's; what is left to
 * chance is a function of the seed. Throws a `Failure` where the port is taken.
 */
export async function startSimulator(
  market: Market,
  options: SimulatorOptions,
  env: { clock: Clock; seed: number },
): Promise<Simulator> {
  const world = createWorld(market, options, env)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveConnection(socket, world)
  })
  const port = await listen(server, options.port)
  const disrupt = createDisruption(world, {
    shut: () => server.close(),
    open: () => reopen(server, port, world),
  })
  for (const scheduled of options.faults) {
    world.timeline.after(scheduled.atSeconds * 1_000, () => disrupt(scheduled.fault))
  }

  let closing: Promise<void> | undefined
  return {
    host: HOST,
    port,
    stats: () => statsOf(world),
    inject: (input) => disrupt(fault.parse(input)),
    close: () => {
      closing ??= new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
        world.timeline.close()
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

/** Listens again on the port it had; where another has taken it meanwhile, tries until it is free. */
function reopen(server: Server, port: number, world: World): void {
  if (server.listening) return
  listen(server, port).catch(() => world.timeline.after(100, () => reopen(server, port, world)))
}

function statsOf(world: World): SimulatorStats {
  const { tally, rate, lines } = world
  return {
    ...tally,
    received: { ...tally.received },
    errors: { ...tally.errors },
    clients: world.clientIds.size,
    error100: tally.errors[100] ?? 0,
    error101: tally.errors[101] ?? 0,
    lines: lines.inUse,
    peakLines: lines.peak,
    peakMessagesPerSecond: rate.peak,
  }
}
