/** Fields of a contract that a client fills in; all as the protocol's text. */
interface ContractFields {
  readonly symbol: string
  readonly secType: string
  readonly exchange: string
  readonly lastTradeDateOrContractMonth?: string
  readonly strike?: number
  readonly right?: 'C' | 'P'
  readonly tradingClass?: string
}

/** One instrument that a client qualifies and streams, and what it has to be told of it. */
export interface ClientInstrument {
  readonly name: string
  readonly contract: ContractFields
  /** Fields of the contract, and of its details. */
  readonly fields: Readonly<Record<string, string | number>>
  readonly details: Readonly<Record<string, string | number>>
  /** Patterns of `tradingHours` and `liquidHours`. */
  readonly hours: { readonly tradingHours: string; readonly liquidHours: string }
  readonly genericTicks: string
  /** Tick types that have to come; 13 stands for the model greeks. */
  readonly ticks: readonly number[]
  /** Prices are multiples of it. */
  readonly priceTick: number
  /** Its options by reqSecDefOptParams; null: it has none. */
  readonly chain: { readonly exchange: string; readonly classes: Readonly<Record<string, string>> } | null
  /** Beginning of the first five-minute bar of a day with all hours, in New York; null: none is requested. */
  readonly historyFrom: string | null
  /** The code of an order for one; null: none is placed. */
  readonly orderCode: number | null
}

const NO_MORE = { chain: null, historyFrom: null, orderCode: null }
const BOTH_SIDES = [0, 1, 2, 3]
const OPTION_TICKS = [...BOTH_SIDES, 9, 13]
const FUTURE_TICKS = [...BOTH_SIDES, 4, 8, 9, 86]
/** Between an early segment and a late one, where there are any. */
const INDEX_HOURS = { liquidHours: '20261120:(0830-20261120:1515|0930-20261120:1615)(;|$)' }
const STOCK_OPTION_HOURS = {
  tradingHours: '^20261120:0930-20261120:1600',
  liquidHours: '^20261120:0930-20261120:1600',
}
/** The Friday before Thanksgiving: from Thursday evening, then Saturday, Sunday evening, and the halt six days later. */
const CME_HOURS = {
  tradingHours:
    '^20261119:1700-20261120:1600;20261121:CLOSED;20261122:1700-20261123:1600;.*20261125:1700-20261126:1200$',
  liquidHours: '^20261120:0830-20261120:1600;20261121:CLOSED;20261122:CLOSED;20261123:0830-20261123:1600',
}
const NYMEX_HOURS = {
  tradingHours:
    '^20261119:1800-20261120:1700;20261121:CLOSED;20261122:1800-20261123:1700;.*20261125:1800-20261126:1430$',
  liquidHours: '^20261120:0900-20261120:1430;20261121:CLOSED;20261122:CLOSED;20261123:0900-20261123:1430',
}

function index(
  symbol: string,
  exchange: string,
  classes: Readonly<Record<string, string>>,
): ClientInstrument {
  return {
    ...NO_MORE,
    name: symbol,
    contract: { symbol, secType: 'IND', exchange },
    fields: { symbol, secType: 'IND', exchange, currency: 'USD' },
    details: {},
    hours: { tradingHours: '20261120:', ...INDEX_HOURS },
    ...{ genericTicks: '', ticks: [4, 9], priceTick: 0.01 },
    chain: { exchange: 'SMART', classes },
  }
}

function indexOption(
  name: string,
  asked: { symbol: string; tradingClass: string; expiry: string; strike: number },
  details: ClientInstrument['details'],
): ClientInstrument {
  const { symbol, tradingClass, expiry, strike } = asked
  return {
    ...NO_MORE,
    name,
    contract: {
      ...{ symbol, secType: 'OPT', exchange: 'SMART', lastTradeDateOrContractMonth: expiry },
      ...{ strike, right: 'C', tradingClass },
    },
    fields: { symbol, secType: 'OPT', tradingClass, lastTradeDateOrContractMonth: expiry, multiplier: '100' },
    details: { underSymbol: symbol, underSecType: 'IND', ...details },
    hours: { tradingHours: '20261120:', ...INDEX_HOURS },
    ...{ genericTicks: '101', ticks: [...OPTION_TICKS, 27], priceTick: 0.01 },
  }
}

/** Of a month that was listed before the split of AAPL: one class of each kind. */
function stockOption(
  name: string,
  asked: { symbol: string; tradingClass: string; strike: number },
  multiplier: string,
): ClientInstrument {
  const { symbol, tradingClass, strike } = asked
  const expiry = '20261218'
  return {
    ...NO_MORE,
    name,
    contract: {
      ...{ symbol, secType: 'OPT', exchange: 'SMART', lastTradeDateOrContractMonth: expiry },
      ...{ strike, right: 'C', tradingClass },
    },
    fields: { symbol, secType: 'OPT', tradingClass, strike, multiplier },
    details: { underSymbol: symbol, underSecType: 'STK', realExpirationDate: expiry },
    hours: STOCK_OPTION_HOURS,
    ...{ genericTicks: '101', ticks: [...OPTION_TICKS, 27], priceTick: 0.01 },
  }
}

function future(
  name: string,
  asked: { symbol: string; exchange: string; month: string },
  told: {
    readonly fields: ClientInstrument['fields']
    readonly details: ClientInstrument['details']
    readonly hours: ClientInstrument['hours']
    readonly priceTick: number
    readonly classes: Readonly<Record<string, string>>
  },
): ClientInstrument {
  const { symbol, exchange, month } = asked
  const { fields, details, hours, priceTick, classes } = told
  return {
    name,
    contract: { symbol, secType: 'FUT', exchange, lastTradeDateOrContractMonth: month },
    fields: { symbol, secType: 'FUT', exchange, currency: 'USD', tradingClass: symbol, ...fields },
    details: { contractMonth: month, underSecType: 'IND', minTick: priceTick, ...details },
    hours,
    ...{ genericTicks: '588', ticks: FUTURE_TICKS, priceTick },
    chain: { exchange, classes },
    historyFrom: '18:00',
    orderCode: 201,
  }
}

function futureOption(
  name: string,
  asked: ContractFields,
  told: Pick<ClientInstrument, 'fields' | 'details' | 'hours' | 'priceTick'>,
): ClientInstrument {
  return {
    ...NO_MORE,
    name,
    contract: { ...asked, secType: 'FOP' },
    ...told,
    fields: { secType: 'FOP', ...told.fields },
    details: { underSecType: 'FUT', ...told.details },
    ...{ genericTicks: '101', ticks: [...OPTION_TICKS, 27], orderCode: 201 },
  }
}

const ES_FIELDS = { multiplier: '50' }
const CENTRAL = { timeZoneId: 'US/Central', lastTradeTime: '08:30:00' }

/** Of every kind of the synthetic market, at 11:00 on Friday, 2026-11-20. */
export const CLIENT_INSTRUMENTS: readonly ClientInstrument[] = [
  {
    ...NO_MORE,
    name: 'AAPL',
    contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART' },
    fields: { symbol: 'AAPL', secType: 'STK', currency: 'USD' },
    details: {},
    hours: { tradingHours: '^20261120:0400', liquidHours: '^20261120:0930-20261120:1600' },
    ...{ genericTicks: '', ticks: [...BOTH_SIDES, 4, 8, 9], priceTick: 0.01 },
    chain: { exchange: 'SMART', classes: { AAPL: '100', AAPL1: '150' } },
  },
  index('SPX', 'CBOE', { SPX: '100', SPXW: '100' }),
  indexOption(
    'SPX option, AM',
    { symbol: 'SPX', tradingClass: 'SPX', expiry: '20261217', strike: 7_000 },
    { realExpirationDate: '20261218', contractMonth: '202612' },
  ),
  indexOption(
    'SPX option, PM',
    { symbol: 'SPX', tradingClass: 'SPXW', expiry: '20261130', strike: 7_000 },
    { realExpirationDate: '20261130' },
  ),
  index('VIX', 'CBOE', { VIX: '100', VIXW: '100' }),
  indexOption(
    'VIX option',
    { symbol: 'VIX', tradingClass: 'VIX', expiry: '20261215', strike: 20 },
    { realExpirationDate: '20261216' },
  ),
  stockOption('AAPL option', { symbol: 'AAPL', tradingClass: 'AAPL', strike: 155 }, '100'),
  stockOption('AAPL1 option, adjusted', { symbol: 'AAPL', tradingClass: 'AAPL1', strike: 156.67 }, '150'),
  future(
    'ES, front month',
    { symbol: 'ES', exchange: 'CME', month: '202612' },
    {
      fields: { ...ES_FIELDS, lastTradeDateOrContractMonth: '20261218', localSymbol: 'ESZ6' },
      details: { ...CENTRAL, realExpirationDate: '20261218', underSymbol: 'ES' },
      hours: CME_HOURS,
      priceTick: 0.25,
      classes: { ES: '50', EW1: '50' },
    },
  ),
  future(
    'ES, next month',
    { symbol: 'ES', exchange: 'CME', month: '202703' },
    {
      fields: { ...ES_FIELDS, lastTradeDateOrContractMonth: '20270319', localSymbol: 'ESH7' },
      details: { ...CENTRAL, realExpirationDate: '20270319' },
      hours: CME_HOURS,
      priceTick: 0.25,
      classes: { ES: '50', EW: '50', EW2: '50' },
    },
  ),
  futureOption(
    'ES option, quarterly',
    {
      ...{ symbol: 'ES', secType: 'FOP', exchange: 'CME', lastTradeDateOrContractMonth: '20261218' },
      ...{ strike: 7_000, right: 'C', tradingClass: 'ES' },
    },
    {
      fields: { ...ES_FIELDS, tradingClass: 'ES', strike: 7_000, localSymbol: 'ESZ6 C7000' },
      details: { ...CENTRAL, underSymbol: 'ESZ6', realExpirationDate: '20261218' },
      hours: CME_HOURS,
      priceTick: 0.05,
    },
  ),
  futureOption(
    'ES option, weekly',
    {
      ...{ symbol: 'ES', secType: 'FOP', exchange: 'CME', lastTradeDateOrContractMonth: '20261218' },
      ...{ strike: 7_000, right: 'P', tradingClass: 'EW3' },
    },
    {
      fields: { ...ES_FIELDS, tradingClass: 'EW3', localSymbol: 'EW3Z6 P7000' },
      details: { underSymbol: 'ESH7', timeZoneId: 'US/Central', lastTradeTime: '15:00:00' },
      hours: CME_HOURS,
      priceTick: 0.05,
    },
  ),
  future(
    'CL',
    { symbol: 'CL', exchange: 'NYMEX', month: '202701' },
    {
      fields: { multiplier: '1000', lastTradeDateOrContractMonth: '20261221', localSymbol: 'CLF7' },
      details: { timeZoneId: 'US/Eastern', lastTradeTime: '14:30:00', realExpirationDate: '20261221' },
      hours: NYMEX_HOURS,
      priceTick: 0.01,
      classes: { LO: '1000' },
    },
  ),
  futureOption(
    'CL option',
    {
      ...{ symbol: 'CL', secType: 'FOP', exchange: 'NYMEX', lastTradeDateOrContractMonth: '20261216' },
      ...{ strike: 70, right: 'P', tradingClass: 'LO' },
    },
    {
      fields: { multiplier: '1000', tradingClass: 'LO', localSymbol: 'LOF7 P7000' },
      details: { contractMonth: '202701', underSymbol: 'CLF7' },
      hours: NYMEX_HOURS,
      priceTick: 0.01,
    },
  ),
]
