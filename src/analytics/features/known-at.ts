import type { SessionOn } from '../../market/trade-dates.ts'
import { type EpochMs, epochMs, sessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import { BAR_MS, type UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'
import type { Known } from './as-of.ts'

/** A slot whose ledger entry does not say when its rows were ready was over by then. */
const LONGEST_SLOT_MS = 3_600_000

/**
 * When the values of a slot were known: when the rows of its cycle were ready (`finished_at` of the ledger), whenever its
 * figures were computed last. They are made of its rows alone, so that a rebuilt value could have been computed then. Not
 * before the slot. Without an entry, or without a time in it, an hour after the slot.
 */
export function slotKnownAt(slot: EpochMs, entry: Pick<LedgerRow, 'finished_at'> | undefined): EpochMs {
  return epochMs(Math.max(slot, entry?.finished_at ?? slot + LONGEST_SLOT_MS))
}

/**
 * When a daily observation was known. What the gateway sent (`ib_index`, `index`) was known when it was recorded, also where
 * a year of it was fetched later. Our own (`chain`, `bars`) is made of the slots and bars of its session, and could have been
 * computed at its close, so that a rebuild years later does not move it; on a date without a session, when it was recorded.
 * Of slots that began before the close and were ready after it, `chain` was known no sooner than the last of them:
 * `slotsKnownAt`, where it is known.
 */
export function observationKnownAt(
  { source, date, recorded_at }: Pick<ObservationRow, 'source' | 'date' | 'recorded_at'>,
  sessionOn: SessionOn,
  slotsKnownAt: EpochMs | null = null,
): EpochMs {
  const isOurs = source === 'chain' || source === 'bars'
  const session = isOurs ? sessionOn(sessionDate(date)) : null
  if (session === null) return epochMs(recorded_at)
  return source === 'chain' && slotsKnownAt !== null && slotsKnownAt > session.closeAt
    ? slotsKnownAt
    : session.closeAt
}

/** When the last of a session's slots was known, by trade date: of the slots from before its close. */
export function lastSlotsKnownAt(
  slots: readonly Known<{ readonly timestamp: number; readonly date: string }>[],
  sessionOn: SessionOn,
): ReadonlyMap<string, EpochMs> {
  const last = new Map<string, EpochMs>()
  for (const { value, knownAt } of slots) {
    const session = sessionOn(sessionDate(value.date))
    if (!session || value.timestamp >= session.closeAt) continue
    if (knownAt > (last.get(value.date) ?? 0)) last.set(value.date, knownAt)
  }
  return last
}

/** When a bar was known: at its end. */
export function barKnownAt({ timestamp }: Pick<UnderlyingBarRow, 'timestamp'>): EpochMs {
  return epochMs(timestamp + BAR_MS)
}
