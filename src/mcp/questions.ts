import { z } from 'zod'
import type { Lake } from '../lake/open.ts'
import { slots, stats } from '../lake/query/stats.ts'
import { newYorkDate, newYorkInstant, newYorkTime } from '../market/calendar.ts'
import { SYMBOL_FORM, SYMBOL_INPUT_PATTERN, storedSymbol } from '../market/symbol.ts'
import {
  addDays,
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { lakeSource } from '../schemas/lake-head.ts'
import { calendarDate, instant } from '../schemas/times.ts'

/** The symbol of a question. */
export const symbol = z
  .string()
  .regex(SYMBOL_INPUT_PATTERN, `write ${SYMBOL_FORM}`)
  .transform(storedSymbol)
  .describe('Underlying, such as SPY.')
  .meta({ examples: ['SPY', 'QQQ'] })

const OFFSET_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/
const NEW_YORK_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)$/
const DATE = /^\d{4}-\d\d-\d\d$/

/** A time as a question writes it: the newest slot at or before it is meant. */
export const at = z
  .string()
  .max(40)
  .transform((text, context) => {
    const time = timeOf(text)
    if (time !== null) return time
    const message =
      'write a time with its offset (2026-11-20T15:55:00-05:00), a New York time (2026-11-20 15:55), or a date (2026-11-20: the end of it)'
    context.addIssue({ code: 'custom', message, input: text })
    return z.NEVER
  })
  .describe(
    'The newest stored slot at or before this time: with an offset, in New York time, or a date, which means its last slot. Left out: the newest slot of all.',
  )
  .meta({ examples: ['2026-11-20', '2026-11-20 15:55', '2026-11-20T15:55:00-05:00'] })

/** Null for text of another form, and for times that no calendar has. */
function timeOf(text: string): EpochMs | null {
  try {
    if (OFFSET_TIME.test(text)) {
      sessionDate(text.slice(0, 10))
      return finite(Date.parse(text))
    }
    const [, date, clock] = NEW_YORK_TIME.exec(text) ?? []
    if (date !== undefined && clock !== undefined) {
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(clock) ? newYorkInstant(sessionDate(date), clock) : null
    }
    return DATE.test(text) ? epochMs(newYorkInstant(addDays(sessionDate(text), 1), '00:00') - 1) : null
  } catch {
    return null
  }
}

function finite(time: number): EpochMs | null {
  return Number.isFinite(time) ? epochMs(time) : null
}

/** A trade date of a question. */
export const tradeDate = z
  .string()
  .transform((text, context): SessionDate => {
    try {
      if (DATE.test(text)) return sessionDate(text)
    } catch {}
    context.addIssue({ code: 'custom', message: 'write a date as YYYY-MM-DD', input: text })
    return z.NEVER
  })
  .describe('Trade date, YYYY-MM-DD.')
  .meta({ examples: ['2026-11-20'] })

/** An expiration of a question: both ways to write it are common. */
export const expiry = z
  .string()
  .transform((text, context): ExpiryDate => {
    try {
      if (/^\d{8}$/.test(text) || DATE.test(text)) return expiryDate(text.replaceAll('-', ''))
    } catch {}
    context.addIssue({ code: 'custom', message: 'write an expiration as YYYYMMDD', input: text })
    return z.NEVER
  })
  .describe('Last trading day of the options, YYYYMMDD.')
  .meta({ examples: ['20261218'] })

/** What every answer about a slot begins with. */
export const slotHead = {
  lake_source: lakeSource,
  symbol: z.string(),
  slot: instant.nullable().describe('The stored slot that was read; null if there is none.'),
  slot_new_york: z.string().nullable().describe('The same in New York time, such as 2026-11-20 15:55.'),
  date: calendarDate.nullable().describe('Trade date of the slot.'),
  age_seconds: z.number().nullable().describe('From the slot to now.'),
  data: z
    .array(z.enum(['simulated', 'live', 'frozen', 'delayed', 'not_recorded']))
    .describe(
      'What kind of quotes the slot has. simulated: no number here is that of a real market. Empty without a slot.',
    ),
  absent: z
    .string()
    .nullable()
    .describe('Why there is no slot; null if there is one. Never take an older slot for the one asked for.'),
}

type SlotHead = z.output<z.ZodObject<typeof slotHead>>

/** @throws Failure EXIT.usage for a symbol that is neither stored nor configured. */
export async function headOf(
  { lake, symbols }: { readonly lake: Lake; readonly symbols: readonly string[] },
  asked: { readonly symbol: string; readonly at?: EpochMs | undefined },
  found: { readonly slot: EpochMs; readonly date: SessionDate } | null,
): Promise<SlotHead> {
  const { symbol: name } = asked
  const head = { lake_source: lake.source, symbol: name }
  if (found === null) {
    const stored = (await stats(lake)).symbols
    if (!stored.includes(name) && !symbols.includes(name)) throw unknownSymbol(name, [...stored, ...symbols])
    const absent =
      asked.at === undefined
        ? `no slot of ${name} is stored yet`
        : `no slot of ${name} is stored at or before ${newYorkText(asked.at)} New York`
    return { ...head, slot: null, slot_new_york: null, date: null, age_seconds: null, data: [], absent }
  }
  const { slot, date } = found
  const entry = (await slots(lake, { date, symbol: name })).find(({ timestamp }) => timestamp === slot)
  const kinds = entry
    ? (['live', 'frozen', 'delayed'] as const).filter((kind) => (entry[`${kind}_rows`] ?? 0) > 0)
    : []
  return {
    ...head,
    slot: new Date(slot).toISOString(),
    slot_new_york: newYorkText(slot),
    date,
    age_seconds: Math.max(0, (lake.clock.now() - slot) / 1_000),
    data: lake.source === 'simulated' ? ['simulated'] : kinds.length > 0 ? kinds : ['not_recorded'],
    absent: null,
  }
}

export function newYorkText(time: EpochMs): string {
  return `${newYorkDate(time)} ${newYorkTime(time)}`
}

function unknownSymbol(name: string, known: readonly string[]): Failure {
  const list = [...new Set(known)].sort().join(', ') || 'none'
  return new Failure(EXIT.usage, `${name} is neither stored nor configured: known symbols are ${list}`)
}
