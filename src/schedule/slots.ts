import { newYorkDate, newYorkInstant, type TradingSession } from '../market/calendar.ts'
import { type DueSlot, type SlotGrid, slotContaining, slotOfAfter, slotsOf } from '../market/slot.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../market/units.ts'

/** The times of the slots: the grid within each session of each symbol's options. */
export interface Timetable {
  readonly grid: SlotGrid
  /** The symbols that are collected. */
  readonly symbols: readonly string[]
  /** The session of a symbol's options on a New York date; null: they do not trade that day. */
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

/** The longest closure of NYSE in living memory was four sessions; a search that runs further is a defect. */
const SEARCH_DAYS = 30

/** Every slot of a New York date in order, each with the symbols that it is due for. */
export function slotsOn(date: SessionDate, timetable: Timetable): DueSlot[] {
  return joined(
    timetable.symbols.flatMap((symbol) => {
      const session = timetable.sessionOn(date, symbol)
      return session ? slotsOf(session, timetable.grid).map((at) => ({ at, date, symbol })) : []
    }),
  )
}

/**
 * The session that covers those of all symbols on a New York date, from the first opening to the last close; null if
 * none trades.
 */
export function sessionCovering(date: SessionDate, { symbols, sessionOn }: Timetable): TradingSession | null {
  return symbols.reduce<TradingSession | null>((all, symbol) => {
    const own = sessionOn(date, symbol)
    if (!own || !all) return all ?? own
    return {
      date,
      openAt: earlier(all.openAt, own.openAt),
      closeAt: later(all.closeAt, own.closeAt),
      optionsCloseAt: later(all.optionsCloseAt, own.optionsCloseAt),
      earlyClose: all.earlyClose && own.earlyClose,
      breaks: [],
    }
  }, null)
}

function earlier(a: EpochMs, b: EpochMs): EpochMs {
  return a < b ? a : b
}

function later(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b
}

/** The slot in progress, with the symbols that are in session; null if there are none. */
export function slotAt(now: EpochMs, timetable: Timetable): DueSlot | null {
  const date = newYorkDate(now)
  const open = timetable.symbols.flatMap((symbol) => {
    const session = timetable.sessionOn(date, symbol)
    if (!session || now >= session.optionsCloseAt) return []
    const at = slotContaining(now, session, timetable.grid)
    return at === null ? [] : [{ at, date, symbol }]
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
  const slots = new Map<EpochMs, { at: EpochMs; date: SessionDate; symbols: string[] }>()
  for (const { at, date, symbol } of times) {
    const slot = slots.get(at)
    if (slot) slot.symbols.push(symbol)
    else slots.set(at, { at, date, symbols: [symbol] })
  }
  return [...slots.values()].sort((a, b) => a.at - b.at)
}

/** Every slot with from < slot ≤ to of one symbol. */
function slotsBetween(from: EpochMs, to: EpochMs, symbol: string, timetable: Timetable): SymbolTime[] {
  const found: SymbolTime[] = []
  const lastDate = newYorkDate(to)
  for (let date = newYorkDate(from); date <= lastDate; date = addDays(date, 1)) {
    const session = timetable.sessionOn(date, symbol)
    if (!session || session.openAt > to) continue
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
 * before that day nobody expected them.
 */
export function decideSlots(handled: HandledSlots, now: EpochMs, timetable: Timetable): SlotDecision {
  const intervalMs = timetable.grid.intervalSeconds * 1_000
  const begun = joined(
    timetable.symbols.flatMap((symbol) => {
      const from = handled.get(symbol) ?? firstExpectedFrom(now, timetable)
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
  const trades = (symbol: string) => now < (sessionOn(slot.date, symbol)?.optionsCloseAt ?? now)
  const of = (symbols: readonly string[]) => (symbols.length > 0 ? { ...slot, symbols } : null)
  return [of(slot.symbols.filter(trades)), of(slot.symbols.filter((symbol) => !trades(symbol)))]
}

/** Before the first slot of a session in progress, of any symbol; out of session, an interval ago. */
function firstExpectedFrom(now: EpochMs, timetable: Timetable): EpochMs {
  const date = newYorkDate(now)
  const session = sessionCovering(date, timetable)
  const isOpen = session !== null && now < session.optionsCloseAt
  return isOpen ? newYorkInstant(date, '00:00') : epochMs(now - timetable.grid.intervalSeconds * 1_000)
}

/**
 * The first slot after a time.
 * @throws RangeError if the timetable has no session within a month.
 */
export function slotAfter(time: EpochMs, { grid, symbols, sessionOn }: Timetable): DueSlot {
  const from = newYorkDate(time)
  for (let days = 0; days <= SEARCH_DAYS; days++) {
    const date = addDays(from, days)
    const [first] = joined(
      symbols.flatMap((symbol) => {
        const session = sessionOn(date, symbol)
        const at = session && slotOfAfter(session, time, grid)
        return at === null ? [] : [{ at, date, symbol }]
      }),
    )
    if (first) return first
  }
  throw new RangeError(`no slot within ${SEARCH_DAYS} days of ${from}`)
}
