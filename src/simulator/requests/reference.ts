import { API_ERRORS } from '../errors.ts'
import type { Market } from '../market/market.ts'
import { incrementOf } from '../market/market-rules.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import {
  type DepthExchange,
  depthExchanges,
  familyCodes,
  marketRule,
  noSoftDollarTiers,
  type SmartComponent,
  type SymbolSample,
  smartComponents,
  symbolSamples,
  userInfo,
} from '../wire/reference.ts'
import { answerLater } from './answer-later.ts'
import type { RequestTable } from './request.ts'

/** Requests about exchanges, symbols and the user. */
export const REFERENCE_REQUESTS: RequestTable = {
  79: {
    name: 'reqSoftDollarTiers',
    idField: 1,
    answer: (client, fields) => client.send(noSoftDollarTiers(fields.integer())),
  },
  80: {
    name: 'reqFamilyCodes',
    answer: (client, _fields, state) => client.send(familyCodes(state.options.account)),
  },
  81: { name: 'reqMatchingSymbols', idField: 1, answer: matchingSymbols },
  82: {
    name: 'reqMktDepthExchanges',
    answer: (client) => client.send(depthExchanges(DEPTH_EXCHANGES)),
  },
  83: { name: 'reqSmartComponents', idField: 1, answer: componentsOf },
  91: { name: 'reqMarketRule', answer: priceIncrements },
  104: {
    name: 'reqUserInfo',
    idField: 1,
    answer: (client, fields) => client.send(userInfo(fields.integer())),
  },
}

/** The exchange map that tickReqParams names, with the letters of the consolidated tape. */
const SMART_COMPONENTS: Readonly<Record<string, readonly SmartComponent[]>> = {
  '9c0001': [
    { bit: 0, exchange: 'AMEX', letter: 'A' },
    { bit: 1, exchange: 'CBOE', letter: 'C' },
    { bit: 2, exchange: 'NYSE', letter: 'N' },
    { bit: 3, exchange: 'ARCA', letter: 'P' },
    { bit: 4, exchange: 'NASDAQ', letter: 'Q' },
    { bit: 5, exchange: 'PHLX', letter: 'X' },
  ],
}

export const DEPTH_EXCHANGES: readonly DepthExchange[] = [
  { exchange: 'ARCA', secType: 'STK', service: 'Deep2' },
  { exchange: 'NASDAQ', secType: 'STK', service: 'Deep2' },
  { exchange: 'NYSE', secType: 'STK', service: 'Deep2' },
  { exchange: 'CBOE', secType: 'OPT', service: 'Deep' },
  { exchange: 'CME', secType: 'FUT', service: 'Deep' },
  { exchange: 'NYMEX', secType: 'FUT', service: 'Deep' },
]

/** The most symbols in one answer, as at Interactive Brokers. */
const MOST_SAMPLES = 16

/** `91|ruleId`: a request without an id; the error of an unknown rule names the rule. */
function priceIncrements(client: Client, fields: Fields): void {
  const ruleId = fields.integer()
  const increment = incrementOf(ruleId)
  if (increment !== null) client.send(marketRule(ruleId, [{ lowEdge: 0, increment }]))
  else client.sendError(-1, API_ERRORS.failed(`Market rule with id = ${ruleId} is missing`))
}

/** `83|req|bboExchange` */
function componentsOf(client: Client, fields: Fields): void {
  const requestId = fields.integer()
  const bboExchange = fields.text()
  const components = SMART_COMPONENTS[bboExchange]
  if (components) client.send(smartComponents(requestId, components))
  else client.sendError(requestId, API_ERRORS.failed(`BBO exchange "${bboExchange}" is missing`))
}

/** `81|req|pattern` */
function matchingSymbols(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const pattern = fields.text()
  const terms = { farm: 'definitions', latencyMs: state.latencies.answerMs(requestId) } as const
  answerLater({ client, requestId, state }, terms, () =>
    symbolSamples(requestId, samplesOf(state.market, pattern)),
  )
}

/** Underlyings whose symbol begins with the pattern, then those whose name contains it. */
function samplesOf(market: Market, pattern: string): SymbolSample[] {
  const wanted = pattern.trim().toUpperCase()
  if (wanted === '') return []
  const underlyings = [...market.find({ secType: 'STK' }), ...market.find({ secType: 'IND' })]
  const bySymbol = underlyings.filter(({ symbol }) => symbol.toUpperCase().startsWith(wanted))
  const byName = underlyings.filter(
    (contract) => !bySymbol.includes(contract) && contract.longName.toUpperCase().includes(wanted),
  )
  return [...bySymbol, ...byName].slice(0, MOST_SAMPLES).map((contract) => ({
    contract,
    derivatives: market.chainRows(contract.conId).length > 0 ? ['OPT'] : [],
  }))
}
