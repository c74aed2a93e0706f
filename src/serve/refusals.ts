import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { Refusal } from './request-guard.ts'

/** The routes of the server, each with the request as Node read it. */
export type Api = Hono<{ Bindings: HttpBindings }>

/** Answers with the refusal as JSON. */
export function refuse(context: Context, { status, code, message }: Refusal): Response {
  if (status === 405) context.header('Allow', 'GET, HEAD')
  if (status === 413) context.header('Connection', 'close')
  return context.json({ error: { code, message } }, status)
}

/** Thrown by a route for a request that it cannot answer; the server answers with the refusal. */
export class RefusedRequest extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.name = 'RefusedRequest'
    this.refusal = refusal
  }
}
