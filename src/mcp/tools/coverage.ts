import { z } from 'zod'
import { slots, stats } from '../../lake/query/stats.ts'
import { newYorkDate, sessionsBetween } from '../../market/calendar.ts'
import { addDays, daysBetween, epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { lakeSource } from '../../schemas/lake-head.ts'
import { calendarDate, instant } from '../../schemas/times.ts'
import { newYorkText, symbol, tradeDate } from '../questions.ts'
import { tool } from '../tool.ts'

const MAX_DAYS = 400
const DEFAULT_DAYS = 31

export const coverageTool = tool({
  name: 'coverage',
  title: 'What is stored, and what is missing and why',
  description:
    'The symbols of the lake and, over a range of trade dates, how many slots of each are stored, partial or missing, with the reason of each gap. Begin here to learn what can be asked about and how fresh it is. The source says whether the data are simulated.',
  input: z.strictObject({
    symbol: symbol.optional(),
    from: tradeDate.optional().describe('First trade date; by default a month before `to`.'),
    to: tradeDate.optional().describe('Last trade date; by default that of the newest slot.'),
    limit: z.int().min(0).max(1_000).default(50).describe('At most so many gaps, the newest.'),
  }),
  output: z.strictObject({
    lake: z.string().describe('Folder of the lake.'),
    lake_source: lakeSource,
    first_slot: instant.nullable().describe('Of the whole lake; null while nothing is stored.'),
    last_slot: instant.nullable(),
    last_slot_new_york: z.string().nullable(),
    age_seconds: z.number().nullable().describe('From the newest slot to now.'),
    rows: z.int().describe('Of option_snapshots, all symbols.'),
    from: calendarDate.nullable(),
    to: calendarDate.nullable(),
    symbols: z.array(
      z.strictObject({
        symbol: z.string(),
        ...{ stored: z.int(), partial: z.int(), missing: z.int() },
        last_slot: instant.nullable().describe('The newest that has rows, in the range.'),
        reasons: z.record(z.string(), z.int()).describe('Gaps by reason.'),
        sessions: z.int().describe('Trade dates of the range with any entry.'),
        dates_without_entry: z
          .array(calendarDate)
          .describe('Sessions of the stock exchange that the lake knows nothing of; at most 60.'),
      }),
    ),
    gaps: z
      .array(
        z.strictObject({
          symbol: z.string(),
          slot: instant,
          slot_new_york: z.string(),
          outcome: z.enum(['partial', 'missing']),
          reason: z.string().nullable(),
          detail: z.string().nullable(),
          requested: z.int(),
          answered: z.int(),
        }),
      )
      .describe('Slots that are not stored whole, newest first.'),
    gaps_truncated: z.boolean(),
    absent: z.string().nullable().describe('Why there is nothing; null if there is something.'),
  }),
  answer: async (asked, { lake, symbols }) => {
    const { symbols: stored, firstSlot, lastSlot, rows } = await stats(lake)
    const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
    const known = [...new Set([...stored, ...symbols])].sort()
    if (asked.symbol !== undefined && !known.includes(asked.symbol)) {
      throw new Failure(
        EXIT.usage,
        `${asked.symbol} is neither stored nor configured: known symbols are ${known.join(', ')}`,
      )
    }
    const to = asked.to ?? newYorkDate(lastSlot ?? lake.clock.now())
    const from = asked.from ?? addDays(to, 1 - DEFAULT_DAYS)
    const days = daysBetween(from, to)
    if (days < 0 || days > MAX_DAYS) throw new Failure(EXIT.usage, `from and to span 1 to ${MAX_DAYS} days`)
    const ledger = await slots(lake, {
      from,
      to,
      ...(asked.symbol !== undefined && { symbol: asked.symbol }),
    })
    const exchange = sessionsBetween(from, to).map(({ date }) => date)
    const names = asked.symbol === undefined ? known : [asked.symbol]
    const gaps = ledger.filter(({ outcome }) => outcome !== 'stored').reverse()
    return {
      ...{ lake: lake.layout.root, lake_source: lake.source, rows },
      ...{ first_slot: iso(firstSlot), last_slot: iso(lastSlot) },
      last_slot_new_york: lastSlot === null ? null : newYorkText(lastSlot),
      age_seconds: lastSlot === null ? null : Math.max(0, (lake.clock.now() - lastSlot) / 1_000),
      ...{ from, to },
      symbols: names.map((name) => {
        const own = ledger.filter((entry) => entry.symbol === name)
        const count = (outcome: string) => own.filter((entry) => entry.outcome === outcome).length
        const dates = new Set<string>(own.map(({ date }) => date))
        const reasons: Record<string, number> = {}
        for (const { reason } of own) if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1
        return {
          symbol: name,
          ...{ stored: count('stored'), partial: count('partial'), missing: count('missing'), reasons },
          last_slot: iso(own.findLast((entry) => entry.rows > 0)?.timestamp ?? null),
          sessions: dates.size,
          dates_without_entry: exchange.filter((date) => !dates.has(date)).slice(-60),
        }
      }),
      gaps: gaps.slice(0, asked.limit).map((entry) => ({
        ...{ symbol: entry.symbol, slot: new Date(entry.timestamp).toISOString() },
        slot_new_york: newYorkText(epochMs(entry.timestamp)),
        outcome: entry.outcome === 'partial' ? ('partial' as const) : ('missing' as const),
        ...{
          reason: entry.reason,
          detail: entry.detail,
          requested: entry.requested,
          answered: entry.answered,
        },
      })),
      gaps_truncated: gaps.length > asked.limit,
      absent: lastSlot === null ? 'nothing is stored yet' : null,
    }
  },
})
