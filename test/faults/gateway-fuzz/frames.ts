/** Requests and orders of hostile clients. Everything is a function of `random`. */

/** A message, and whether it must be answered under its id. */
export interface FuzzedMessage {
  readonly fields: readonly string[]
  /** The id that an answer or an error must have; null for a message that has no answer. */
  readonly id: number | null
  readonly isOrder: boolean
}

/** What the frames refer to. */
export interface FuzzTargets {
  readonly stockId: number
  /** Listed options, two or more. */
  readonly optionIds: readonly number[]
}

/** placeOrder at server version 193: `ID`, `CONTRACT` and `LEGS` are replaced. */
const ORDER =
  '3|ID|CONTRACT||||0.0|||SMART|||||||BUY|100|LMT|5.5||DAY||DU1234567|O|0|ref|1|0|0|0|0|0|0|0|LEGS|0.0|||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|0|||||||0|||||||||0|0|0|0|||0||||0|0|2147483647'
const SIDE = 16
const [QUANTITY, TYPE, PRICE, TIME_IN_FORCE] = [17, 18, 19, 21] as const

/** Requests with an id that is answered under it. `C` is the contract of the stock, `O` one of an option. */
const REQUESTS: readonly string[] = [
  '1|11|ID|C|0||0|0|',
  '1|11|ID|O|0|101|0|0|',
  '1|11|ID|C|0||1|0|',
  '9|8|ID|C|0|||',
  '20|ID|C|0||1 day|5 D|1|TRADES|1|0|',
  '20|ID|C|0||5 mins|1 D|1|MIDPOINT|1|0|',
  '20|ID|O|0||1 min|3600 S|1|BID|1|0|',
  '78|ID|SPY||STK|STOCK',
  '87|ID|C|0|1|TRADES|1',
  '88|ID|C|0|1|3 days',
  '96|ID|C|0|20261120 11:59:00 US/Eastern||50|TRADES|1|0|',
  '10|5|ID|C|5|0|',
  '62|1|ID|All|NetLiquidation',
  '7|3|ID|||||||',
  '92|ID|DU1234567|',
  '94|ID|DU1234567||STOCK',
  '74|1|ID|DU1234567|',
  '76|1|ID|DU1234567||1',
  '81|ID|SP',
]
/** Requests without an answer of their own, or with one without an id. */
const OTHERS: readonly string[] = [
  // Streams of ticks and of bars: the market may have none, or none within the next seconds.
  '50|3|ID|C|5|TRADES|1|',
  '97|ID|C|BidAsk|0|0',
  '2|2|ID',
  '25|1|ID',
  '11|1|ID',
  '51|1|ID',
  '98|ID',
  '63|1|ID',
  '93|ID',
  '58|1',
  '5|1',
  '16|1',
  '99|0',
  '61|1',
  '64|1',
  '8|1|1',
  '15|1|1',
  '59|1|3',
  '6|2|1|DU1234567',
  '91|26',
]

const ABSURD = [
  '',
  '0',
  '-1',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e308',
  '1.7976931348623157E308',
  '2147483647',
  '-2147483648',
  '99999999999999999999',
  '0.5',
  '1e-9',
  'abc',
  '\u0001\u00e9',
  'x'.repeat(300),
]
const QUANTITIES = [
  '1',
  '2',
  '3',
  '5',
  '10',
  '100',
  '100',
  '700',
  '7',
  '0',
  '-100',
  '0.5',
  '1e9',
  '99999999999',
  'NaN',
  '',
]
const PRICES = [
  '700',
  '900',
  '690',
  '685',
  '670',
  '100',
  '0.01',
  '5.5',
  '650.005',
  '-3',
  '0',
  '1e12',
  'NaN',
  '',
  '699.99',
]
const TYPES = [
  'LMT',
  'LMT',
  'LMT',
  'LMT',
  'LMT',
  'MKT',
  'MKT',
  'MKT',
  'STP',
  'MOC',
  'TRAIL',
  '',
  'lmt',
  'NONE',
]
const TIMES = ['DAY', 'DAY', 'DAY', 'GTC', 'GTC', 'IOC', 'IOC', 'IOC', 'OPG', 'FOK', '', 'day']

type Random = () => number
const pick = <Item>(list: readonly Item[], random: Random): Item =>
  list[Math.floor(random() * list.length)] as Item

/** `ownIds` are the orders of this client so far, `id` is new. */
export function fuzzedMessage(
  random: Random,
  { stockId, optionIds }: FuzzTargets,
  { id, ownIds }: { readonly id: number; readonly ownIds: readonly number[] },
): FuzzedMessage {
  const kind = random()
  const fill = (text: string) =>
    text
      .replace('ID', String(id))
      .replace('|C', `|${stockId}||||0.0|||SMART||||`)
      .replace('|O', `|${pick(optionIds, random)}||||0.0|||SMART||||`)
      .replace('STOCK', String(stockId))
      .split('|')
  if (kind < 0.5) return order(random, { stockId, optionIds }, { id, ownIds })
  if (kind < 0.62) return cancel(random, { id, ownIds })
  const isAnswered = kind < 0.9
  const fields = fill(pick(isAnswered ? REQUESTS : OTHERS, random))
  const at = fields.indexOf(String(id))
  return { fields: changed(fields, at, random), id: isAnswered ? id : null, isOrder: false }
}

function order(
  random: Random,
  { stockId, optionIds }: FuzzTargets,
  { id, ownIds }: { readonly id: number; readonly ownIds: readonly number[] },
): FuzzedMessage {
  // One in five is the change of an order, or a number that was used before.
  const number = random() < 0.2 && ownIds.length > 0 ? pick(ownIds, random) : id
  const isCombination = random() < 0.15
  const legs = [pick(optionIds, random), pick(optionIds, random)]
  const legFields = legs.map((leg, at) => `${leg}|1|${at === 0 ? 'BUY' : 'SELL'}|SMART|0|0||-1`).join('|')
  const contract = isCombination ? '0|SPY|BAG||' : `${random() < 0.8 ? stockId : pick(optionIds, random)}||||`
  const fields = ORDER.replace('ID', String(number))
    .replace('CONTRACT||||', contract)
    .replace('LEGS', isCombination ? `2|${legFields}|0|0|` : '')
    .split('|')
  fields[SIDE] = pick(['BUY', 'SELL', 'SELL', 'BUY', 'SELL', 'BUY', 'SSHORT', 'buy', ''], random)
  fields[QUANTITY] = pick(QUANTITIES, random)
  fields[TYPE] = pick(TYPES, random)
  fields[PRICE] = pick(PRICES, random)
  fields[TIME_IN_FORCE] = pick(TIMES, random)
  return { fields: changed(fields, 1, random), id: number, isOrder: true }
}

/** A cancel of an own order, of somebody else's, or of none; or of all orders. */
function cancel(
  random: Random,
  { id, ownIds }: { readonly id: number; readonly ownIds: readonly number[] },
): FuzzedMessage {
  if (random() < 0.05) return { fields: ['58', '1', '', ''], id: null, isOrder: false }
  const number = random() < 0.6 && ownIds.length > 0 ? pick(ownIds, random) : Math.floor(random() * id) + 1
  return { fields: ['4', String(number), '', '', ''], id: number, isOrder: true }
}

/** Changes fields other than the message's number and the id; rarely, one is missing or one too many. */
function changed(fields: readonly string[], idAt: number, random: Random): string[] {
  const result = [...fields]
  const changes = random() < 0.7 ? 0 : 1 + Math.floor(random() * 3)
  for (let change = 0; change < changes; change++) {
    const at = 1 + Math.floor(random() * (result.length - 1))
    if (at <= idAt) continue
    const kind = random()
    if (kind < 0.99) result[at] = pick(ABSURD, random)
    else if (kind < 0.995) result.splice(at, 1)
    else result.splice(at, 0, pick(ABSURD, random))
  }
  return result
}

/** The message as bytes; with `damage`, of a wrong length or cut short. */
export function bytesOf(fields: readonly string[], damage: Random | null): Buffer {
  const body = Buffer.from(`${fields.join('\0')}\0`, 'utf8')
  const frame = Buffer.alloc(4 + body.length)
  frame.writeUInt32BE(body.length)
  body.copy(frame, 4)
  if (damage === null) return frame
  const kind = damage()
  if (kind < 0.3) frame.writeUInt32BE(0xfffffffc)
  else if (kind < 0.5) frame.writeUInt32BE(0)
  else if (kind < 0.7) frame.writeUInt32BE(body.length + 7)
  else if (kind < 0.85) frame[frame.length - 1] = 65
  else return frame.subarray(0, Math.floor(frame.length / 2))
  return frame
}
