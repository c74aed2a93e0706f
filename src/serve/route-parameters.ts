import type { Context } from 'hono'
import { SYMBOL_INPUT_PATTERN, SYMBOL_PATTERN, storedSymbol } from '../market/symbol.ts'
import {
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../market/units.ts'
import { RefusedRequest } from './refusals.ts'

/** How one parameter of a route is written and read. */
export interface Parameter<Value> {
  /** Undefined for text that is not of this form. */
  read(text: string): Value | undefined
  /** What is legal, for the list of a route's parameters; empty where the name says enough. */
  readonly legal: string
  /** The refusal of other text; null: the list of the route's parameters says it all. */
  readonly refusal: { readonly code: string; form(name: string): string } | null
  /** The same as JSON Schema, for the description of the API. */
  readonly schema: ParameterSchema
}

/** JSON Schema of the text of a parameter, with an example of it. */
export interface ParameterSchema {
  readonly type: 'string' | 'integer' | 'number'
  readonly pattern?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly examples: readonly (string | number)[]
}

type Values<Parameters extends Readonly<Record<string, Parameter<unknown>>>> = {
  readonly [Name in keyof Parameters]:
    | (Parameters[Name] extends Parameter<infer Value> ? Value : never)
    | undefined
}

/** Two digits of a year, month or day would be read by the rules of an engine; an offset keeps the zone no guess. */
const TIME =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

const DATE = /^\d{4}-\d\d-\d\d$/
const EXPIRY = /^\d{8}$/

/** A time in ISO 8601 with its offset. */
export const time: Parameter<EpochMs> = {
  read: (text) => {
    const [, date] = TIME.exec(text) ?? []
    return date === undefined || dateOf(date) === undefined ? undefined : epochMs(Date.parse(text))
  },
  legal: '',
  refusal: {
    code: 'bad_time',
    form: (name) => `write ${name} as a time with its offset, such as 2026-11-20T10:00:00-05:00`,
  },
  schema: { type: 'string', pattern: TIME.source, examples: ['2026-11-20T10:00:00-05:00'] },
}

/** A trade date. */
export const tradeDate: Parameter<SessionDate> = {
  read: dateOf,
  legal: '',
  refusal: { code: 'bad_date', form: (name) => `write ${name}=YYYY-MM-DD, a trade date` },
  schema: { type: 'string', format: 'date', pattern: DATE.source, examples: ['2026-11-20'] },
}

/** The last trading day of an option. */
export const expiry: Parameter<ExpiryDate> = {
  read: expiryOf,
  legal: '',
  refusal: { code: 'bad_date', form: (name) => `write ${name}=YYYYMMDD` },
  schema: { type: 'string', pattern: EXPIRY.source, examples: ['20261218'] },
}

/** A trading class as IB names it: capital letters, digits, points and spaces, such as SPXW or `BRK B`. */
export const TRADING_CLASS_PATTERN = /^[A-Z0-9][A-Z0-9. ]{0,15}$/

/** The trading class of an option. */
export const tradingClass: Parameter<string> = {
  read: (text) => (TRADING_CLASS_PATTERN.test(text) ? text : undefined),
  legal: ', a trading class such as SPXW',
  refusal: { code: 'bad_class', form: (name) => `write ${name} as a trading class, such as SPXW` },
  schema: { type: 'string', pattern: TRADING_CLASS_PATTERN.source, examples: ['SPXW'] },
}

/** One of some words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Parameter<Word> {
  return {
    read: (text) => words.find((word) => word === text),
    legal: words.length === 1 ? `=${words[0]}` : `: ${words.join(', ')}`,
    refusal: null,
    schema: { type: 'string', enum: words, examples: words.slice(0, 1) },
  }
}

/** A whole number in digits alone. */
export function wholeNumber(from: number, to: number): Parameter<number> {
  return {
    read: (text) => {
      const value = /^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : Number.NaN
      return value >= from && value <= to ? value : undefined
    },
    legal: `, a number from ${from} to ${to}`,
    refusal: null,
    schema: { type: 'integer', minimum: from, maximum: to, examples: [Math.min(to, Math.max(from, 30))] },
  }
}

/** A number, such as a strike: digits with at most one point. */
export function decimal(from: number, to: number): Parameter<number> {
  return {
    read: (text) => {
      const value = /^-?\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
      return value >= from && value <= to ? value : undefined
    },
    legal: `, a number from ${from} to ${to}`,
    refusal: null,
    schema: { type: 'number', minimum: from, maximum: to, examples: [Math.max(from, 0)] },
  }
}

/** At most so many values, separated by commas, each once. */
export function listOf<Value>(one: Parameter<Value>, most: number): Parameter<readonly Value[]> {
  const { refusal } = one
  return {
    read: (text) => {
      const parts = text.split(',', most + 1)
      if (parts.length > most || new Set(parts).size < parts.length) return undefined
      const values = parts.map((part) => one.read(part))
      return values.every((value) => value !== undefined) ? (values as Value[]) : undefined
    },
    legal: `${one.legal}, up to ${most} separated by commas`,
    refusal: refusal && {
      code: refusal.code,
      form: (name) => `${refusal.form(name)}, up to ${most} separated by commas`,
    },
    schema: { type: 'string', examples: one.schema.examples },
  }
}

/**
 * The parameters of a request by name, undefined where not given. Nothing of the request is repeated in a refusal.
 * @throws RefusedRequest for any other parameter, one that is given twice, and a value that is not of its form.
 */
export function parametersOf<Parameters extends Readonly<Record<string, Parameter<unknown>>>>(
  context: Context,
  parameters: Parameters,
): Values<Parameters> {
  const asked = context.req.queries()
  const values = new Map<string, unknown>()
  for (const [name, texts] of Object.entries(asked)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    const [text] = texts
    if (!parameter || texts.length > 1 || text === undefined) throw unknownParameter(parameters)
    const value = parameter.read(text)
    const { refusal } = parameter
    if (value === undefined && refusal) throw badRequest(refusal.code, refusal.form(name))
    if (value === undefined) throw unknownParameter(parameters)
    values.set(name, value)
  }
  return Object.fromEntries(values) as Values<Parameters>
}

/** The symbol in the path of a route. @throws RefusedRequest for one that is not collected. */
export function collectedSymbol(context: Context, { symbols }: { readonly symbols: readonly string[] }) {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (!symbols.includes(symbol)) throw unknownSymbol(symbols)
  return symbol
}

/** A collected symbol as a parameter. */
export function symbolAmong(symbols: readonly string[]): Parameter<string> {
  return {
    read: (text) => {
      const symbol = storedSymbol(text)
      if (!symbols.includes(symbol)) throw unknownSymbol(symbols)
      return symbol
    },
    legal: '',
    refusal: null,
    schema: SYMBOL_SCHEMA,
  }
}

/** How a symbol is written in a path or a parameter. */
export const SYMBOL_SCHEMA: ParameterSchema = {
  type: 'string',
  pattern: SYMBOL_INPUT_PATTERN.source,
  examples: ['SPY'],
}

/** The symbol in the path of a route that also knows others than those collected. @throws RefusedRequest */
export function anySymbol(context: Context): string {
  const symbol = storedSymbol(context.req.param('symbol') ?? '')
  if (SYMBOL_PATTERN.test(symbol)) return symbol
  throw badRequest('bad_symbol', 'write a symbol in capital letters, such as SPY')
}

/** @throws never; gives what a route throws where values do not fit together. */
export function badRequest(code: string, message: string): RefusedRequest {
  return new RefusedRequest({ status: 400, code, message })
}

function unknownSymbol(symbols: readonly string[]): RefusedRequest {
  const message = `the symbols collected here are ${symbols.join(', ')}`
  return new RefusedRequest({ status: 404, code: 'unknown_symbol', message })
}

/** The refusal of a parameter that a route does not have: it lists those that it has. */
export function unknownParameter(parameters: Readonly<Record<string, Parameter<unknown>>>): RefusedRequest {
  const known = Object.entries(parameters).map(([name, { legal }]) => `${name}${legal}`)
  const [only] = known
  if (only === undefined) return badRequest('unknown_parameter', 'this path has no parameters')
  const message =
    known.length === 1
      ? `the only parameter is ${only}`
      : `the only parameters, each once, are ${known.join('; ')}`
  return badRequest('unknown_parameter', message)
}

/** No lake is older than listed options, and near the ends of the calendar dates cannot be computed with. */
const YEAR = /^(19[7-9]\d|2[01]\d\d)/

function dateOf(text: string): SessionDate | undefined {
  try {
    return YEAR.test(text) ? sessionDate(text) : undefined
  } catch {
    return undefined
  }
}

function expiryOf(text: string): ExpiryDate | undefined {
  try {
    return YEAR.test(text) ? expiryDate(text) : undefined
  } catch {
    return undefined
  }
}
