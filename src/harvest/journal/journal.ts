import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { OptionContract } from '../../market/contract.ts'
import {
  applyTick,
  type DataType,
  emptyQuote,
  type ModelGreeks,
  type NumericField,
  type Quote,
  type Tick,
} from '../../market/quote.ts'
import {
  type ConId,
  conId,
  type EpochMs,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../../market/units.ts'
import { type Harvest, type Harvested, hasAnswered, isComplete, type UnderlyingPrice } from '../harvest.ts'

/**
 * The journal of a cycle: every tick as it came, one JSON array a line, so that a killed process loses no quote that
 * had arrived. Reading it back folds the same ticks through the same function as the live harvest.
 *
 * Lines: `["slot", {…}]` first, `["plan", {…}]` for each symbol once its chain is known, then `["ask", conId, symbol, expiry, strike, right, class, multiplier, exchange, currency]`,
 * `["tick", conId, at, underlying, underlyingAt, field, value]` and `["end", conId]`.
 */
export interface Journal {
  readonly path: string
  planned(plan: Planned): void
  asked(contract: OptionContract): void
  tick(contract: OptionContract, tick: Tick, when: { at: EpochMs; underlying: UnderlyingPrice | null }): void
  ended(contract: OptionContract): void
  /** Writes what is buffered; call before relying on the file. */
  flush(): void
  /** The rows are committed: the journal is no longer needed. */
  remove(): void
  /** Keeps the file: its quotes are not committed. */
  close(): void
}

/** Identifies the cycle that a spool belongs to. */
export interface JournalHeader {
  readonly slot: EpochMs
  readonly date: SessionDate
  readonly startedAt: EpochMs
  readonly symbols: readonly string[]
}

/** What a symbol's cycle had set out to do, so that a recovered slot does not look complete. */
export interface Planned {
  readonly symbol: string
  readonly requested: number
  readonly skipped: number
}

const VERSION = 1

/**
 * Opens a new journal. Ticks of one turn of the event loop are written together at its end: what the kernel has is
 * safe from a kill of the process; a power cut may cost the last seconds. When the disk refuses, `onFailure` hears of
 * it once and the cycle goes on without its journal: quotes in memory are worth more than none.
 */
export function openJournal(
  path: string,
  header: JournalHeader,
  onFailure: (error: unknown) => void,
): Journal {
  mkdirSync(dirname(path), { recursive: true })
  const fd = openSync(path, 'wx')
  let lines: string[] = []
  let scheduled: NodeJS.Immediate | undefined
  let isOpen = true

  const flush = () => {
    if (scheduled) clearImmediate(scheduled)
    scheduled = undefined
    if (lines.length === 0 || !isOpen) return
    const text = lines.join('')
    lines = []
    try {
      writeSync(fd, text)
    } catch (error) {
      // What it holds is in memory as well, and its room is needed for the rows themselves.
      isOpen = false
      closeSync(fd)
      rmSync(path, { force: true })
      onFailure(error)
    }
  }
  const write = (line: readonly unknown[]) => {
    if (!isOpen) return
    lines.push(`${JSON.stringify(line)}\n`)
    scheduled ??= setImmediate(flush)
  }
  const close = () => {
    if (!isOpen) return
    flush()
    if (isOpen) closeSync(fd)
    isOpen = false
  }

  write(['slot', { version: VERSION, ...header }])
  flush()
  return {
    path,
    planned: (plan) => write(['plan', plan]),
    asked: (one) =>
      write([
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
      ]),
    tick: ({ conId }, tick, { at, underlying }) =>
      write([
        'tick',
        conId,
        at,
        underlying?.price ?? null,
        underlying?.at ?? null,
        tick.field,
        payload(tick),
      ]),
    ended: ({ conId }) => write(['end', conId]),
    flush,
    close,
    remove: () => {
      close()
      rmSync(path, { force: true })
    },
  }
}

function payload(tick: Tick): unknown {
  if (tick.field === 'modelGreeks') return tick.greeks
  return tick.field === 'dataType' ? tick.dataType : tick.value
}

export interface RecoveredJournal extends JournalHeader {
  /** One harvest for each symbol of the cycle, with the quotes that had arrived; contracts without any are gaps. */
  readonly harvests: readonly Harvest[]
  /** What was set out to do, of the symbols that came so far. */
  readonly plans: readonly Planned[]
}

interface Entry {
  readonly contract: OptionContract
  readonly quote: Quote
  underlying: UnderlyingPrice | null
}

/**
 * What a journal holds, or null when not even its first line was written. A torn last line is left out;
 * any other line that cannot be read throws, naming its number.
 */
export function readJournal(text: string): RecoveredJournal | null {
  const lines = text.split('\n')
  const last = lines.pop()
  if (last === undefined || lines.length === 0) return null
  const header = parseHeader(lines[0] as string)
  const entries = new Map<ConId, Entry>()
  const plans: Planned[] = []
  let finishedAt = header.startedAt
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const entry = parseLine(line, index + 1)
    if (entry[0] === 'plan') plans.push(entry[1] as Planned)
    const at = replayLine(entries, entry)
    if (at !== null && at > finishedAt) finishedAt = at
  }
  const harvests = header.symbols.map((symbol) =>
    harvestOf(symbol, [...entries.values()], { header, finishedAt }),
  )
  return { ...header, harvests, plans }
}

function parseLine(line: string, number: number): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(line)
    if (Array.isArray(value)) return value
  } catch {
    // said below, with the line's number
  }
  throw new Error(`line ${number} is not a journal entry: ${line.slice(0, 80)}`)
}

function parseHeader(line: string): JournalHeader {
  const [kind, fields] = parseLine(line, 1) as [string, JournalHeader & { version: number }]
  if (kind !== 'slot' || fields.version !== VERSION)
    throw new Error(`line 1 is not a journal header: ${line.slice(0, 80)}`)
  return {
    slot: epochMs(fields.slot),
    date: sessionDate(fields.date),
    startedAt: epochMs(fields.startedAt),
    symbols: fields.symbols,
  }
}

/** Applies one line; returns the time of a tick, null for any other line. */
function replayLine(entries: Map<ConId, Entry>, line: readonly unknown[]): EpochMs | null {
  const id = line[1] as ConId
  if (line[0] === 'ask') {
    if (!entries.has(id))
      entries.set(id, { contract: contractOf(line), quote: emptyQuote(), underlying: null })
    return null
  }
  const entry = entries.get(id)
  if (line[0] !== 'tick' || !entry) return null
  const [, , at, price, priceAt, field, value] = line as [
    string,
    ConId,
    EpochMs,
    number | null,
    EpochMs | null,
    Tick['field'],
    unknown,
  ]
  applyTick(entry.quote, tickOf(field, value), at)
  if (price !== null && priceAt !== null) entry.underlying = { price, at: priceAt }
  return at
}

function contractOf(line: readonly unknown[]): OptionContract {
  const [, id, symbol, expiry, strike, right, tradingClass, multiplier, exchange, currency] = line as [
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
  ]
  return {
    conId: conId(id),
    symbol,
    expiry: expiryDate(expiry),
    strike,
    right,
    tradingClass,
    multiplier,
    exchange,
    currency,
  }
}

function tickOf(field: Tick['field'], value: unknown): Tick {
  if (field === 'modelGreeks') return { field, greeks: value as ModelGreeks }
  if (field === 'dataType') return { field, dataType: value as DataType }
  return { field: field as NumericField, value: value as number | null }
}

function harvestOf(
  symbol: string,
  entries: readonly Entry[],
  { header, finishedAt }: { header: JournalHeader; finishedAt: EpochMs },
): Harvest {
  const own = entries.filter(({ contract }) => contract.symbol === symbol)
  const answered: Harvested[] = own
    .filter(({ quote }) => hasAnswered(quote))
    .map(({ contract, quote, underlying }) => ({ contract, quote, underlying, complete: isComplete(quote) }))
  const gaps = own
    .filter(({ quote }) => !hasAnswered(quote))
    .map(({ contract }) => ({ contract, reason: 'stopped' as const, detail: null }))
  return { symbol, answered, gaps, startedAt: header.startedAt, finishedAt }
}
