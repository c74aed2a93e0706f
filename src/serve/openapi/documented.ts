import type { z } from 'zod'
import {
  expiry,
  oneOf,
  type Parameter,
  time,
  tradeDate,
  tradingClass,
  wholeNumber,
} from '../route-parameters.ts'

/** Where the server answers with the document. */
export const OPENAPI_PATH = '/api/openapi.json'

/** A query parameter of a route, as the document describes it. */
export interface DocumentedParameter {
  readonly parameter: Parameter<unknown>
  readonly meaning: string
}

/** What a route answers when it succeeds. */
export type DocumentedAnswer =
  | { readonly kind: 'json'; readonly schema: z.ZodType; readonly alsoWith503?: boolean }
  | { readonly kind: 'text'; readonly contentType: string; readonly meaning: string }
  | { readonly kind: 'events'; readonly events: Readonly<Record<string, z.ZodType>> }
  /** Any JSON object: this document. */
  | { readonly kind: 'document' }

/** A route of the server. All are read with GET or HEAD. */
export interface DocumentedRoute {
  /** As OpenAPI writes it, such as `/api/iv/{symbol}`. */
  readonly path: string
  readonly tag: 'health' | 'stored data' | 'live' | 'views'
  readonly summary: string
  /** collected: only symbols that the daemon collects; any: of others the answer is empty. */
  readonly symbols?: 'collected' | 'any'
  /** Left out for a route that ignores all parameters. */
  readonly parameters?: Readonly<Record<string, DocumentedParameter>>
  readonly answer: DocumentedAnswer
}

export const at: DocumentedParameter = {
  parameter: time,
  meaning: 'The newest stored slot at or before this time; by default the newest of all.',
}
export const date = (meaning: string): DocumentedParameter => ({ parameter: tradeDate, meaning })
export const ofExpiry = (meaning: string): DocumentedParameter => ({ parameter: expiry, meaning })
export const ofClass: DocumentedParameter = {
  parameter: tradingClass,
  meaning: 'Only this trading class; by default the first or the usual one.',
}
export const days = (most: number, meaning: string): DocumentedParameter => ({
  parameter: wholeNumber(1, most),
  meaning,
})
export const word = (meaning: string, ...words: readonly string[]): DocumentedParameter => ({
  parameter: oneOf(...words),
  meaning,
})
export const json = (schema: z.ZodType): DocumentedAnswer => ({ kind: 'json', schema })
