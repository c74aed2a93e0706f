import {
  type FutureContract,
  isOption,
  type OptionContract,
  type QuotedContract,
} from '../../market/contract.ts'
import type { InstrumentKind } from '../../market/instrument.ts'
import type { DataType, ModelGreeks, NumericField, Tick } from '../../market/quote.ts'
import {
  type ConId,
  conId,
  type EpochMs,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../../market/units.ts'
import type { UnderlyingPrice } from '../harvest.ts'

/**
 * The lines of a journal, one JSON array each:
 *
 * - `["slot", {version, …}]`: the header, always first
 * - `["plan", {symbol, requested, skipped}]`: for each symbol, once its chain is known
 * - `["plan_futures", {symbol, rollDays, spotIndex, ranks}]`: the near futures of a symbol
 * - `["ask", conId, symbol, expiry, strike, right, tradingClass, multiplier, exchange, currency, terms]`; `terms` from
 *   version 0.2 on: `[exerciseStyle, settlement, expiresAt, underlyingType, underlyingConId]`
 * - `["ask_future", {conId, symbol, expiry, …}]`: the contract
 * - `["tick", conId, at, underlyingPrice, underlyingAt, field, value, underlyingConfirmedAt]`; the last one only where it
 *   is later than `underlyingAt`, and in no journal of version 0.1
 * - `["end", conId]`
 */
export type JournalLine = readonly [
  kind: 'slot' | 'plan' | 'plan_futures' | 'ask' | 'ask_future' | 'tick' | 'end',
  ...fields: unknown[],
]

/** Identifies the cycle that a journal belongs to. */
export interface JournalHeader {
  readonly slot: EpochMs
  /** Trade date of each symbol. */
  readonly dates: ReadonlyMap<string, SessionDate>
  readonly startedAt: EpochMs
  readonly symbols: readonly string[]
  /** What each symbol is; absent in journals of version 0.1. */
  readonly kinds?: ReadonlyMap<string, InstrumentKind>
}

/** How many contracts of a symbol a cycle set out to collect, so that a recovered slot does not look complete. */
export interface JournalPlan {
  readonly symbol: string
  readonly requested: number
  readonly skipped: number
}

/** Which futures of a symbol a cycle set out to collect, so that recovered rows have the ranks of their time. */
export interface JournalFutures {
  readonly symbol: string
  /** The rule that the ranks follow. */
  readonly rollDays: number
  /** The index that their prices are held against; null if there is none. */
  readonly spotIndex: string | null
  /** The slot is the first of the session. */
  readonly opening: boolean
  readonly ranks: readonly (readonly [conId: number, rank: number | null])[]
}

export type JournalEntry =
  | { readonly kind: 'plan_futures'; readonly futures: JournalFutures }
  | { readonly kind: 'plan'; readonly plan: JournalPlan }
  | { readonly kind: 'ask'; readonly contract: QuotedContract }
  | {
      readonly kind: 'tick'
      readonly conId: ConId
      readonly at: EpochMs
      readonly underlying: UnderlyingPrice | null
      readonly tick: Tick
    }
  | { readonly kind: 'end'; readonly conId: ConId }

const VERSION = 1

export function headerLine(header: JournalHeader): JournalLine {
  const { slot, dates, startedAt, symbols, kinds } = header
  const [date, ...others] = new Set(dates.values())
  const dated = others.length === 0 ? { date } : { dates: Object.fromEntries(dates) }
  const ofKinds = kinds && { kinds: Object.fromEntries(kinds) }
  return ['slot', { version: VERSION, slot, ...dated, startedAt, symbols, ...ofKinds }]
}

export function planLine(plan: JournalPlan): JournalLine {
  return ['plan', plan]
}

export function futuresLine(futures: JournalFutures): JournalLine {
  return ['plan_futures', futures]
}

export function askLine(one: QuotedContract): JournalLine {
  if (!isOption(one)) return ['ask_future', one]
  return [
    'ask',
    one.conId,
    one.symbol,
    one.expiry,
    one.strike,
    one.right,
    one.tradingClass,
    one.multiplier,
    one.exchange,
    one.currency,
    [one.exerciseStyle, one.settlement, one.expiresAt, one.underlyingType, one.underlyingConId],
  ]
}

export function tickLine(
  id: ConId,
  tick: Tick,
  { at, underlying }: { at: EpochMs; underlying: UnderlyingPrice | null },
): JournalLine {
  const confirmed = underlying && underlying.confirmedAt > underlying.at ? [underlying.confirmedAt] : []
  const { price = null, at: priceAt = null } = underlying ?? {}
  return ['tick', id, at, price, priceAt, tick.field, payloadOf(tick), ...confirmed]
}

export function endLine(id: ConId): JournalLine {
  return ['end', id]
}

function payloadOf(tick: Tick): unknown {
  if (tick.field === 'modelGreeks') return tick.greeks
  return tick.field === 'dataType' ? tick.dataType : tick.value
}

export function parseHeader(text: string): JournalHeader {
  const [kind, fields] = parseLine(text, 1) as [string, HeaderFields]
  if (kind !== 'slot' || fields.version !== VERSION) {
    throw new Error(`line 1 is not a journal header: ${text.slice(0, 80)}`)
  }
  const { symbols, date = '', dates = {}, kinds } = fields
  return {
    slot: epochMs(fields.slot),
    dates: new Map(symbols.map((symbol) => [symbol, sessionDate(dates[symbol] ?? date)])),
    startedAt: epochMs(fields.startedAt),
    symbols,
    ...(kinds && { kinds: new Map(Object.entries(kinds)) }),
  }
}

interface HeaderFields {
  readonly version: number
  readonly slot: number
  /** Of all symbols, where they have the same. */
  readonly date?: string
  readonly dates?: Readonly<Record<string, string>>
  readonly kinds?: Readonly<Record<string, InstrumentKind>>
  readonly startedAt: number
  readonly symbols: readonly string[]
}

/**
 * Parses a line after the first; null for a kind from a later version. Throws with the line number if it is not an
 * entry.
 */
export function parseEntry(text: string, lineNumber: number): JournalEntry | null {
  const line = parseLine(text, lineNumber)
  switch (line[0]) {
    case 'plan':
      return { kind: 'plan', plan: line[1] as JournalPlan }
    case 'plan_futures':
      return { kind: 'plan_futures', futures: line[1] as JournalFutures }
    case 'ask':
      return { kind: 'ask', contract: contractOf(line) }
    case 'ask_future':
      return { kind: 'ask', contract: futureOf(line[1] as FutureContract) }
    case 'tick':
      return tickEntryOf(line)
    case 'end':
      return { kind: 'end', conId: line[1] as ConId }
    default:
      return null
  }
}

function parseLine(text: string, lineNumber: number): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch {
    // The error below names the line.
  }
  throw new Error(`line ${lineNumber} is not a journal entry: ${text.slice(0, 80)}`)
}

function contractOf(line: readonly unknown[]): OptionContract {
  const [, id, symbol, expiry, strike, right, tradingClass, multiplier, exchange, currency, terms] = line as [
    string,
    number,
    string,
    string,
    number,
    'C' | 'P',
    string,
    number,
    string,
    string,
    StoredTerms | undefined,
  ]
  return {
    ...{ conId: conId(id), symbol, expiry: expiryDate(expiry), strike, right },
    ...{ tradingClass, multiplier, exchange, currency },
    ...(terms && termsOf(terms)),
  }
}

/** Terms of an option that journals of version 0.1 do not have. What was not known is null. */
type StoredTerms = readonly [
  exerciseStyle: OptionContract['exerciseStyle'] | null,
  settlement: OptionContract['settlement'] | null,
  expiresAt: number | null,
  underlyingType: OptionContract['underlyingType'] | null,
  underlyingConId: number | null,
]

/** What was not known is left out, as in an older journal. */
function termsOf([exerciseStyle, settlement, expiresAt, underlyingType, underlyingConId]: StoredTerms) {
  return {
    ...(exerciseStyle && { exerciseStyle }),
    ...(settlement && { settlement }),
    ...(expiresAt !== null && { expiresAt: epochMs(expiresAt) }),
    ...(underlyingType && { underlyingType }),
    ...(underlyingConId !== null && { underlyingConId: conId(underlyingConId) }),
  }
}

function futureOf(stored: FutureContract): FutureContract {
  return { ...stored, conId: conId(stored.conId), expiry: expiryDate(stored.expiry) }
}

function tickEntryOf(line: readonly unknown[]): JournalEntry {
  const [, id, at, price, priceAt, field, value, confirmedAt] = line as [
    string,
    ConId,
    EpochMs,
    number | null,
    EpochMs | null,
    Tick['field'],
    unknown,
    EpochMs | undefined,
  ]
  const underlying =
    price === null || priceAt === null ? null : { price, at: priceAt, confirmedAt: confirmedAt ?? priceAt }
  return { kind: 'tick', conId: id, at, underlying, tick: tickOf(field, value) }
}

function tickOf(field: Tick['field'], value: unknown): Tick {
  if (field === 'modelGreeks') return { field, greeks: value as ModelGreeks }
  if (field === 'dataType') return { field, dataType: value as DataType }
  return { field: field as NumericField, value: value as number | null }
}
