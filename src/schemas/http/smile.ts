import { z } from 'zod'
import { GRID_POINTS } from '../../snapshot/surface/surface-grid.ts'
import { flagName } from '../row-schema.ts'
import { calendarDate, expiry, instant } from '../times.ts'
import { numberOrNull, numbers, servedHead, symbol } from './head.ts'

const listed = {
  expiry,
  trading_class: z.string(),
  days: z.number().describe('Calendar days from the slot to the end of its time.'),
}

const curve = z
  .strictObject({
    k: z.array(z.number()).describe('ln(strike / forward).'),
    iv: z.array(z.number()).describe('A fraction a year.'),
    forward: z.number(),
    forward_error: z.number().nullable(),
    years: z.number(),
    atm_iv: z.number().nullable(),
    atm_iv_error: z.number().nullable(),
    skew: z.number().nullable(),
    skew_error: z.number().nullable(),
    quotes: z.int().nullable(),
    within_one: numberOrNull('Share of the quotes within one half-spread of the curve.'),
    within_two: z.number().nullable(),
    residual: z.number().nullable(),
    constrained: z.boolean(),
    definition_version: z.int(),
  })
  .describe('A stored curve where quotes reach, as points.')
  .meta({ id: 'smile_curve' })

const quotes = z
  .strictObject({
    strike: z.array(z.number()),
    right: z
      .string()
      .regex(/^[CP]*$/)
      .describe('A letter for each quote.'),
    bid: numbers('$.'),
    ask: numbers('$.'),
    bid_iv: numbers('A fraction a year; null where the side has none.'),
    ask_iv: numbers('A fraction a year; null where the side has none.'),
    flags: z.array(z.int()).describe('Masks of quality flags, which `flag_names` of the answer names.'),
    fitted: z.array(z.int().min(0).max(1)).describe('1 where the fit uses the quote.'),
  })
  .describe('Quotes by strike, one list a column.')
  .meta({ id: 'smile_quotes' })

const comparison = {
  against: z.enum(['none', 'close', 'same_time']).describe('What the slot is compared with.'),
  before_reason: z
    .enum(['no_session_before', 'none_as_early'])
    .nullable()
    .describe('Why nothing is compared although it was asked for.'),
}

const slotHead = {
  ...servedHead,
  symbol,
  slot: instant.nullable().describe('Null if the symbol has no slot with options.'),
  date: calendarDate.nullable(),
  age_seconds: z.number().nullable(),
  spot: numberOrNull('$; null if no row has a price of the underlying.'),
}

/** The answer of `/api/views/smile/SYMBOL`: the smiles of a slot. */
export const smileAnswer = z
  .strictObject({
    ...slotHead,
    expirations: z.array(z.strictObject(listed)),
    smiles: z.array(
      z.strictObject({
        ...listed,
        expires_at: instant,
        years: z.number(),
        forward: numberOrNull('$, from put-call parity.'),
        forward_error: z.number().nullable(),
        forward_reason: z.string().nullable().describe('Why there is no forward.'),
        quotes,
        curve: curve.nullable(),
        curve_reason: z
          .string()
          .nullable()
          .describe('Why there is no curve: a reason of the fit, or not_stored.'),
        before: curve.nullable().describe('The curve of the session before.'),
      }),
    ),
    missing: z
      .array(z.strictObject({ expiry, trading_class: z.string().nullable() }))
      .describe('Asked for and not in the slot.'),
    flag_names: z.record(z.string(), z.array(flagName)).describe('The names of every mask in the columns.'),
    ...comparison,
    before: z.strictObject({ slot: instant, date: calendarDate }).nullable(),
  })
  .meta({ id: 'smile_view' })

const terms = z
  .strictObject({
    expiry: z.array(expiry),
    trading_class: z.array(z.string()),
    days: z.array(z.number()).describe('Calendar days from the slot.'),
    atm_iv: numbers('At the money, a fraction a year.'),
    atm_iv_error: numbers('Its error.'),
    put_25d: numbers('At a delta of 25 of the forward; null where the quotes do not reach.'),
    call_25d: numbers('The same of calls.'),
    skew: numbers('Slope at the money.'),
    skew_error: numbers('Its error.'),
    forward: numbers('$.'),
    forward_error: numbers('$.'),
    carry: numbers('A fraction a year.'),
    carry_error: numbers('Its error.'),
    forward_iv: numbers('Between the expiration before and this one; null for the first.'),
    quotes: numbers('Of the fit.'),
    within_one: numbers('Share of the quotes within one half-spread.'),
    reason: z.array(z.string().nullable()).describe('Why there is no curve.'),
  })
  .describe('Expirations by time to expiry, one list a column.')
  .meta({ id: 'term_columns' })

/** The answer of `/api/views/term/SYMBOL`: the term structure of a slot. */
export const termAnswer = z
  .strictObject({
    ...slotHead,
    definition_version: z.int().nullable(),
    expirations: terms,
    reason: z.enum(['no_chain', 'not_stored']).nullable().describe('Why there is no surface at all.'),
    ...comparison,
    before: z.strictObject({ slot: instant, date: calendarDate, expirations: terms }).nullable(),
  })
  .meta({ id: 'term_view' })

const byTenor = (meaning: string) => z.array(numbers('By session or slot.')).describe(meaning)

/** The answer of `/api/views/tenors/SYMBOL`: the history of fixed tenors. */
export const tenorsAnswer = z
  .strictObject({
    ...servedHead,
    symbol,
    date: calendarDate,
    point: z
      .enum([...GRID_POINTS, 'skew_25d'])
      .describe('Of the grid, or the 25-delta put less the 25-delta call.'),
    definition_version: z.int(),
    tenor_days: z.array(z.int()).describe('The order of all lists by tenor.'),
    sessions: z
      .strictObject({ date: z.array(calendarDate), iv: byTenor('The median of the slots of each session.') })
      .describe('Before the date, also those without a value.'),
    slots: z
      .strictObject({
        slot: z.array(instant),
        iv: byTenor('A fraction a year.'),
        rank: byTenor('0 to 100.'),
        percentile: byTenor('0 to 100.'),
        reason: z.array(z.array(z.string().nullable())).describe('Why a value is null.'),
      })
      .describe('Slots of the date with a stored surface.'),
    observations: z.array(z.int()).describe('Sessions of the window with a value, by tenor.'),
    window: z.int().describe('Sessions.'),
  })
  .meta({ id: 'tenors_view' })
