import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import { currentState, type Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { readRows } from '../tables/read-rows.ts'
import { FUTURE_SNAPSHOTS } from '../tables/small-tables.ts'

/** A trade date with stored slots. */
export interface StoredSession {
  readonly date: SessionDate
  readonly firstSlot: EpochMs
  readonly lastSlot: EpochMs
}

/**
 * The trade dates on which slots of a symbol are stored, or of any symbol, newest first. Of options from the log alone,
 * without reading data; a symbol without options has those of its futures.
 * @throws Failure EXIT.io when the log or data cannot be read.
 */
export async function storedSessions(
  lake: Lake,
  { symbol }: { readonly symbol?: string | undefined } = {},
): Promise<StoredSession[]> {
  const sessions = new Map<string, StoredSession>()
  const add = (date: string, first: number, last: number) => {
    const known = sessions.get(date)
    sessions.set(date, {
      date: sessionDate(date),
      firstSlot: epochMs(Math.min(known?.firstSlot ?? first, first)),
      lastSlot: epochMs(Math.max(known?.lastSlot ?? last, last)),
    })
  }
  const { files } = await currentState(lake)
  for (const file of files.values()) {
    const isWanted = symbol === undefined || file.symbol === symbol
    if (isWanted && (file.rows ?? 0) > 0) add(file.date, file.minSlot, file.maxSlot)
  }
  if (sessions.size === 0)
    for (const one of await futureSlots(lake, symbol)) add(one.date, one.slot, one.slot)
  return [...sessions.values()].sort((a, b) => (a.date < b.date ? 1 : -1))
}

/** Most days of futures that are read for their dates. */
const MAX_FUTURE_DAYS = 260

async function futureSlots(
  lake: Lake,
  symbol: string | undefined,
): Promise<{ readonly date: string; readonly slot: number }[]> {
  const state = await smallState(lake, FUTURE_SNAPSHOTS)
  const dates = new Set([...(state?.files.values() ?? [])].flatMap(({ partition }) => partition ?? []))
  const [from] = [...dates].sort().slice(-MAX_FUTURE_DAYS)
  if (from === undefined) return []
  const only = { ...(symbol !== undefined && { symbol }), from: sessionDate(from) }
  const rows = await readRows(lake, FUTURE_SNAPSHOTS, only)
  return rows.map(({ date, timestamp: slot }) => ({ date, slot }))
}
