import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Clock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { oneAtATime } from '../../process/one-at-a-time.ts'
import type { ExchangeOptions } from '../options.ts'
import { createCredentials, isLoopbackAddress } from './credentials.ts'
import type { OfferedScenario } from './offered-scenarios.ts'
import { createReplaysApi } from './replays-api.ts'
import { createResultStore } from './results.ts'
import { openResultsFile } from './results-file.ts'
import { RULES } from './rules.ts'
import { createRuns } from './runs.ts'
import { readTlsFiles } from './tls-files.ts'
import { createUpgrade } from './upgrade.ts'

/** A running exchange. */
export interface ExchangeServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly port: number
  /** Names that may start runs, and those of them whose password is the default one. */
  readonly names: readonly string[]
  readonly withDefaultPassword: readonly string[]
  /** SHA-256 of the certificate; null without TLS. */
  readonly fingerprint: string | null
  /** Results of earlier processes, and lines of the results file that are none. */
  readonly keptResults: number
  readonly unreadableResults: number
  /** Runs that have not ended. */
  readonly activeRuns: number
  /** Cuts every run, closes every connection and stops listening. May be called twice. */
  close(): Promise<void>
}

/** Headers must arrive within five seconds; connections are checked for this twice a second. */
const SERVER_OPTIONS = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 500,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
}
const MAX_HEADERS = 64
/** REST connections, besides two for each run. */
const MAX_REST_CONNECTIONS = 250
/** A REST client that sends and reads nothing for this long is disconnected, ms. */
const SILENT_SOCKET_MS = 10_000
/** From the closing frames to the end of the connections, ms. */
const CLOSE_GRACE_MS = 200

/**
 * Serves runs of scenarios over the exchange's own protocol: docs/exchange.md.
 * @throws Failure EXIT.configuration when it cannot listen, or for a certificate or a password that is missing.
 */
export async function openExchange({
  options,
  scenarios,
  names = [],
  clock,
  onError,
}: {
  readonly options: ExchangeOptions
  readonly scenarios: ReadonlyMap<string, OfferedScenario>
  /** The only names that may start runs; empty for everyone configured. */
  readonly names?: readonly string[]
  readonly clock: Clock
  /** Called with errors of the program. The run is cut, the exchange goes on. */
  onError(error: unknown): void
}): Promise<ExchangeServer> {
  const { host, maxResults } = options
  const rules = RULES[options.rules]
  const credentials = createCredentials(options.participants, {
    only: names,
    isLoopback: isLoopbackAddress(host),
  })
  const tls = readTlsFiles(options)
  const file = options.resultsFile === null ? null : openResultsFile(options.resultsFile, maxResults)
  const results = createResultStore(maxResults, file?.kept)
  const runs = createRuns({
    ...{ rules, options, clock, results, onError },
    onResult: (result) => {
      try {
        file?.append(result)
      } catch (error) {
        onError(error)
      }
    },
  })
  const allowedHosts = new Set([...options.allowedHosts, host.includes(':') ? `[${host}]` : host])
  const api = createReplaysApi({
    ...{ scenarios, credentials, rules, runs, results, allowedHosts, onError },
    registration: options.registration,
  })
  const answer = oneAtATime(getRequestListener(api.fetch, { overrideGlobalObjects: false }))
  const server = tls
    ? createHttpsServer({ ...SERVER_OPTIONS, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, answer)
    : createHttpServer(SERVER_OPTIONS, answer)
  const sockets = new Set<Socket>()
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.maxConnections = MAX_REST_CONNECTIONS + 2 * options.maxRuns
  server.maxHeadersCount = MAX_HEADERS
  server.setTimeout(SILENT_SOCKET_MS)
  server.on('clientError', (_, socket) => socket.destroy())
  server.on('upgrade', createUpgrade(runs, allowedHosts))
  try {
    await listen(server, host, options.port)
  } catch (error) {
    runs.close()
    throw error
  }

  const { port } = server.address() as AddressInfo
  const shownHost = host.includes(':') ? `[${host}]` : host
  let closing: Promise<void> | undefined
  return {
    url: `${tls ? 'https' : 'http'}://${shownHost}:${port}`,
    port,
    names: credentials.names,
    withDefaultPassword: credentials.withDefaultPassword,
    fingerprint: tls?.fingerprint ?? null,
    keptResults: results.size,
    unreadableResults: file?.unreadable ?? 0,
    get activeRuns() {
      return runs.active
    },
    close: () => {
      closing ??= new Promise((resolve) => {
        runs.close()
        const force = setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, CLOSE_GRACE_MS)
        server.close(() => {
          clearTimeout(force)
          resolve()
        })
        server.closeIdleConnections()
      })
      return closing
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used: ${error.message}`
      reject(
        new Failure(
          EXIT.configuration,
          `exchange.port ${port} on ${host} ${why}: set another --port or exchange.host`,
          error,
        ),
      )
    })
    server.listen(port, host, () => resolve())
  })
}
