import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { Refusal } from './request-guard.ts'

/** The routes of the server, each with the request as Node read it. */
export type Api = Hono<{ Bindings: HttpBindings }>

/** Answers with the refusal as JSON. */
export function refuse(context: Context, { status, code, message }: Refusal): Response {
  if (status === 405) context.header('Allow', 'GET')
  if (status === 413) context.header('Connection', 'close')
  return context.json({ error: { code, message } }, status)
}

/** Refuses a symbol that is not collected. */
export function unknownSymbol(
  context: Context,
  { symbols }: { readonly symbols: readonly string[] },
): Response {
  const message = `the symbols collected here are ${symbols.join(', ')}`
  return refuse(context, { status: 404, code: 'unknown_symbol', message })
}
