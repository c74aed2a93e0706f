import { z } from 'zod'

/** Changes when a reader of earlier files would misread later ones. */
export const JOURNAL_VERSION = 1

const dollars = z.number()
const text = z.string()
const time = z.iso.datetime()

const leg = z.object({
  con_id: z.int().positive(),
  expiry: text.describe('YYYYMMDD'),
  strike: dollars,
  right: z.enum(['C', 'P']),
  trading_class: text,
  side: z.enum(['BUY', 'SELL']).describe('BUY: held long'),
})

const figure = z.object({
  name: text.describe('Name in docs/numbers.md, such as iv_rank'),
  value: z.union([z.number(), z.string(), z.boolean(), z.null()]),
  reason: text.nullable().describe('Why the value is null; null if there is one'),
  definition: text,
  unit: text,
  source: text,
  window: z.number().nullable(),
  observations: z.number(),
  observations_of: text,
  as_of: time.nullable(),
  age_seconds: z.number().nullable(),
})

const net = z.object({ bid: dollars, mid: dollars, ask: dollars })

const rejection = z.object({
  reason: text,
  contracts: z.int().describe('How many contracts were rejected for it'),
  example: text.describe('The first of them, with its value'),
})

const choice = z.object({
  expiry: text,
  days: z.int(),
  legs: z.array(leg),
  net: net.describe('Dollars a share for one unit; negative: received'),
  max_loss: dollars.describe('Dollars for one unit, at the price of the last step'),
  max_profit: dollars.nullable().describe('Dollars for one unit at the middle; null: not bounded'),
  underlying_price: dollars.nullable(),
})

const purpose = z.enum(['entry', 'exit'])

const events = [
  z.object({
    kind: z.literal('started'),
    version: text.describe('Version of the program'),
    gateway: text,
    account: text.describe('First 16 hexadecimal digits of the SHA-256 of the account number'),
    settings: z.record(text, z.unknown()).describe('The configuration section paper, without accounts'),
  }),
  z.object({
    kind: z.literal('decision'),
    slot: time,
    symbol: text,
    action: z.enum(['enter', 'no_entry']),
    reason: text.describe('One line that says why'),
    strategy: text.nullable().describe('The strategy that enters; null without an entry'),
    figures: z.array(figure),
    signals: z.array(z.object({ strategy: text, enter: z.boolean(), reason: text })),
    rejected: z.array(rejection),
    choice: choice.nullable(),
    quantity: z.int().nullable(),
  }),
  z.object({
    kind: z.literal('intent'),
    order_ref: text,
    position_id: text,
    purpose,
    slot: time,
    symbol: text,
    strategy: text,
    reason: text,
    legs: z.array(leg),
    side: z.enum(['BUY', 'SELL']),
    quantity: z.int().positive(),
    net,
    limit_price: dollars,
    step: z.int().min(0).describe('Price step of the limit'),
    max_loss: dollars.nullable().describe('Dollars, of an entry: for the whole position'),
    max_profit: dollars.nullable(),
  }),
  z.object({
    kind: z.literal('order'),
    order_ref: text,
    order_id: z.int().nullable(),
    perm_id: z.int().nullable(),
    status: text,
    filled: z.number(),
    limit_price: dollars.nullable(),
    reason: text,
  }),
  z.object({
    kind: z.literal('price_step'),
    order_ref: text,
    step: z.int(),
    limit_price: dollars,
  }),
  z.object({ kind: z.literal('cancel'), order_ref: text, reason: text }),
  z.object({
    kind: z.literal('abandoned'),
    order_ref: text,
    reason: text.describe('Why the order is taken for never having reached the gateway'),
  }),
  z.object({
    kind: z.literal('fill'),
    order_ref: text,
    exec_id: text,
    con_id: z.int(),
    side: z.enum(['BUY', 'SELL']),
    quantity: z.number().positive(),
    price: dollars,
    commission: dollars.nullable(),
  }),
  z.object({ kind: z.literal('commission'), order_ref: text, exec_id: text, commission: dollars }),
  z.object({
    kind: z.literal('adopted'),
    order_ref: text,
    reason: text,
    quantity: z.int().describe('Units that the account holds without an execution that says their price'),
  }),
  z.object({
    kind: z.literal('mark'),
    slot: time,
    position_id: text,
    net: net.nullable(),
    pnl: dollars.nullable().describe('Dollars at the middle of the quotes, commissions included'),
    days: z.int().describe('To expiration'),
    exit: text.nullable().describe('The rule that closes the position; null: it stays'),
    reason: text,
  }),
  z.object({ kind: z.literal('differs'), position_id: text, reason: text }),
  z.object({ kind: z.literal('agrees'), position_id: text }),
  z.object({
    kind: z.literal('closed'),
    position_id: text,
    pnl: dollars.nullable().describe('Dollars, commissions included; null where a price is unknown'),
    reason: text,
  }),
  z.object({
    kind: z.literal('foreign'),
    what: z.enum(['position', 'order']),
    name: text,
    quantity: z.number(),
    reason: text,
  }),
  z.object({
    kind: z.literal('refused'),
    order_ref: text.nullable(),
    reason: text.describe('Why the order entry sent nothing'),
  }),
  z.object({
    kind: z.literal('stopped'),
    reason: text,
    cancelled: z.array(text),
    orders_left: z.array(text),
    positions: z.array(text),
  }),
] as const

/** One line of the journal, without the fields that every line has. */
export const journalEvent = z.discriminatedUnion('kind', events)
export type JournalEvent = z.output<typeof journalEvent>
export type EventOf<Kind extends JournalEvent['kind']> = Extract<JournalEvent, { kind: Kind }>

/** The fields of every line: format version, number of the line's event, and the trader's time. */
const header = z.object({
  v: z.literal(JOURNAL_VERSION),
  seq: z.int().positive().describe('Counts the events of the file from 1'),
  at: time,
})

export const journalLine = z.intersection(header, journalEvent)
export type JournalLine = z.output<typeof journalLine>

/** JSON Schema of one line, for other programs: config/paper-journal.schema.json. */
export function journalJsonSchema(): unknown {
  const lines = z.union(events.map((event) => z.object({ ...header.shape, ...event.shape })))
  return {
    title: 'One line of the journal of the paper trader',
    ...z.toJSONSchema(lines, { io: 'output' }),
  }
}
