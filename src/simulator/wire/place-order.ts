import { type Fields, Malformed } from './frames.ts'

/** Server versions at which placeOrder changes. */
const FA_PROFILE_ENDS = 177
const CUSTOMER_ACCOUNT = 183
const PROFESSIONAL_CUSTOMER = 184
const RFQ_BEGINS = 187
const INCLUDE_OVERNIGHT = 189
const RFQ_ENDS = 190
const MANUAL_ORDER_INDICATOR = 192

/** More entries in one list are no order of a client's: it is a broken message. */
const LONGEST_LIST = 1_000
/** The protocol's "not set": the largest double and the largest 32-bit integer. */
const UNSET_DOUBLE = 1.797e308
const UNSET_INTEGER = 2_147_483_647

/** The fields of an order that follow its contract, as text; lists of changing length apart. */
export interface PlacedOrder {
  /** By name; what the message has no field for is absent. */
  readonly attributes: Readonly<Record<string, string>>
  readonly legs: readonly PlacedLeg[]
  /** Prices of single legs; '' for one without. */
  readonly legPrices: readonly string[]
  readonly routing: readonly TagValue[]
  /** Names of the parts of the message that only special orders have, such as conditions. */
  readonly parts: readonly string[]
}

export interface PlacedLeg {
  readonly conId: number
  readonly ratio: number
  readonly action: string
  readonly exchange: string
  /** openClose, shortSaleSlot, designatedLocation, exemptCode. */
  readonly rest: readonly string[]
}

export interface TagValue {
  readonly tag: string
  readonly value: string
}

const MAIN = `secIdType secId action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account openClose origin
  orderRef transmit parentId blockOrder sweepToFill displaySize triggerMethod outsideRth hidden`
const ALLOCATION = `sharesAllocation discretionaryAmt goodAfterTime goodTillDate faGroup faMethod faPercentage`
const SPECIAL = `modelCode shortSaleSlot designatedLocation exemptCode ocaType rule80A settlingFirm allOrNone minQty
  percentOffset eTradeOnly firmQuoteOnly nbboPriceCap auctionStrategy startingPrice stockRefPrice delta
  stockRangeLower stockRangeUpper overridePercentageConstraints volatility volatilityType deltaNeutralOrderType
  deltaNeutralAuxPrice`
const DELTA_NEUTRAL_FIELDS = 8
const TRAIL_AND_SCALE = `continuousUpdate referencePriceType trailStopPrice trailingPercent scaleInitLevelSize
  scaleSubsLevelSize scalePriceIncrement`
const SCALE_FIELDS = 7
const SCALE_TABLE = 'scaleTable activeStartTime activeStopTime hedgeType'
const CLEARING = 'optOutSmartRouting clearingAccount clearingIntent notHeld'
const OPTIONS = 'algoId whatIf orderMiscOptions solicited randomizeSize randomizePrice'
const PEG_BENCH_FIELDS = 5
const ADJUSTED = `adjustedOrderType triggerPrice lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice
  adjustedTrailingAmount adjustableTrailingUnit extOperator softDollarTierName softDollarTierValue cashQty
  mifid2DecisionMaker mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo dontUseAutoPriceForHedge
  isOmsContainer discretionaryUpToLimitPrice usePriceMgmtAlgo duration postToAts autoCancelParent
  advancedErrorOverride manualOrderTime`
/** Fields of a condition after its type and conjunction, by type. */
const CONDITION_FIELDS: Readonly<Record<string, number>> = { 1: 5, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4 }

/**
 * Reads the fields of placeOrder after the contract, for server versions 176 to 193. Throws `Malformed` for a message
 * that ends too early and for a list without an end.
 */
export function readPlacedOrder(
  fields: Fields,
  { secType, exchange, version }: { secType: string; exchange: string; version: number },
): PlacedOrder {
  const attributes: Record<string, string> = {}
  const parts: string[] = []
  const take = (names: string) => {
    for (const name of names.split(/\s+/)) attributes[name] = fields.text()
  }
  /** Fields of a part that only special orders have: named, and not kept. */
  const skipPart = (part: string, count: number) => {
    parts.push(part)
    fields.skip(count)
  }

  take(MAIN)
  const combination = secType === 'BAG' ? readCombination(fields) : { legs: [], legPrices: [], routing: [] }
  take(ALLOCATION)
  if (version < FA_PROFILE_ENDS) take('faProfile')
  take(SPECIAL)
  // A gateway sends an absent order back as "None", and clients return it so.
  if (/^none$/i.test(attributes.deltaNeutralOrderType ?? '')) fields.skip(DELTA_NEUTRAL_FIELDS)
  else if (attributes.deltaNeutralOrderType !== '') skipPart('deltaNeutralOrder', DELTA_NEUTRAL_FIELDS)
  take(TRAIL_AND_SCALE)
  if (isPositive(attributes.scalePriceIncrement)) skipPart('scale', SCALE_FIELDS)
  take(SCALE_TABLE)
  if (attributes.hedgeType !== '') take('hedgeParam')
  take(CLEARING)
  if (fields.flag()) skipPart('deltaNeutralContract', 3)
  take('algoStrategy')
  if (attributes.algoStrategy !== '') skipPart('algoParams', 2 * readCount(fields))
  take(OPTIONS)
  const orderType = (attributes.orderType ?? '').replace(' ', '')
  if (orderType === 'PEGBENCH') skipPart('pegBench', PEG_BENCH_FIELDS)
  const conditions = readCount(fields)
  if (conditions > 0) skipConditions(fields, conditions, parts)
  take(ADJUSTED)
  takePegOffsets({ take, attributes, orderType, exchange })
  if (version >= CUSTOMER_ACCOUNT) take('customerAccount')
  if (version >= PROFESSIONAL_CUSTOMER) take('professionalCustomer')
  if (version >= RFQ_BEGINS && version < RFQ_ENDS) fields.skip(2)
  if (version >= INCLUDE_OVERNIGHT) take('includeOvernight')
  if (version >= MANUAL_ORDER_INDICATOR) take('manualOrderIndicator')
  return { attributes, parts, ...combination }
}

function readCombination(fields: Fields): Pick<PlacedOrder, 'legs' | 'legPrices' | 'routing'> {
  const legs = readList(fields, () => ({
    conId: fields.integer(),
    ratio: fields.integer(),
    action: fields.text(),
    exchange: fields.text(),
    rest: [fields.text(), fields.text(), fields.text(), fields.text()],
  }))
  const legPrices = readList(fields, () => fields.text())
  const routing = readList(fields, () => ({ tag: fields.text(), value: fields.text() }))
  return { legs, legPrices, routing }
}

function skipConditions(fields: Fields, count: number, parts: string[]): void {
  parts.push('conditions')
  for (let i = 0; i < count; i++) {
    const type = fields.text()
    const own = CONDITION_FIELDS[type]
    if (own === undefined) throw new Malformed(`"${type.slice(0, 40)}" is no type of an order condition`)
    fields.skip(1 + own)
  }
  // Whether they hold outside regular hours, and whether they cancel the order.
  fields.skip(2)
}

/** Offsets of pegged orders: which ones the message has depends on exchange and order type. */
function takePegOffsets(order: {
  take: (names: string) => void
  attributes: Readonly<Record<string, string>>
  orderType: string
  exchange: string
}): void {
  const { take, attributes, orderType, exchange } = order
  if (exchange === 'IBKRATS') take('minTradeQty')
  if (orderType === 'PEGBEST') take('minCompeteSize competeAgainstBestOffset')
  const isUpToMid = /^inf/i.test(attributes.competeAgainstBestOffset ?? '')
  if (orderType === 'PEGMID' || isUpToMid) take('midOffsetAtWhole midOffsetAtHalf')
}

function readList<Entry>(fields: Fields, read: () => Entry): Entry[] {
  return Array.from({ length: readCount(fields) }, read)
}

/** An empty field is 0. */
function readCount(fields: Fields): number {
  const count = fields.real()
  if (!Number.isInteger(count) || count < 0 || count > LONGEST_LIST) {
    throw new Malformed(`${count} where a count belongs`)
  }
  return count
}

/** A number of an order's field: null when it is empty or the protocol's "not set", NaN for anything but a number. */
export function numberOf(text: string | undefined): number | null {
  if (text === undefined || text === '' || text === String(UNSET_INTEGER)) return null
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number.NaN
  const value = Number(text)
  if (!Number.isFinite(value)) return Number.NaN
  return Math.abs(value) >= UNSET_DOUBLE ? null : value
}

/** `1` and `true` are true. */
export function isSet(text: string | undefined): boolean {
  return text === '1' || text?.toLowerCase() === 'true'
}

function isPositive(text: string | undefined): boolean {
  const value = numberOf(text)
  return value !== null && value > 0
}
