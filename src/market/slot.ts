import { newYorkInstant, type TradingSession } from './calendar.ts'
import { type EpochMs, epochMs, type SessionDate } from './units.ts'

/** One slot of one symbol: the scheduled time that a snapshot belongs to. */
export interface Slot {
  readonly at: EpochMs
  /** Trade date of the session that it lies in. */
  readonly date: SessionDate
}

/** A slot of the schedule. */
export interface DueSlot {
  readonly at: EpochMs
  /** The symbols that trade in it, in the configured order; at least one. */
  readonly symbols: readonly string[]
  /** The trade date of each symbol in it: a future's evening belongs to the next day, and a holiday to the day after. */
  readonly dates: ReadonlyMap<string, SessionDate>
}

/** A slot as one symbol has it. @throws RangeError for a symbol that it is not due for. */
export function slotOf({ at, dates }: Pick<DueSlot, 'at' | 'dates'>, symbol: string): Slot {
  const date = dates.get(symbol)
  if (date === undefined) throw new RangeError(`slot ${new Date(at).toISOString()} is not due for ${symbol}`)
  return { at, date }
}

/** A slot of several symbols that all have the same trade date. */
export function dueSlot(at: EpochMs, date: SessionDate, symbols: readonly string[]): DueSlot {
  return { at, symbols, dates: new Map(symbols.map((symbol) => [symbol, date])) }
}

/** The newest trade date of a slot's symbols. */
export function newestDate({ dates }: Pick<DueSlot, 'dates'>): SessionDate {
  return [...dates.values()].reduce((newest, date) => (date > newest ? date : newest))
}

/** The slots of every session. */
export interface SlotGrid {
  /** Seconds between slots. */
  readonly intervalSeconds: number
  /** Whether slots continue from the underlying's close to the options' own close. */
  readonly afterClose: boolean
}

function endOf(session: TradingSession, { afterClose }: SlotGrid): EpochMs {
  return afterClose ? session.optionsCloseAt : session.closeAt
}

/**
 * Every slot of a session, in order, none in a break. At five minutes 78 on a full day of a stock, 81 with those after
 * the close, and 276 of a future.
 */
export function slotsOf(session: TradingSession, grid: SlotGrid): EpochMs[] {
  const after = nextIn(session, grid)
  const slots: EpochMs[] = []
  for (let at = after(session.openAt - 1); at !== null; at = after(at)) slots.push(at)
  return slots
}

/** The first slot of a session after a time; null if there is none. */
export function slotOfAfter(session: TradingSession, time: EpochMs, grid: SlotGrid): EpochMs | null {
  return nextIn(session, grid)(time)
}

/**
 * The first slot of a session after a time; null if there is none. All slots lie on the grid of 09:30 on the trade date,
 * whenever the session opens, so that symbols with other hours share them.
 */
function nextIn(session: TradingSession, grid: SlotGrid): (time: number) => EpochMs | null {
  const intervalMs = grid.intervalSeconds * 1_000
  const end = endOf(session, grid)
  const origin = newYorkInstant(session.date, '09:30')
  const onGrid = (from: number) => origin + Math.ceil((from - origin) / intervalMs) * intervalMs
  return (time) => {
    let at = onGrid(Math.max(time + 1, session.openAt))
    for (const { from, to } of session.breaks) if (from <= at && at < to) at = onGrid(to)
    return at < end ? epochMs(at) : null
  }
}

/** The slot whose interval contains a time of the session; null outside every interval. */
export function slotContaining(at: EpochMs, session: TradingSession, grid: SlotGrid): EpochMs | null {
  const intervalMs = grid.intervalSeconds * 1_000
  const slot = slotOfAfter(session, epochMs(at - intervalMs), grid)
  return slot !== null && slot <= at ? slot : null
}
