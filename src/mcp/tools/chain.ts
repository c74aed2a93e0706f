import { z } from 'zod'
import { chainAt } from '../../lake/query/chains.ts'
import { epochMs, sessionDate } from '../../market/units.ts'
import { flagName } from '../../schemas/row-schema.ts'
import { instant } from '../../schemas/times.ts'
import { flagNames } from '../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { at, expiry, headOf, slotHead, symbol } from '../questions.ts'
import { tool } from '../tool.ts'

const number = z.number().nullable()

const contract = z.strictObject({
  expiry: z.string(),
  trading_class: z.string(),
  strike: z.number(),
  right: z.enum(['C', 'P']),
  bid: number.describe('$; null without one.'),
  ask: number,
  mid: number.describe('Middle of bid and ask; null without both.'),
  last: number,
  volume: number,
  open_interest: number.describe('As of the end of the session before.'),
  iv: number.describe('A fraction a year.'),
  delta: number,
  gamma: number,
  theta: number.describe('$ a calendar day.'),
  vega: number.describe('$ per volatility point.'),
  greeks_source: z.string().nullable().describe('ib_model, or own: solved from the middle of the quote.'),
  underlying_price: number.describe('When the quote came.'),
  data_type: z.string().nullable(),
  quoted_at: instant.nullable(),
  flags: z.array(flagName).describe('What is doubtful about the row.'),
})

export const chainTool = tool({
  name: 'option_chain',
  title: 'Option chain of a slot',
  description:
    'The quotes and greeks of a stored slot. A chain has thousands of contracts: name an expiration, a right, strikes, or `near_money` (so many strikes on each side of the underlying), and read `expirations` to see what there is. `truncated` says that `limit` left rows out.',
  input: z.strictObject({
    symbol,
    at: at.optional(),
    expiry: expiry.optional(),
    right: z.enum(['C', 'P']).optional().describe('C calls, P puts; left out: both.'),
    strike_from: z.number().min(0).optional(),
    strike_to: z.number().min(0).optional(),
    near_money: z
      .int()
      .min(1)
      .max(200)
      .optional()
      .describe('Only so many strikes on each side of the underlying, of each expiration.'),
    limit: z.int().min(1).max(2_000).default(100).describe('At most so many rows.'),
  }),
  output: z.strictObject({
    ...slotHead,
    underlying_price: number,
    expirations: z
      .array(z.strictObject({ expiry: z.string(), trading_class: z.string(), contracts: z.int() }))
      .describe('All of the slot, whichever is asked for.'),
    matching: z.int().describe('Rows that the question is about, also those beyond limit.'),
    truncated: z.boolean(),
    rows: z.array(contract).describe('By expiration, strike and right.'),
  }),
  answer: async (asked, sources) => {
    const rows = await chainAt(sources.lake, asked.symbol, { at: asked.at })
    const [first] = rows
    const found = first ? { slot: epochMs(first.timestamp), date: sessionDate(first.date) } : null
    const head = await headOf(sources, asked, found)
    const prices = rows.flatMap(({ underlying_price }) => underlying_price ?? []).sort((a, b) => a - b)
    const price = prices[Math.floor(prices.length / 2)] ?? null
    const filtered = rows.filter(
      (row) =>
        (asked.expiry === undefined || row.expiry === asked.expiry) &&
        (asked.right === undefined || row.right === asked.right) &&
        row.strike >= (asked.strike_from ?? 0) &&
        row.strike <= (asked.strike_to ?? Number.POSITIVE_INFINITY),
    )
    const matching = asked.near_money === undefined ? filtered : nearMoney(filtered, price, asked.near_money)
    return {
      ...head,
      underlying_price: price,
      expirations: expirationsOf(rows),
      matching: matching.length,
      truncated: matching.length > asked.limit,
      rows: matching.slice(0, asked.limit).map(contractOf),
    }
  },
})

/** The strikes nearest to the price on each side, of each expiration and class. */
function nearMoney(rows: readonly SnapshotRow[], price: number | null, count: number): SnapshotRow[] {
  if (price === null) return []
  const strikes = new Map<string, Set<number>>()
  for (const { expiry: day, trading_class, strike } of rows) {
    const key = `${day} ${trading_class}`
    strikes.set(key, (strikes.get(key) ?? new Set()).add(strike))
  }
  const near = new Map(
    [...strikes].map(([key, all]) => {
      const sorted = [...all].sort((a, b) => a - b)
      const below = sorted.filter((strike) => strike < price).slice(-count)
      return [key, new Set([...below, ...sorted.filter((strike) => strike >= price).slice(0, count)])]
    }),
  )
  return rows.filter((row) => near.get(`${row.expiry} ${row.trading_class}`)?.has(row.strike))
}

function expirationsOf(rows: readonly SnapshotRow[]) {
  const counts = new Map<string, { expiry: string; trading_class: string; contracts: number }>()
  for (const { expiry: day, trading_class } of rows) {
    const key = `${day} ${trading_class}`
    const known = counts.get(key)
    if (known) known.contracts++
    else counts.set(key, { expiry: day, trading_class, contracts: 1 })
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function contractOf(row: SnapshotRow): z.output<typeof contract> {
  const { bid, ask } = row
  return {
    ...{ expiry: row.expiry, trading_class: row.trading_class, strike: row.strike },
    right: row.right === 'C' ? 'C' : 'P',
    ...{ bid, ask, mid: bid === null || ask === null ? null : (bid + ask) / 2, last: row.last },
    ...{ volume: row.volume, open_interest: row.open_interest, iv: row.iv },
    ...{ delta: row.delta, gamma: row.gamma, theta: row.theta, vega: row.vega },
    ...{ greeks_source: row.greeks_source, underlying_price: row.underlying_price, data_type: row.data_type },
    quoted_at: row.quoted_at === null ? null : new Date(row.quoted_at).toISOString(),
    flags: [...flagNames(row.flags)],
  }
}
