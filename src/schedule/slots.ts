import { newYorkDate, type TradingSession } from '../market/calendar.ts'
import { type DueSlot, type SlotGrid, slotContaining, slotOfAfter, slotsOf } from '../market/slot.ts'
import { isTrading, MAX_DAYS_EARLY, SEARCH_DAYS, sessionAt, tradeDateAt } from '../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../market/units.ts'

/** The times of the slots: the grid within each session of each symbol. */
export interface Timetable {
  readonly grid: SlotGrid
  /** The symbols that are collected. */
  readonly symbols: readonly string[]
  /** The session of a symbol on a trade date, which may open days before; null: it does not trade then. */
  sessionOn(date: SessionDate, symbol: string): TradingSession | null
}

/** The newest slot of each symbol that was collected, was recorded as missed or is being collected. */
export type HandledSlots = ReadonlyMap<string, EpochMs>

/** The slots to act on now. */
interface SlotDecision {
  /** To be collected now: it has begun, its interval is not over, and it has not been handled. */
  readonly due: DueSlot | null
  /** Slots since the last handled one whose interval is over, in order. */
  readonly missed: readonly DueSlot[]
  /** The first one that can become due after this moment. */
  readonly next: DueSlot
}

/** Every slot of a trade date in order, each with the symbols that it is due for. */
export function slotsOn(date: SessionDate, timetable: Timetable): DueSlot[] {
  return joined(
    timetable.symbols.flatMap((symbol) => {
      const session = timetable.sessionOn(date, symbol)
      return session ? slotsOf(session, timetable.grid).map((at) => ({ at, date, symbol })) : []
    }),
  )
}

/** The session of a symbol that is in progress, its breaks included; null between sessions. */
export function symbolSessionAt(now: EpochMs, symbol: string, timetable: Timetable): TradingSession | null {
  return sessionAt(now, (date) => timetable.sessionOn(date, symbol))
}

/** The trade date of a symbol at a time: that of the session in progress, else the New York date. */
export function symbolDateAt(now: EpochMs, symbol: string, timetable: Timetable): SessionDate {
  return tradeDateAt(now, (date) => timetable.sessionOn(date, symbol))
}

/**
 * The session that covers those of all symbols on a trade date, from the first opening to the last close; null if none
 * trades.
 */
export function sessionCovering(date: SessionDate, { symbols, sessionOn }: Timetable): TradingSession | null {
  return symbols.reduce<TradingSession | null>((all, symbol) => {
    const own = sessionOn(date, symbol)
    return own && all ? covering(all, own) : (all ?? own)
  }, null)
}

/** From the first opening of two sessions to the last close, under the later trade date. */
export function covering(a: TradingSession, b: TradingSession): TradingSession {
  return {
    date: a.date > b.date ? a.date : b.date,
    openAt: earlier(a.openAt, b.openAt),
    closeAt: later(a.closeAt, b.closeAt),
    optionsCloseAt: later(a.optionsCloseAt, b.optionsCloseAt),
    earlyClose: a.earlyClose && b.earlyClose,
    breaks: commonBreaks(a.breaks, b.breaks),
  }
}

/** The times in which neither trades. */
function commonBreaks(a: TradingSession['breaks'], b: TradingSession['breaks']): TradingSession['breaks'] {
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const [from, to] = [later(one.from, other.from), earlier(one.to, other.to)]
      return from < to ? [{ from, to }] : []
    }),
  )
}

function earlier(a: EpochMs, b: EpochMs): EpochMs {
  return a < b ? a : b
}

function later(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b
}

/** The slot in progress, with the symbols that trade; null if there are none. */
export function slotAt(now: EpochMs, timetable: Timetable): DueSlot | null {
  const open = timetable.symbols.flatMap((symbol) => {
    const session = symbolSessionAt(now, symbol, timetable)
    if (!session || !isTrading(now, session)) return []
    const at = slotContaining(now, session, timetable.grid)
    return at === null ? [] : [{ at, date: session.date, symbol }]
  })
  return joined(open).at(-1) ?? null
}

/** One symbol's slot. */
interface SymbolTime {
  readonly at: EpochMs
  readonly date: SessionDate
  readonly symbol: string
}

/** The union of the symbols' slots, in order. */
function joined(times: readonly SymbolTime[]): DueSlot[] {
  const slots = new Map<EpochMs, { at: EpochMs; symbols: string[]; dates: Map<string, SessionDate> }>()
  for (const { at, date, symbol } of times) {
    const slot = slots.get(at) ?? { at, symbols: [] as string[], dates: new Map() }
    slot.symbols.push(symbol)
    slot.dates.set(symbol, date)
    slots.set(at, slot)
  }
  return [...slots.values()].sort((a, b) => a.at - b.at)
}

/** Every slot with from < slot ≤ to of one symbol. */
function slotsBetween(from: EpochMs, to: EpochMs, symbol: string, timetable: Timetable): SymbolTime[] {
  const found: SymbolTime[] = []
  const lastDate = addDays(newYorkDate(to), MAX_DAYS_EARLY)
  for (let date = newYorkDate(from); date <= lastDate; date = addDays(date, 1)) {
    const session = timetable.sessionOn(date, symbol)
    if (!session) continue
    if (session.openAt > to) break
    let at = slotOfAfter(session, from, timetable.grid)
    for (; at !== null && at <= to; at = slotOfAfter(session, at, timetable.grid))
      found.push({ at, date, symbol })
  }
  return found
}

/**
 * Decides which slot is due, which were missed and which comes next, each with its symbols. Pure. Nothing at or before
 * a symbol's handled slot is ever due again: a clock that steps back repeats no slot, and one that steps forward makes
 * slots missed. For a symbol without a handled slot, those of a session in progress were missed, and no earlier ones:
 * before that session nobody expected them.
 */
export function decideSlots(handled: HandledSlots, now: EpochMs, timetable: Timetable): SlotDecision {
  const intervalMs = timetable.grid.intervalSeconds * 1_000
  const isNew = timetable.symbols.some((symbol) => !handled.has(symbol))
  const inProgress = isNew ? datesInProgress(now, timetable) : new Set<SessionDate>()
  const begun = joined(
    timetable.symbols.flatMap((symbol) => {
      const from = handled.get(symbol) ?? firstExpectedFrom(now, symbol, { timetable, inProgress })
      return slotsBetween(from, now, symbol, timetable)
    }),
  )
  const last = begun.at(-1)
  const inTime = last && now < last.at + intervalMs ? last : null
  // An interval that does not divide the session goes on after the close.
  const [due, closed] = inTime ? splitBySession(inTime, now, timetable) : [null, null]
  const missed = [...(inTime ? begun.slice(0, -1) : begun), ...(closed ? [closed] : [])]
  const handledTo = epochMs(Math.max(now, ...handled.values()))
  return { due, missed, next: slotAfter(handledTo, timetable) }
}

/** A slot for the symbols that still trade, and for those that do not; null for none. */
function splitBySession(
  slot: DueSlot,
  now: EpochMs,
  { sessionOn }: Timetable,
): readonly [DueSlot | null, DueSlot | null] {
  const trades = (symbol: string) => {
    const date = slot.dates.get(symbol)
    return date !== undefined && isTrading(now, sessionOn(date, symbol))
  }
  return [partOf(slot, trades), partOf(slot, (symbol) => !trades(symbol))]
}

/** A slot for those of its symbols that fit; null for none. */
function partOf(slot: DueSlot, fits: (symbol: string) => boolean): DueSlot | null {
  const symbols = slot.symbols.filter(fits)
  if (symbols.length === 0) return null
  return { at: slot.at, symbols, dates: new Map([...slot.dates].filter(([symbol]) => fits(symbol))) }
}

/** The trade dates on which any symbol is in session. */
function datesInProgress(now: EpochMs, timetable: Timetable): ReadonlySet<SessionDate> {
  return new Set(timetable.symbols.flatMap((symbol) => symbolSessionAt(now, symbol, timetable)?.date ?? []))
}

/** Before the first slot of a symbol on a trade date in progress; without such a session, an interval ago. */
function firstExpectedFrom(
  now: EpochMs,
  symbol: string,
  { timetable, inProgress }: { timetable: Timetable; inProgress: ReadonlySet<SessionDate> },
): EpochMs {
  const opened = [...inProgress].flatMap((date) => timetable.sessionOn(date, symbol)?.openAt ?? [])
  const openAt = Math.min(...opened.filter((at) => at <= now))
  return epochMs(Number.isFinite(openAt) ? openAt - 1 : now - timetable.grid.intervalSeconds * 1_000)
}

/**
 * The first slot after a time.
 * @throws RangeError if the timetable has no session within a month.
 */
export function slotAfter(time: EpochMs, timetable: Timetable): DueSlot {
  const nexts = timetable.symbols.flatMap((symbol) => nextOf(symbol, time, timetable) ?? [])
  const [first] = joined(nexts)
  if (first) return first
  throw new RangeError(`no slot within ${SEARCH_DAYS} days of ${newYorkDate(time)}`)
}

/** The first slot of one symbol after a time; null if it has none within a month. */
function nextOf(symbol: string, time: EpochMs, { grid, sessionOn }: Timetable): SymbolTime | null {
  const from = newYorkDate(time)
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const date = addDays(from, days)
    const session = sessionOn(date, symbol)
    const at = session && slotOfAfter(session, time, grid)
    if (at !== null) return { at, date, symbol }
  }
  return null
}
