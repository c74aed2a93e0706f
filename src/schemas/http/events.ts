import { z } from 'zod'
import { slotOutcome } from '../rows.ts'
import { instant } from '../times.ts'
import { servedHead, symbol } from './head.ts'
import { checkStatus } from './health.ts'

const now = instant.describe("The daemon's time when the event was sent.")
const ofSlot = { now, symbol, slot: instant }

/** The data of each event of `/api/events`, by the name of the event. */
export const events = {
  hello: z
    .strictObject({
      now,
      version: z.string(),
      ...servedHead,
      symbols: z.array(symbol),
      slots: z
        .record(z.string(), instant.nullable())
        .describe('The newest stored slot of each symbol in its newest session; null without one.'),
      health: checkStatus,
      lake: z.int().describe('Version of option_snapshots.'),
    })
    .describe('The first event of every stream.')
    .meta({ id: 'event_hello' }),
  slot: z
    .strictObject({ ...ofSlot, outcome: slotOutcome })
    .describe('A slot has entered the ledger.')
    .meta({ id: 'event_slot' }),
  figures: z.strictObject(ofSlot).describe('The figures of a slot are stored.').meta({ id: 'event_figures' }),
  surface: z.strictObject(ofSlot).describe('The surface of a slot is stored.').meta({ id: 'event_surface' }),
  cycle: z
    .strictObject({
      now,
      phase: z.enum(['chain', 'harvest', 'write', 'idle']),
      slot: instant,
      requested: z.int().describe('Contracts of all symbols together.'),
      answered: z.int(),
      contracts_per_second: z.number().nullable().describe('Null outside the harvest.'),
    })
    .describe('A cycle is running, at most twice a second.')
    .meta({ id: 'event_cycle' }),
  health: z
    .strictObject({ now, status: checkStatus })
    .describe('The outcome of a check of /health has changed.')
    .meta({ id: 'event_health' }),
  lake: z
    .strictObject({ now, version: z.int() })
    .describe('Stored slots may have changed: compaction, a rebuild, daily history.')
    .meta({ id: 'event_lake' }),
  beat: z
    .strictObject({ now })
    .describe('Every few seconds while nothing else is said.')
    .meta({ id: 'event_beat' }),
}
