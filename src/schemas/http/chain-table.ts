import { z } from 'zod'
import { flagName } from '../row-schema.ts'
import { calendarDate, expiry, instant } from '../times.ts'
import { numberOrNull, numbers, servedHead, symbol } from './head.ts'

const expiration = z.strictObject({
  expiry,
  trading_class: z.string(),
  days: z.int().describe("Calendar days from the slot's trade date."),
  contracts: z.int(),
})

const words = z.array(z.string().nullable())

const side = z
  .strictObject({
    bid: numbers('$.'),
    ask: numbers('$.'),
    last: numbers('$.'),
    bid_size: numbers('Contracts.'),
    ask_size: numbers('Contracts.'),
    volume: numbers('Contracts.'),
    open_interest: numbers('Contracts.'),
    iv: numbers('A fraction a year.'),
    delta: numbers('$ per $.'),
    gamma: numbers('1/$.'),
    theta: numbers('$ a calendar day.'),
    vega: numbers('$ per volatility point.'),
    underlying_price: numbers('$.'),
    con_id: numbers("IB's contract id."),
    flags: numbers('Mask of quality flags, which `flags` of the answer names.'),
    greeks_source: words,
    data_type: words,
    has_row: z.array(z.boolean()).describe('False for a contract that was not asked for or never answered.'),
    quoted_seconds: numbers('From the slot to the quote.'),
    carried_from: z.array(instant.nullable()).describe('The earlier slot that the quote was taken in.'),
  })
  .describe('Calls or puts, one list a column, in the order of the strikes; null where there is no row.')
  .meta({ id: 'chain_side' })

/** The answer of `/api/views/chain/SYMBOL`: one expiration, calls and puts side by side. */
export const chainTableAnswer = z
  .strictObject({
    ...servedHead,
    symbol,
    slot: instant.nullable().describe('Null if nothing is stored.'),
    date: calendarDate.nullable(),
    reason: z.enum(['no_chain', 'no_such_expiration']).nullable().describe('Why there is no table.'),
    expirations: z.array(expiration),
    chosen: expiration.nullable(),
    underlying_price: numberOrNull('$: the median over the rows of the expiration.'),
    strike: z.array(z.number()),
    at_the_money: z.int().nullable().describe('Index of the strike nearest to the underlying.'),
    calls: side,
    puts: side,
    flags: z
      .array(z.strictObject({ mask: z.int(), names: z.array(flagName) }))
      .describe('The names of every mask in the columns `flags`.'),
  })
  .meta({ id: 'chain_view' })
