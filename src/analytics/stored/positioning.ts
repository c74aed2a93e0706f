import { setImmediate } from 'node:timers/promises'
import type { Lake } from '../../lake/open.ts'
import { chainAsOf, chainAt } from '../../lake/query/chains.ts'
import { type EpochMs, type ExpiryDate, epochMs, sessionDate } from '../../market/units.ts'
import type { Carry } from '../carry.ts'
import { kindOfRows, sessionBefore, sessionsOf } from '../figure-session.ts'
import { type Positioning, positioningSteps } from '../positioning/positioning.ts'
import { FIGURE_COLUMNS } from './reader.ts'

const COLUMNS = [...FIGURE_COLUMNS, 'date'] as const
const EARLIER_COLUMNS = ['expiry', 'strike', 'right', 'open_interest', 'trading_class', 'date'] as const

/** Which slot, and which of its contracts. */
export interface PositioningQuestion {
  readonly carry: Carry
  /** The newest slot at or before this time; the newest of all without it. */
  readonly at?: EpochMs | undefined
  readonly expiry?: ExpiryDate | undefined
}

/**
 * The positioning of a symbol's newest slot, or the newest at or before a time, with the changes against the newest slot of
 * the session before. Null if the symbol has no slot with options. Others may run between its steps.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function storedPositioning(
  lake: Lake,
  symbol: string,
  { carry, at, expiry }: PositioningQuestion,
): Promise<Positioning | null> {
  const rows = await chainAt(lake, symbol, { at, columns: COLUMNS })
  const [first] = rows
  if (!first) return null
  const slot = epochMs(first.timestamp)
  const date = sessionDate(first.date)
  const kind = kindOfRows(rows)
  const sessionOn = sessionsOf({ symbol, kind })
  const dateBefore = sessionBefore(date, sessionOn)
  const openAt = sessionOn(date)?.openAt ?? slot
  const earlier = await chainAsOf(lake, symbol, {
    at: epochMs(Math.min(openAt, slot) - 1),
    columns: EARLIER_COLUMNS,
    ...(expiry !== undefined && { expiry }),
  })
  const before = earlier[0]?.date === dateBefore && dateBefore !== null ? earlier : null
  const steps = positioningSteps({ symbol, kind, slot, date, rows, before, carry, expiry })
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    await setImmediate()
  }
}
