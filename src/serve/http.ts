import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { EXIT, Failure } from '../process/failure.ts'
import { oneAtATime } from '../process/one-at-a-time.ts'
import { createRouteErrors, type RouteErrors, refusalOfError } from './answers/read-again.ts'
import { sharedAnswers } from './answers/shared-answers.ts'
import { storedAnswers } from './answers/stored-answers.ts'
import { addApi } from './api.ts'
import { addPage } from './assets/page-assets.ts'
import { addSite } from './assets/site-assets.ts'
import { compressed } from './compression.ts'
import { addEvents, type EventStreams } from './events/event-streams.ts'
import type { HttpOptions } from './options.ts'
import { type Api, RefusedRequest, refuse } from './refusals.ts'
import { FOREIGN_HOST, refusalOf } from './request-guard.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import type { HttpSources } from './sources.ts'

export interface HttpServer {
  /** `http://127.0.0.1:8787` */
  readonly url: string
  readonly port: number
  /** Accepts no more requests; answers in progress have a second to finish. */
  close(): Promise<void>
}

/** Headers must arrive within two seconds; connections are checked for this twice a second. */
const SERVER_OPTIONS = {
  headersTimeout: 2_000,
  requestTimeout: 2_000,
  connectionsCheckingInterval: 500,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
}
const MAX_HEADERS = 64
const MAX_CONNECTIONS = 250
/** A client that reads nothing for this long is disconnected, ms. */
const SILENT_SOCKET_MS = 10_000
const CLOSE_GRACE_MS = 1_000

/**
 * Listens and answers.
 * @throws Failure EXIT.configuration if it cannot listen.
 */
export async function openHttpServer({
  options,
  sources,
  onError,
}: {
  readonly options: HttpOptions
  readonly sources: HttpSources
  /** Called when a source throws. The client gets no details. */
  onError(error: unknown): void
}): Promise<HttpServer> {
  const { host, port, allowedHosts } = options
  const errors = createRouteErrors(onError)
  const { app, streams } = createApp(sources, { allowedHosts, errors })
  const fetch = errors.readingAgain((request, env) => app.fetch(request, env))
  const listener = getRequestListener((request, env) => fetch(request, env as HttpBindings), {
    overrideGlobalObjects: false,
    errorHandler: (error) => {
      // The adapter's own, about a Host or a target that make no address.
      if (error instanceof Error && error.name === 'RequestError') return unreadable(error.message)
      onError(error)
      return Response.json({ error: { code: 'internal', message: 'internal error' } }, { status: 500 })
    },
  })
  const answer = oneAtATime(listener)
  const server = createServer(SERVER_OPTIONS, answer)
  // Node refuses what a client expects without a body; no such expectation matters to an answer.
  server.on('checkExpectation', answer)
  server.maxConnections = MAX_CONNECTIONS
  server.maxHeadersCount = MAX_HEADERS
  server.setTimeout(SILENT_SOCKET_MS)
  server.on('clientError', answerBadRequest)
  await listen(server, host, port)
  const bound = (server.address() as AddressInfo).port
  const close = () => {
    streams.close()
    return closeGently(server)
  }
  const shownHost = host.includes(':') ? `[${host}]` : host
  return { url: `http://${shownHost}:${bound}`, port: bound, close }
}

function createApp(
  sources: HttpSources,
  { allowedHosts, errors }: { allowedHosts: readonly string[]; errors: RouteErrors },
): { app: Api; streams: EventStreams } {
  const app: Api = new Hono()
  app.use(async (context, next) => {
    const { method = '', url: target = '', headers } = context.env.incoming
    const refusal = refusalOf({ method, target, headers }, allowedHosts)
    if (refusal) context.res = refuse(context, refusal)
    else await next()
    context.res = await compressed(context.res, headers['accept-encoding']?.toString())
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!context.res.headers.has(name)) context.res.headers.set(name, value)
    }
  })
  let streams: EventStreams | null = null
  app.use('/api/*', sharedAnswers({ events: sources.events, pages: () => streams?.count() ?? 0 }))
  app.use('/api/*', storedAnswers(sources))
  addApi(app, sources)
  streams = addEvents(app, sources)
  addPage(app)
  addSite(app)
  app.notFound((context) => refuse(context, { status: 404, code: 'not_found', message: 'no such path' }))
  app.onError((error, context) => {
    if (error instanceof RefusedRequest) return refuse(context, error.refusal)
    errors.note(context.env.incoming, error)
    return refuse(context, refusalOfError(error))
  })
  return { app, streams }
}

const UNREADABLE = 'the request could not be read'

function unreadable(why: string): Response {
  const [status, error] = /\bhost\b/i.test(why)
    ? [403, FOREIGN_HOST]
    : [400, { code: 'bad_request', message: UNREADABLE }]
  return Response.json({ error }, { status, headers: SECURITY_HEADERS })
}

/** Answers a request that is not HTTP, is too slow or has too many headers, and closes the connection. */
function answerBadRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, code] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'too_slow']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'headers_too_large']
        : ['400 Bad Request', 'bad_request']
  const body = JSON.stringify({ error: { code, message: UNREADABLE } })
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used: ${error.message}`
      reject(
        new Failure(
          EXIT.configuration,
          `http.port ${port} on ${host} ${why}: set another http.port or http.host`,
          error,
        ),
      )
    })
    server.listen(port, host, () => resolve())
  })
}

function closeGently(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
    server.close(() => {
      clearTimeout(force)
      resolve()
    })
    server.closeIdleConnections()
  })
}
