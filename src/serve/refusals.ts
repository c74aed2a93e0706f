import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { Refusal } from './request-guard.ts'

/** The routes of the server, with the request as node read it. */
export type Api = Hono<{ Bindings: HttpBindings }>

/** The JSON of a refusal. */
export function refuse(context: Context, { status, code, message }: Refusal): Response {
  if (status === 405) context.header('Allow', 'GET')
  if (status === 413) context.header('Connection', 'close')
  return context.json({ error: { code, message } }, status)
}

/** For a symbol that is not collected here. */
export function unknownSymbol(
  context: Context,
  { symbols }: { readonly symbols: readonly string[] },
): Response {
  const message = `the symbols collected here are ${symbols.join(', ')}`
  return refuse(context, { status: 404, code: 'unknown_symbol', message })
}
