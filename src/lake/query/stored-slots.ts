import type { Right } from '../../market/contract.ts'
import { type ConId, conId, type EpochMs, type ExpiryDate, type SessionDate } from '../../market/units.ts'
import { currentState, type Lake } from '../open.ts'
import { slotsIn } from './chains.ts'
import { filesOf } from './file-index.ts'
import { aggregate } from './scan.ts'

/** The first stored slot of a symbol after a time; null if there is none. @throws Failure EXIT.io */
export async function slotAfter(lake: Lake, symbol: string, at: EpochMs): Promise<EpochMs | null> {
  let earliest: EpochMs | null = null
  for (const file of filesOf(await currentState(lake), symbol)) {
    if (earliest !== null && file.minSlot >= earliest) break
    if (file.maxSlot <= at) continue
    const slots = file.minSlot > at ? [file.minSlot] : await slotsIn(lake, file)
    for (const slot of slots) if (slot > at && (earliest === null || slot < earliest)) earliest = slot
  }
  return earliest
}

/** A contract by its terms. */
export interface StoredContract {
  readonly conId: ConId
  readonly expiry: ExpiryDate
  readonly strike: number
  readonly right: Right
  readonly tradingClass: string
  /** null: stored before it was recorded. */
  readonly multiplier: number | null
}

/**
 * Every contract of a symbol that has a row on a trade date, by expiry, strike, right and trading class.
 * @throws Failure EXIT.io
 */
export async function contractsOn(lake: Lake, symbol: string, date: SessionDate): Promise<StoredContract[]> {
  const files = filesOf(await currentState(lake), symbol, date)
  const rows = await aggregate(
    lake,
    { files, values: {} },
    ` SELECT con_id::DOUBLE, expiry, strike, "right", trading_class, max(multiplier) FROM files
      GROUP BY ALL ORDER BY 2, 3, 4, 5`,
  )
  return rows.map(([id, expiry, strike, right, tradingClass, multiplier]) => ({
    conId: conId(id as number),
    expiry: String(expiry) as ExpiryDate,
    strike: strike as number,
    right: right as Right,
    tradingClass: tradingClass as string,
    multiplier: multiplier as number | null,
  }))
}
