import { z } from 'zod'
import { bars } from '../../lake/query/bars.ts'
import { daysBetween, epochMs, sessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { calendarDate, instant } from '../../schemas/times.ts'
import { headOf, slotHead, symbol, tradeDate } from '../questions.ts'
import { tool } from '../tool.ts'

const MAX_DAYS = 31

const bar = z.strictObject({
  timestamp: instant.describe('Beginning of the five minutes.'),
  date: calendarDate,
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  ticks: z.number(),
  price_basis: z.string().nullable().describe('trade, mid or index.'),
  session: z.string().nullable(),
  coverage_seconds: z.number().nullable().describe('Of 300: how long the stream was there.'),
  data_type: z.string().nullable(),
})

export const barsTool = tool({
  name: 'underlying_bars',
  title: 'Five-minute bars of the underlying',
  description:
    'Five-minute prices of a stock, an index or the front future, as its stream showed them: of the newest trade date that has any, or of a range of at most 31 days. The head names the newest bar of the answer as its slot.',
  input: z.strictObject({
    symbol,
    from: tradeDate.optional(),
    to: tradeDate.optional(),
    limit: z.int().min(1).max(5_000).default(100).describe('At most so many, the newest.'),
  }),
  output: z.strictObject({
    ...slotHead,
    matching: z.int(),
    truncated: z.boolean(),
    bars: z.array(bar).describe('By time.'),
  }),
  answer: async ({ symbol: name, from, to, limit }, sources) => {
    if ((from === undefined) !== (to === undefined))
      throw new Failure(EXIT.usage, 'give both from and to, or neither')
    const days = from === undefined || to === undefined ? 0 : daysBetween(from, to)
    if (days < 0 || days >= MAX_DAYS) throw new Failure(EXIT.usage, `from and to span 1 to ${MAX_DAYS} days`)
    const rows = await bars(sources.lake, name, { from, to })
    const last = rows.at(-1)
    const head = await headOf(
      sources,
      { symbol: name },
      last ? { slot: epochMs(last.timestamp), date: sessionDate(last.date) } : null,
    )
    return {
      ...head,
      absent: last
        ? null
        : `no bars of ${name} are stored ${from === undefined ? 'yet' : `from ${from} to ${to}`}`,
      matching: rows.length,
      truncated: rows.length > limit,
      bars: rows.slice(-limit).map((row) => ({
        timestamp: new Date(row.timestamp).toISOString(),
        ...{
          date: row.date,
          open: row.open,
          high: row.high,
          low: row.low,
          close: row.close,
          ticks: row.ticks,
        },
        ...{ price_basis: row.price_basis, session: row.session, coverage_seconds: row.coverage_seconds },
        data_type: row.data_type,
      })),
    }
  },
})
