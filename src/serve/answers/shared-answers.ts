import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { acceptsGzip, compressed } from '../compression.ts'
import type { EventFeed } from '../events/event-feed.ts'

/** An answer as it goes out, compressed where the client takes that. */
interface SharedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: ArrayBuffer
}

/** How long an answer is given out again, real ms: what it says of the present is no older. */
const KEPT_MS = 250
/** Two pages ask for the same only if both are open. */
const LEAST_PAGES = 2

/**
 * Answers requests that open pages make at the same time with one computation and one compression. Every event of the daemon
 * ends that: what a page asks for after an event was computed after it.
 * @param pages the number of open pages
 */
export function sharedAnswers({
  events,
  pages,
}: {
  readonly events: Pick<EventFeed, 'subscribe'>
  readonly pages: () => number
}): MiddlewareHandler<{ Bindings: HttpBindings }> {
  let answers = new Map<string, Promise<SharedAnswer | null>>()
  events.subscribe(({ name }) => {
    // These say nothing about stored data or about health.
    if (name !== 'beat' && name !== 'cycle') answers = new Map()
  })
  return async (context, next) => {
    const { incoming } = context.env
    const { method, url = '', headers } = incoming
    if (method !== 'GET' || pages() < LEAST_PAGES || url.startsWith('/api/events')) return next()
    const encoding = headers['accept-encoding']?.toString()
    const key = `${acceptsGzip(encoding)} ${headers['if-none-match'] ?? ''} ${url}`
    const shared = await answers.get(key)
    if (shared) {
      const { status, body } = shared
      context.res = new Response(body.byteLength === 0 ? null : body, { status, headers: shared.headers })
      return
    }
    const own = answers
    let settle: (answer: SharedAnswer | null) => void = () => {}
    own.set(key, new Promise((resolve) => (settle = resolve)))
    try {
      await next()
      context.res = await compressed(context.res, encoding)
      const { status, headers: sent } = context.res
      if (status !== 200) return
      const body = await context.res.arrayBuffer()
      context.res = new Response(body, { status, headers: sent })
      settle({ status, headers: new Headers(sent), body })
    } finally {
      // Whoever waits for an answer that is not given out again computes its own.
      settle(null)
      setTimeout(() => own.delete(key), KEPT_MS).unref()
    }
  }
}
