import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { clockAnswer } from '../clock-answer.ts'
import { judge } from '../health/health.ts'
import type { HealthSnapshot } from '../health/snapshot.ts'
import { type Api, RefusedRequest } from '../refusals.ts'
import { parametersOf } from '../route-parameters.ts'
import { SECURITY_HEADERS } from '../security-headers.ts'
import type { HttpSources } from '../sources.ts'
import type { PageEvent } from './page-events.ts'

/** The open event streams of a server. */
export interface EventStreams {
  count(): number
  /** Ends every stream; later requests are refused. */
  close(): void
}

const MAX_STREAMS = 64
/** A page that has read nothing for so many events is disconnected; it asks again when it can. */
const MAX_UNSENT_BYTES = 65_536
/** How often health is checked while a page is open, real ms. */
const HEALTH_MS = 1_000
/** Well under the time after which the server gives up a silent socket, in rounds of health. */
const BEAT_ROUNDS = 4
/** How long a browser waits before it connects again, ms. */
const RETRY_MS = 2_000

const STREAM_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  'Content-Type': 'text/event-stream; charset=utf-8',
  // Proxies must pass events on as they come.
  'X-Accel-Buffering': 'no',
}

/** Adds `/api/events`, the server-sent events of the page. */
export function addEvents(app: Api, sources: HttpSources): EventStreams {
  const streams = new Set<ServerResponse>()
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let lastHealth = ''
  let rounds = 0

  const unsubscribe = sources.events.subscribe(send)

  function send(event: PageEvent): void {
    if (streams.size === 0) return
    rounds = 0
    const text = textOf(event, sources.health().now)
    for (const stream of streams) {
      stream.write(text)
      if (stream.writableLength > MAX_UNSENT_BYTES) stream.destroy()
    }
  }

  /** Runs while a page is open. */
  function round(): void {
    const health = judge('health', sources.health())
    const outcome = outcomeOf(health)
    if (outcome !== lastHealth) send({ name: 'health', data: { status: health.state } })
    else if (++rounds >= BEAT_ROUNDS) send({ name: 'beat', data: {} })
    lastHealth = outcome
  }

  function add(stream: ServerResponse): void {
    streams.add(stream)
    stream.once('close', () => {
      streams.delete(stream)
      if (streams.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
    if (timer) return
    lastHealth = outcomeOf(judge('health', sources.health()))
    timer = setInterval(round, HEALTH_MS)
    timer.unref()
  }

  app.get('/api/events', (context) => {
    parametersOf(context, {})
    if (isClosed || streams.size >= MAX_STREAMS) throw tooMany()
    const { incoming, outgoing } = context.env
    if (incoming.method === 'HEAD') return context.body(null, 200, { ...STREAM_HEADERS })
    const snapshot = sources.health()
    outgoing.writeHead(200, STREAM_HEADERS)
    outgoing.write(`retry: ${RETRY_MS}\n\n${textOf(helloOf(sources, snapshot), snapshot.now)}`)
    add(outgoing as ServerResponse)
    return RESPONSE_ALREADY_SENT
  })

  return {
    count: () => streams.size,
    close: () => {
      isClosed = true
      unsubscribe()
      for (const stream of streams) stream.end()
    },
  }
}

function helloOf(sources: HttpSources, snapshot: HealthSnapshot): PageEvent {
  const slots = sources.symbols.map((symbol) => {
    const newest = snapshot.ledger.get(symbol)?.findLast(({ outcome }) => outcome !== 'missing')
    return [symbol, newest ? new Date(newest.slot).toISOString() : null]
  })
  return {
    name: 'hello',
    data: {
      version: sources.version,
      source: sources.source,
      clock: clockAnswer(snapshot),
      symbols: sources.symbols,
      slots: Object.fromEntries(slots),
      health: judge('health', snapshot).state,
      lake: sources.lakeVersion(),
    },
  }
}

/** The event as a line of JSON; `now` is the clock of all answers. */
function textOf({ name, data }: PageEvent, now: number): string {
  return `event: ${name}\ndata: ${JSON.stringify({ now: new Date(now).toISOString(), ...data })}\n\n`
}

/** What a page shows of health, but for counts of seconds. */
function outcomeOf({ state, checks }: ReturnType<typeof judge>): string {
  const outcomes = checks.map(({ name, status, reason }) => `${name} ${status} ${reason.replace(/\d+/g, '')}`)
  return [state, ...outcomes].join('\n')
}

function tooMany(): RefusedRequest {
  const message = `at most ${MAX_STREAMS} event streams are open at a time: close a page`
  return new RefusedRequest({ status: 503, code: 'too_many_streams', message })
}
