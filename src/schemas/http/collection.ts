import { z } from 'zod'
import { slotOutcome, slotReason } from '../rows.ts'
import { calendarDate, instant } from '../times.ts'
import { numberOrNull, numbers, servedHead, symbol } from './head.ts'

const text = z.string().nullable()
const limits = z
  .strictObject({
    messages_per_second: z.number(),
    pacing_window_ms: z.number().describe('The window in which messages are counted.'),
    lines: z.int().describe('Market-data lines open at the same time.'),
  })
  .describe('What the gateway allows.')
  .meta({ id: 'gateway_limits' })
const problem = z.strictObject({ message: z.string(), since: instant })

/** The answer of `/api/views/status`: what is collected now and next. */
export const statusAnswer = z
  .strictObject({
    ...servedHead,
    at: instant,
    started_at: instant,
    origin: z.enum(['ib', 'simulated']).describe('simulated: no number here is that of a real market.'),
    requested_data: z.string().describe('The kind of data that the settings ask for.'),
    connected: z.boolean(),
    connected_since: instant.nullable(),
    interval_seconds: z.int(),
    session: z
      .strictObject({ date: calendarDate, open: instant, close: instant })
      .nullable()
      .describe('Null outside sessions.'),
    next_slot: z
      .strictObject({ slot: instant, symbols: z.array(symbol) })
      .nullable()
      .describe('Null if no session is known within a month.'),
    cycle_seconds: numberOrNull('How long the running cycle has run; null if none is running.'),
    limits: z.strictObject({
      messages_per_second: z.number(),
      contracts_per_second: z.number(),
      lines: z.int(),
      lines_in_use: z.int().nullable(),
      peak_messages_per_second: z.number().nullable(),
    }),
  })
  .meta({ id: 'status_view' })

/** The answer of `/api/views/gateway`: the connection at this moment. */
export const gatewayViewAnswer = z
  .strictObject({
    ...servedHead,
    at: instant,
    started_at: instant,
    address: text.describe('host:port as configured; null for the embedded simulator.'),
    connected: z.boolean(),
    since: instant.nullable(),
    reason: text,
    detail: text,
    advice: text,
    sessions_opened: z.int().describe('All but the first are reconnections.'),
    limits,
    session: z
      .strictObject({
        server_version: z.int(),
        messages_sent: z.int(),
        peak_messages_per_second: z.number(),
        lines_in_use: z.int(),
        lines_usable: z.int().describe('As learned from refusals of the gateway.'),
        lines_awaited: z.int().describe('Requests that wait for a line.'),
      })
      .nullable(),
    cycle_seconds: z.number().nullable(),
    notices: z
      .array(
        z.strictObject({
          code: z.int(),
          message: z.string(),
          advice: text,
          at: instant,
          count: z.int().nullable().describe('Since the start.'),
        }),
      )
      .describe('The last of each code, the newest first.'),
    breakers: z.array(z.strictObject({ symbol, state: z.string(), since: instant.nullable() })),
    chains: z.array(
      z.strictObject({
        symbol,
        expirations: z.int(),
        missing: z.int(),
        earlier: z.int().describe('Listed on an earlier day, and not yet today.'),
        earlier_date: calendarDate.nullable(),
        problem: text,
        listing_seconds: z.number().nullable(),
      }),
    ),
    bars: z.strictObject({ streams: z.int(), problems: z.array(problem) }).nullable(),
    surface: z.strictObject({ failures: z.int(), problem: problem.nullable() }).nullable(),
    operations: z.array(problem),
    lake_fault: problem.nullable(),
  })
  .meta({ id: 'gateway_view' })

/** The answer of `/api/views/lake`: rows, files and bytes. */
export const lakeViewAnswer = z
  .strictObject({
    ...servedHead,
    at: instant,
    tables: z.array(
      z.strictObject({
        name: z.string(),
        version: z.int().nullable().describe('Null for a table without commits.'),
        rows: z.int(),
        files: z.int(),
        unreadable: z.int(),
        bytes: z.int(),
      }),
    ),
    days: z
      .strictObject({
        date: z.array(calendarDate),
        rows: z.array(z.int()),
        files: z.array(z.int()),
        bytes: z.array(z.int()),
      })
      .describe('option_snapshots by trade date, one list a column.'),
    growth: z.strictObject({
      symbols: z.array(
        z.strictObject({ symbol, basis: z.string(), days: z.int(), bytes_per_day: z.number().nullable() }),
      ),
      bytes_per_day: z.number().nullable(),
      bytes_per_year: z.number().nullable(),
      free_bytes: z.number().nullable(),
      sessions_until_full: z.number().nullable(),
      reason: text,
    }),
  })
  .meta({ id: 'lake_view' })

/** The answer of `/api/views/harvest/SYMBOL`: how the slots of a trade date were collected. */
export const harvestAnswer = z
  .strictObject({
    symbol,
    date: calendarDate,
    at: instant,
    ...servedHead,
    interval_seconds: z.int(),
    limits,
    slot: z.array(instant),
    outcome: z.array(slotOutcome),
    reason: z.array(slotReason.nullable()),
    detail: z.array(text),
    advice: z.array(text),
    started_seconds: numbers('From the slot to the beginning of its cycle.'),
    finished_seconds: numbers('From the slot to the moment at which its rows were ready.'),
    requested: numbers('Contracts.'),
    answered: numbers('Contracts.'),
    complete: numbers('Contracts.'),
    with_greeks: numbers('Contracts.'),
    skipped: numbers('Contracts left out by the budget.'),
    rows: numbers('Stored rows.'),
    skew_seconds: numbers('From the first quote to the last.'),
    smile_skew_seconds: numbers('The same within one expiration, the median.'),
    quote_age_seconds: numbers('From the quote to the end of the cycle, the median.'),
    live_rows: numbers('Rows with live data.'),
    frozen_rows: numbers('Rows with frozen data.'),
    delayed_rows: numbers('Rows with delayed data.'),
  })
  .describe('One list a column, in the order of the slots.')
  .meta({ id: 'harvest_view' })

/** The answer of `/api/views/quotes/SYMBOL`: when the quotes of a slot came. */
export const quotesAnswer = z
  .strictObject({
    symbol,
    ...servedHead,
    limits,
    slot: instant.nullable(),
    date: calendarDate.nullable(),
    from_second: z.int().describe('Second of the first of `counts`, from the slot.'),
    counts: z.array(z.int()).describe('Contracts whose bid or ask last spoke in each second.'),
    outside: z.int().describe('Contracts with a quote from before or after these seconds.'),
    unquoted: z.int().describe('Contracts with neither bid nor ask.'),
    carried: z.int().describe('Contracts whose quote is that of an earlier slot.'),
    rows: z.int(),
  })
  .meta({ id: 'quotes_view' })
