import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { isKnown } from '../assets/page-assets.ts'
import type { HttpSources } from '../sources.ts'
import { createSlotAnswers, slotTag } from './slot-answers.ts'

/**
 * Keeps the answers of requests with `at`, whatever their route: a played day is read once, and 20 pages that look at one
 * slot cost as much as one. A client that has this server's answer of the same versions gets 304.
 */
export function storedAnswers(sources: HttpSources): MiddlewareHandler {
  const answers = createSlotAnswers()
  const server = randomUUID()
  return async (context, next) => {
    const { incoming } = context.env
    const path: string = incoming.url ?? ''
    if (context.req.query('at') === undefined) return next()
    // Without the versions nothing is known of the tables; the route itself says why.
    const tag = await sources.tablesTag().catch(() => null)
    if (tag === null) return next()
    const headers = { ETag: slotTag(path, { server, tag }), 'Cache-Control': 'private, no-cache' }
    if (isKnown(context.req.header('If-None-Match'), headers.ETag)) return context.body(null, 304, headers)
    const { now } = sources.health()
    const kept = answers.find(path, tag, now)
    if (kept !== null) return context.body(kept, 200, { ...headers, 'Content-Type': 'application/json' })
    await next()
    if (context.res.status !== 200) return
    const body = await context.res.text()
    const isSame = (await sources.tablesTag().catch(() => null)) === tag
    if (isSame) answers.keep(path, { tag, computedAt: now, body })
    context.res = new Response(body, {
      headers: { ...(isSame && headers), 'Content-Type': 'application/json' },
    })
  }
}
