import { z } from 'zod'
import { FUTURE_COLUMNS } from '../snapshot/future-snapshots.ts'
import { LEDGER_COLUMNS, SLOT_REASONS } from '../snapshot/ledger.ts'
import { SNAPSHOT_COLUMNS } from '../snapshot/row.ts'
import { UNDERLYING_BARS_COLUMNS } from '../snapshot/underlying-bars.ts'
import { rowSchema } from './row-schema.ts'

export const slotReason = z
  .enum(SLOT_REASONS)
  .describe('Why a slot is missing, or not stored as it was asked for.')
  .meta({ id: 'slot_reason' })

export const slotOutcome = z
  .enum(['stored', 'partial', 'missing'])
  .describe(
    'stored: every requested contract answered with the data that were asked for; partial: some did, or the data are not what was asked for; missing: none did.',
  )
  .meta({ id: 'slot_outcome' })

export const chainRow = rowSchema(SNAPSHOT_COLUMNS)
  .describe('One option in one slot: a row of option_snapshots.')
  .meta({ id: 'chain_row' })

/** The greeks that are computed when they are asked for, of a chain row. */
export const secondOrderGreeks = {
  rho: z.number().nullable().describe('Change of the price for a point of the rate, $; null where unknown.'),
  vanna: z.number().nullable().describe('Change of delta for a volatility point; null where unknown.'),
  volga: z.number().nullable().describe('Change of vega for a volatility point; null where unknown.'),
  charm: z.number().nullable().describe('Change of delta by the next calendar day; null where unknown.'),
}

export const futureRow = rowSchema(FUTURE_COLUMNS)
  .describe('One future in one slot: a row of future_snapshots.')
  .meta({ id: 'future_row' })

export const barRow = rowSchema(UNDERLYING_BARS_COLUMNS)
  .describe('Five minutes of one underlying: a row of underlying_bars.')
  .meta({ id: 'bar_row' })

export const ledgerRow = rowSchema(LEDGER_COLUMNS)
  .describe('What became of one symbol in one slot: a row of the ledger, slots.')
  .meta({ id: 'ledger_row' })
