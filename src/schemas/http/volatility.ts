import { z } from 'zod'
import { DAY_FIGURES, type DayFigureName } from '../../analytics/answers/day-figures.ts'
import type { SlotFigureName } from '../../analytics/answers/slot-figures.ts'
import { absenceReason, figure } from '../figure.ts'
import { flagName } from '../row-schema.ts'
import { calendarDate, expiry, instant } from '../times.ts'
import { numberOrNull, numbers, servedHead, symbol } from './head.ts'

const estimator = z.enum(['close_to_close', 'parkinson', 'yang_zhang', 'five_minute'])
const ivSource = z
  .enum(['chain', 'ib_index'])
  .describe("chain: our own iv30. ib_index: the gateway's daily volatility of the underlying.")
const words = z.array(z.string().nullable())

const dayColumn = z
  .strictObject({
    unit: z.string(),
    window: z.int().nullable(),
    values: numbers('By slot.'),
    source: z.string().nullable().describe('Null where no slot has one.'),
    reasons: words.optional().describe('Why a value is null. Left out where all slots have one.'),
    sources: words.optional().describe('Left out where every slot has the same.'),
  })
  .describe('One figure over the slots of a day.')
  .meta({ id: 'day_column' })

const dayFigures = Object.fromEntries(Object.keys(DAY_FIGURES).map((name) => [name, dayColumn])) as Record<
  DayFigureName,
  typeof dayColumn
>

/** The answer of `/api/views/volatility/SYMBOL`. */
export const volatilityAnswer = z
  .strictObject({
    ...servedHead,
    symbol,
    date: calendarDate.describe('The session after the last one of the history.'),
    window: z.int().describe('Sessions of the history, and of the band.'),
    iv_source: ivSource,
    vix_source: z.enum(['index', 'chain']).nullable(),
    realized_source: z.enum(['bars', 'ib_index', 'index']),
    estimator,
    realized_window: z.int().describe('Sessions of each realized volatility.'),
    band: z
      .strictObject({
        low: z.number().nullable(),
        high: z.number().nullable(),
        low_date: calendarDate.nullable(),
        high_date: calendarDate.nullable(),
        observations: z.int(),
        reason: z.enum(['too_few_observations']).nullable(),
      })
      .describe('Lowest and highest value of the sessions that a rank counts, fractions a year.'),
    older_definitions: z.int().describe('Sessions whose volatility follows older definitions: null in iv.'),
    dates: z.array(calendarDate),
    iv: numbers('A fraction a year.'),
    vix: numbers('Points.'),
    close: numbers('Of the underlying.'),
    realized_before: numbers('Over the 20 sessions before each session, a fraction a year.'),
    realized_after: numbers('Over the 20 sessions after it; null while they are not all over.'),
    day: z
      .strictObject({
        slots: z.array(instant),
        figures: z.strictObject(dayFigures),
        iv_observations: numbers('Sessions in the window of 252 with a value.'),
        iv30_expirations: z.array(z.array(z.string()).nullable()),
        definition_versions: z.array(z.int()),
      })
      .describe('The slots of the date, those after the time asked for too.'),
  })
  .meta({ id: 'volatility_view' })

/** The answer of `/api/views/expected-move/SYMBOL`. */
export const expectedMovesAnswer = z
  .strictObject({
    ...servedHead,
    symbol,
    slot: instant.nullable(),
    date: calendarDate.nullable(),
    price: numberOrNull('Of the underlying in the slot, $.'),
    expirations: z.array(
      z.strictObject({
        expiry,
        trading_class: z.string().nullable(),
        settlement: z.string(),
        expires_at: instant.describe('When the value is fixed.'),
        days: z.number().describe('Calendar days from the slot.'),
        iv: numberOrNull('At the money, a fraction a year.'),
        move: numberOrNull('One standard deviation until it ends, $.'),
        straddle: numberOrNull('The mean absolute move until it ends, $: the straddle at the money.'),
        straddle_strike: z.number().nullable(),
        reason: absenceReason.nullable(),
      }),
    ),
  })
  .meta({ id: 'expected_move_view' })

/** The answer of `/api/views/expected-move/SYMBOL/day`. */
export const moveDayAnswer = z
  .strictObject({
    ...servedHead,
    symbol,
    date: calendarDate,
    expirations: z.array(z.strictObject({ expiry, trading_class: z.string().nullable() })),
    expiry: expiry.nullable().describe('The one that the path is of.'),
    trading_class: z.string().nullable(),
    path: z
      .strictObject({
        slots: z.array(instant),
        underlying: numbers('$.'),
        strike: z.array(z.number()),
        iv: numbers('A fraction a year.'),
        straddle: numbers('$.'),
        call_bid: numbers('$.'),
        call_ask: numbers('$.'),
        put_bid: numbers('$.'),
        put_ask: numbers('$.'),
        greeks_source: words,
        data_type: words,
        flags: z.array(z.array(flagName)),
      })
      .describe('The options at the money over the slots of the date, one list a column.'),
    prices: z.strictObject({
      sessions: z
        .array(z.strictObject({ date: calendarDate, open: instant, close: instant }))
        .describe('From the date on, those to come too.'),
      slots: z.array(instant),
      prices: z.array(z.number()),
    }),
    record: z
      .array(
        z.strictObject({
          sessions: z.int().describe('Sessions that the moves last.'),
          moves: z.int(),
          within_one: numberOrNull('Share of the moves within one standard deviation.'),
          within_two: numberOrNull('Share of the moves within two.'),
          ratio: numberOrNull('Root mean square of the moves in standard deviations.'),
          largest: numberOrNull('In standard deviations, with its sign.'),
          largest_date: calendarDate.nullable(),
        }),
      )
      .describe('What came of the moves expected in the year before.'),
    record_source: ivSource,
    record_sessions: z.int(),
  })
  .meta({ id: 'expected_move_day_view' })

const columns = z
  .strictObject({
    call_oi: numbers('Contracts.'),
    put_oi: numbers('Contracts.'),
    call_change: numbers('Against the session before, contracts.'),
    put_change: numbers('Against the session before, contracts.'),
    call_exposure: numbers('Whole dollars for a move of 1 %.'),
    put_exposure: numbers('Whole dollars for a move of 1 %, negative.'),
  })
  .meta({ id: 'positioning_columns' })

const { age_seconds: _, ...agelessShape } = figure.shape
const ageless = z.strictObject(agelessShape).meta({ id: 'figure_without_age' })

/** The answer of `/api/views/positioning/SYMBOL`: positioning by strike, in columns. */
export const positioningByStrikeAnswer = z
  .strictObject({
    ...servedHead,
    symbol,
    slot: instant.nullable(),
    date: calendarDate.nullable(),
    price: numberOrNull('Of the underlying.'),
    assumption: z.string().describe('The sign rule of every exposure.'),
    oi_date: calendarDate.nullable().describe('The session at whose end the open interest was counted.'),
    oi_date_before: calendarDate.nullable(),
    figures: z
      .strictObject({
        put_call_volume_ratio: ageless,
        put_call_oi_ratio: ageless,
        put_call_volume_ratio_60d: ageless,
        put_call_oi_ratio_60d: ageless,
        gamma_exposure: ageless,
        gamma_flip: ageless,
        oi_change_calls: ageless,
        oi_change_puts: ageless,
      })
      .nullable(),
    listed: z
      .array(z.strictObject({ expiry, trading_class: z.string().nullable(), days: z.number() }))
      .describe('All expirations of the slot.'),
    expirations: z.array(
      z.strictObject({
        expiry,
        trading_class: z.string().nullable(),
        days: z.number(),
        max_pain: z.number().nullable(),
        max_pain_reason: z.string().nullable(),
      }),
    ),
    by_expiration: columns,
    strikes: z.array(z.number()).describe('Ascending.'),
    by_strike: columns,
    profile: z.strictObject({ prices: z.array(z.number()), exposures: z.array(z.number()) }),
  })
  .meta({ id: 'positioning_view' })

const slotFigure = z
  .strictObject({
    value: z.union([z.number(), z.string()]).nullable(),
    reason: z.string().nullable().describe('Why it is null; null also where the row does not say.'),
    source: z.string().nullable(),
    unit: z.string(),
    window: z.int().nullable().describe('Sessions; null where the figure has no window.'),
  })
  .describe('One stored figure of a slot.')
  .meta({ id: 'slot_figure' })

const slotFigures: Record<SlotFigureName, typeof slotFigure> = {
  underlying_price: slotFigure,
  iv30: slotFigure,
  iv_rank: slotFigure,
  iv_percentile: slotFigure,
  mfiv30: slotFigure,
  vix: slotFigure,
  skew_25d: slotFigure,
  term_slope: slotFigure,
  expected_move: slotFigure,
  trend_daily: slotFigure,
  trend_intraday: slotFigure,
}

/** The answer of `/api/views/figures`: the newest stored figures of each symbol. */
export const slotFiguresAnswer = z
  .strictObject({
    ...servedHead,
    symbols: z.array(
      z.strictObject({
        symbol,
        slot: instant.nullable().describe('Null if no figures are stored at or before the time.'),
        date: calendarDate.nullable(),
        figures: z.strictObject(slotFigures).nullable(),
        iv_observations: numberOrNull('Sessions in the window of 252 with a value.'),
        definition_version: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'figures_view' })
