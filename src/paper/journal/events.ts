import { z } from 'zod'

/** Changes when a reader of earlier files would misread later ones. */
export const JOURNAL_VERSION = 1

const dollars = z.number()
const text = z.string()
const time = z.iso.datetime()

const leg = z.object({
  con_id: z.int().positive().describe("IB's contract id"),
  expiry: text.describe('YYYYMMDD'),
  strike: dollars.describe('Strike, dollars'),
  right: z.enum(['C', 'P']).describe('C for a call, P for a put'),
  trading_class: text.describe('Trading class'),
  side: z.enum(['BUY', 'SELL']).describe('BUY: held long'),
})

const figure = z.object({
  name: text.describe('Name in docs/numbers.md, such as iv_rank'),
  value: z.union([z.number(), z.string(), z.boolean(), z.null()]).describe('The value; null with a reason'),
  reason: text.nullable().describe('Why the value is null; null if there is one'),
  definition: text.describe('Name of the definition in docs/numbers.md'),
  unit: text.describe('Unit of the value'),
  source: text.describe('Where the value comes from'),
  window: z.number().nullable().describe('Length of the window; null without one'),
  observations: z.number().describe('Observations used'),
  observations_of: text.describe('What observations counts'),
  as_of: time.nullable().describe('Time that the figure describes'),
  age_seconds: z.number().nullable().describe('Age of the value at the decision, seconds'),
})

const net = z.object({
  bid: dollars.describe('Dollars a share'),
  mid: dollars.describe('Dollars a share'),
  ask: dollars.describe('Dollars a share'),
})

const rejection = z.object({
  reason: text.describe('One line for a person'),
  contracts: z.int().describe('How many contracts were rejected for it'),
  example: text.describe('The first of them, with its value'),
})

const choice = z.object({
  expiry: text.describe('Last trading day, YYYYMMDD'),
  days: z.int().describe('Calendar days to expiration'),
  legs: z.array(leg).describe('Options of one unit'),
  net: net.describe('Dollars a share for one unit; negative: received'),
  max_loss: dollars.describe('Dollars for one unit, at the price of the last step'),
  max_profit: dollars.nullable().describe('Dollars for one unit at the middle; null: not bounded'),
  underlying_price: dollars.nullable().describe('Price of the underlying, dollars'),
})

const purpose = z.enum(['entry', 'exit'])

const events = [
  z.object({
    kind: z.literal('started'),
    version: text.describe('Version of the program'),
    gateway: text.describe('The gateway, for a person'),
    account: text.describe('First 16 hexadecimal digits of the SHA-256 of the account number'),
    settings: z.record(text, z.unknown()).describe('The configuration section paper, without accounts'),
  }),
  z.object({
    kind: z.literal('decision'),
    slot: time.describe('Slot that it is about'),
    symbol: text.describe('Underlying'),
    action: z.enum(['enter', 'no_entry']).describe('Whether a position is to be opened'),
    reason: text.describe('One line that says why'),
    strategy: text.nullable().describe('The strategy that enters; null without an entry'),
    figures: z.array(figure).describe('The figures that were looked at'),
    signals: z
      .array(
        z.object({
          strategy: text.describe('Name of the strategy'),
          enter: z.boolean().describe('Whether it wants to enter'),
          reason: text.describe('One line for a person'),
        }),
      )
      .describe('What each strategy said'),
    rejected: z.array(rejection).describe('Why contracts were not chosen'),
    choice: choice.nullable().describe('What was chosen; null without an entry'),
    quantity: z.int().nullable().describe('Units of the structure, or contracts of one leg'),
  }),
  z.object({
    kind: z.literal('intent'),
    order_ref: text.describe('Reference of the order'),
    position_id: text.describe('Id of the position'),
    purpose: purpose.describe('Whether it opens or closes a position'),
    slot: time.describe('Slot that it is about'),
    symbol: text.describe('Underlying'),
    strategy: text.describe('Name of the strategy'),
    reason: text.describe('One line for a person'),
    legs: z.array(leg).describe('Options of one unit'),
    side: z.enum(['BUY', 'SELL']).describe('Whether it is bought or sold'),
    quantity: z.int().positive().describe('Units of the structure, or contracts of one leg'),
    net: net.describe('Prices of one unit, dollars a share'),
    limit_price: dollars.describe('Dollars a share; below 0 for a credit'),
    step: z.int().min(0).describe('Price step of the limit'),
    max_loss: dollars.nullable().describe('Dollars, of an entry: for the whole position'),
    max_profit: dollars.nullable().describe('Dollars; null: not bounded, or an exit'),
  }),
  z.object({
    kind: z.literal('order'),
    order_ref: text.describe('Reference of the order'),
    order_id: z.int().nullable().describe("The gateway's id; null before it has one"),
    perm_id: z.int().nullable().describe("The gateway's permanent id; null before it has one"),
    status: text.describe('State of the order'),
    filled: z.number().describe('Filled so far'),
    limit_price: dollars.nullable().describe('Dollars a share; below 0 for a credit'),
    reason: text.describe('One line for a person'),
  }),
  z.object({
    kind: z.literal('price_step'),
    order_ref: text.describe('Reference of the order'),
    step: z.int().describe('Number of the price step'),
    limit_price: dollars.describe('Dollars a share; below 0 for a credit'),
  }),
  z.object({
    kind: z.literal('cancel'),
    order_ref: text.describe('Reference of the order'),
    reason: text.describe('One line for a person'),
  }),
  z.object({
    kind: z.literal('abandoned'),
    order_ref: text.describe('Reference of the order'),
    reason: text.describe('Why the order is taken for never having reached the gateway'),
  }),
  z.object({
    kind: z.literal('fill'),
    order_ref: text.describe('Reference of the order'),
    exec_id: text.describe("The gateway's id of the execution"),
    con_id: z.int().describe("IB's contract id"),
    side: z.enum(['BUY', 'SELL']).describe('Whether it is bought or sold'),
    quantity: z.number().positive().describe('Units of the structure, or contracts of one leg'),
    price: dollars.describe('Dollars a share'),
    commission: dollars.nullable().describe('Dollars; null while unknown'),
  }),
  z.object({
    kind: z.literal('commission'),
    order_ref: text.describe('Reference of the order'),
    exec_id: text.describe("The gateway's id of the execution"),
    commission: dollars.describe('Dollars'),
  }),
  z.object({
    kind: z.literal('adopted'),
    order_ref: text.describe('Reference of the order'),
    reason: text.describe('One line for a person'),
    quantity: z.int().describe('Units that the account holds without an execution that says their price'),
  }),
  z.object({
    kind: z.literal('mark'),
    slot: time.describe('Slot that it is about'),
    position_id: text.describe('Id of the position'),
    net: net.nullable().describe('Prices of one unit, dollars a share'),
    pnl: dollars.nullable().describe('Dollars at the middle of the quotes, commissions included'),
    days: z.int().describe('To expiration'),
    exit: text.nullable().describe('The rule that closes the position; null: it stays'),
    reason: text.describe('One line for a person'),
  }),
  z.object({
    kind: z.literal('differs'),
    position_id: text.describe('Id of the position'),
    reason: text.describe('One line for a person'),
  }),
  z.object({ kind: z.literal('agrees'), position_id: text.describe('Id of the position') }),
  z.object({
    kind: z.literal('closed'),
    position_id: text.describe('Id of the position'),
    pnl: dollars.nullable().describe('Dollars, commissions included; null where a price is unknown'),
    reason: text.describe('One line for a person'),
  }),
  z.object({
    kind: z.literal('foreign'),
    what: z.enum(['position', 'order']).describe('What was found in the account'),
    name: text.describe('Name of the contract'),
    quantity: z.number().describe('Units of the structure, or contracts of one leg'),
    reason: text.describe('One line for a person'),
  }),
  z.object({
    kind: z.literal('refused'),
    order_ref: text.nullable().describe('Reference of the order'),
    reason: text.describe('Why the order entry sent nothing'),
  }),
  z.object({
    kind: z.literal('stopped'),
    reason: text.describe('One line for a person'),
    cancelled: z.array(text).describe('References of the orders that were cancelled'),
    orders_left: z.array(text).describe('References of the orders that are still open'),
    positions: z.array(text).describe('Ids of the positions that are still open'),
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
  at: time.describe("The trader's time"),
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
