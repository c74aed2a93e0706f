import {
  BarSizeSetting,
  type Contract,
  EventName,
  IBApi,
  OptionType,
  OrderAction,
  OrderType,
  ScanCode,
  SecType,
  WhatToShow,
  WshEventData,
} from '@stoqey/ib'
import { afterEach, expect, test } from 'vitest'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import type { SimContract } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { REQUESTS } from '../../src/simulator/requests/requests.ts'
import { startSimulator } from '../../src/simulator/server.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const ACCOUNT = 'DU1234567'
const noon = newYorkInstant(sessionDate('2026-11-20'), '12:00')
const market = syntheticMarket({ seed: 7, asOf: noon })
const spyId = 756_733
const listed = market.find({ symbol: 'SPY', secType: 'OPT', right: 'C', strike: 700 })[0] as SimContract
const stock: Contract = {
  conId: spyId,
  symbol: 'SPY',
  secType: SecType.STK,
  exchange: 'SMART',
  currency: 'USD',
}
const option: Contract = {
  ...stock,
  conId: listed.conId,
  secType: SecType.OPT,
  lastTradeDateOrContractMonth: listed.expiry,
  strike: listed.strike,
  right: OptionType.Call,
  multiplier: 100,
}
const limitOrder = {
  action: OrderAction.BUY,
  orderType: OrderType.LMT,
  totalQuantity: 1,
  lmtPrice: 1,
  tif: 'DAY' as never,
  transmit: true,
}

/** A request, and the event that answers it. An error with the request's id answers as well. */
interface Call {
  readonly send: (api: IBApi, id: number) => void
  readonly answer: string
  /** Whether the request id begins the event. */
  readonly hasId: boolean
}
type Send = Call['send']
const numbered = (answer: string, send: Send): Call => ({ answer, send, hasId: true })
const unnumbered = (answer: string, send: Send): Call => ({ answer, send, hasId: false })
/** Only an error with its id answers it. */
const refused = (send: Send): Call => ({ answer: 'error', send, hasId: true })

/** Every public method of IBApi that sends a request which is answered. */
const CALLS: Record<string, Call> = {
  calculateImpliedVolatility: numbered(EventName.tickOptionComputation, (api, id) =>
    api.calculateImpliedVolatility(id, option, 55, 680),
  ),
  calculateOptionPrice: numbered(EventName.tickOptionComputation, (api, id) =>
    api.calculateOptionPrice(id, option, 0.2, 680),
  ),
  cancelHistoricalData: refused((api, id) => api.cancelHistoricalData(id)),
  cancelMktData: refused((api, id) => api.cancelMktData(id)),
  cancelMktDepth: refused((api, id) => api.cancelMktDepth(id, false)),
  cancelOrder: refused((api, id) => api.cancelOrder(id)),
  cancelRealTimeBars: refused((api, id) => api.cancelRealTimeBars(id)),
  cancelTickByTickData: refused((api, id) => api.cancelTickByTickData(id)),
  exerciseOptions: refused((api, id) => api.exerciseOptions(id, option, 1 as never, 1, ACCOUNT, 0)),
  placeOrder: numbered(EventName.openOrder, (api, id) => api.placeOrder(id, stock, limitOrder)),
  queryDisplayGroups: numbered(EventName.displayGroupList, (api, id) => api.queryDisplayGroups(id)),
  replaceFA: refused((api, id) => api.replaceFA(id, 1 as never, '<xml/>')),
  reqAccountSummary: numbered(EventName.accountSummaryEnd, (api, id) =>
    api.reqAccountSummary(id, 'All', 'NetLiquidation'),
  ),
  reqAccountUpdates: unnumbered(EventName.accountDownloadEnd, (api) => api.reqAccountUpdates(true, ACCOUNT)),
  reqAccountUpdatesMulti: numbered(EventName.accountUpdateMultiEnd, (api, id) =>
    api.reqAccountUpdatesMulti(id, ACCOUNT, '', true),
  ),
  reqAllOpenOrders: unnumbered(EventName.openOrderEnd, (api) => api.reqAllOpenOrders()),
  reqCompletedOrders: unnumbered(EventName.completedOrdersEnd, (api) => api.reqCompletedOrders(false)),
  reqContractDetails: numbered(EventName.contractDetailsEnd, (api, id) => api.reqContractDetails(id, stock)),
  reqCurrentTime: unnumbered(EventName.currentTime, (api) => api.reqCurrentTime()),
  reqExecutions: numbered(EventName.execDetailsEnd, (api, id) => api.reqExecutions(id, {})),
  reqFamilyCodes: unnumbered(EventName.familyCodes, (api) => api.reqFamilyCodes()),
  reqFundamentalData: refused((api, id) => api.reqFundamentalData(id, stock, 'ReportSnapshot')),
  reqHeadTimestamp: numbered(EventName.headTimestamp, (api, id) =>
    api.reqHeadTimestamp(id, stock, WhatToShow.TRADES, true, 1),
  ),
  reqHistogramData: numbered(EventName.histogramData, (api, id) =>
    api.reqHistogramData(id, stock, true, 3, 'DAY' as never),
  ),
  reqHistoricalData: numbered(EventName.historicalData, (api, id) =>
    api.reqHistoricalData(id, stock, '', '5 D', BarSizeSetting.DAYS_ONE, WhatToShow.TRADES, 1, 1, false),
  ),
  reqHistoricalNews: numbered(EventName.historicalNewsEnd, (api, id) =>
    api.reqHistoricalNews(id, spyId, 'BRFG', '', '', 10, null as never),
  ),
  reqHistoricalTicks: numbered(EventName.historicalTicksLast, (api, id) =>
    api.reqHistoricalTicks(id, stock, '20261119 10:00:00 US/Eastern', '', 10, WhatToShow.TRADES, 1, true),
  ),
  reqIds: unnumbered(EventName.nextValidId, (api) => api.reqIds()),
  reqManagedAccts: unnumbered(EventName.managedAccounts, (api) => api.reqManagedAccts()),
  reqMarketRule: unnumbered(EventName.marketRule, (api) => api.reqMarketRule(26)),
  reqMatchingSymbols: numbered(EventName.symbolSamples, (api, id) => api.reqMatchingSymbols(id, 'SP')),
  reqMktData: numbered(EventName.tickPrice, (api, id) => api.reqMktData(id, stock, '', false, false)),
  reqMktDepth: numbered(EventName.updateMktDepth, (api, id) => api.reqMktDepth(id, stock, 5, false)),
  reqMktDepthExchanges: unnumbered(EventName.mktDepthExchanges, (api) => api.reqMktDepthExchanges()),
  reqNewsArticle: numbered(EventName.newsArticle, (api, id) => api.reqNewsArticle(id, 'BRFG', 'BRFG$1')),
  reqNewsProviders: unnumbered(EventName.newsProviders, (api) => api.reqNewsProviders()),
  reqOpenOrders: unnumbered(EventName.openOrderEnd, (api) => api.reqOpenOrders()),
  reqPnL: numbered(EventName.pnl, (api, id) => api.reqPnL(id, ACCOUNT)),
  reqPnLSingle: numbered(EventName.pnlSingle, (api, id) => api.reqPnLSingle(id, ACCOUNT, null, spyId)),
  reqPositions: unnumbered(EventName.positionEnd, (api) => api.reqPositions()),
  reqPositionsMulti: numbered(EventName.positionMultiEnd, (api, id) =>
    api.reqPositionsMulti(id, ACCOUNT, ''),
  ),
  reqRealTimeBars: numbered(EventName.realtimeBar, (api, id) =>
    api.reqRealTimeBars(id, option, 5, WhatToShow.OPTION_IMPLIED_VOLATILITY, true),
  ),
  reqScannerParameters: unnumbered(EventName.scannerParameters, (api) => api.reqScannerParameters()),
  reqScannerSubscription: numbered(EventName.scannerDataEnd, (api, id) =>
    api.reqScannerSubscription(id, {
      instrument: 'STK' as never,
      locationCode: 'STK.US.MAJOR' as never,
      scanCode: ScanCode.TOP_PERC_GAIN as never,
    }),
  ),
  reqSecDefOptParams: numbered(EventName.securityDefinitionOptionParameterEnd, (api, id) =>
    api.reqSecDefOptParams(id, 'SPY', '', SecType.STK, spyId),
  ),
  reqSmartComponents: numbered(EventName.smartComponents, (api, id) => api.reqSmartComponents(id, '9c0001')),
  reqSoftDollarTiers: numbered(EventName.softDollarTiers, (api, id) => api.reqSoftDollarTiers(id)),
  reqTickByTickData: numbered(EventName.tickByTickBidAsk, (api, id) =>
    api.reqTickByTickData(id, stock, 'BidAsk' as never, 1, false),
  ),
  reqUserInfo: numbered(EventName.userInfo, (api, id) => api.reqUserInfo(id)),
  reqWshEventData: numbered(EventName.wshEventData, (api, id) =>
    api.reqWshEventData(id, new WshEventData(spyId)),
  ),
  reqWshMetaData: numbered(EventName.wshMetaData, (api, id) => api.reqWshMetaData(id)),
  requestFA: unnumbered(EventName.info, (api) => api.requestFA(1 as never)),
  subscribeToGroupEvents: numbered(EventName.displayGroupUpdated, (api, id) =>
    api.subscribeToGroupEvents(id, 4),
  ),
  updateDisplayGroup: refused((api, id) => api.updateDisplayGroup(id, 'none')),
}

/** Unanswered by nature. */
const UNANSWERED = [
  // Cancels of what need not be open.
  ...['cancelAccountSummary', 'cancelAccountUpdatesMulti', 'cancelPnL', 'cancelPnLSingle', 'cancelPositions'],
  ...['cancelPositionsMulti', 'cancelScannerSubscription', 'unsubscribeFromGroupEvents'],
  // Cancels of what is answered at once.
  ...['cancelCalculateImpliedVolatility', 'cancelCalculateOptionPrice', 'cancelFundamentalData'],
  ...['cancelHeadTimestamp', 'cancelHistogramData', 'reqCancelWshEventData', 'reqCancelWshMetaData'],
  // Subscriptions to what may never come, and settings.
  ...[
    'reqNewsBulletins',
    'cancelNewsBulletins',
    'reqAutoOpenOrders',
    'reqMarketDataType',
    'setServerLogLevel',
  ],
  // Tells of the orders that it ends.
  'reqGlobalCancel',
]
/** Methods that send nothing. */
const LOCAL = ['constructor', 'connect', 'disconnect', 'isConnected', 'serverVersion', 'disableUseV100Plus']

test('the list of requests has every public method of the client', () => {
  const methods = Object.getOwnPropertyNames(IBApi.prototype).filter((name) => !LOCAL.includes(name))
  expect([...Object.keys(CALLS), ...UNANSWERED].sort()).toEqual(methods.sort())
})

test('every request that a client can make gets an answer, or an error with its own id', async () => {
  // Noon of a trading day, so that an order goes to the market.
  const offsetMs = noon - systemClock.now()
  const clock = { ...systemClock, now: () => epochMs(systemClock.now() + offsetMs) }
  const simulator = await startSimulator(market, simulatorOptions.parse({}), { clock, seed: 7 })
  closers.push(() => simulator.close())
  const api = new IBApi({ host: simulator.host, port: simulator.port, clientId: 1, maxReqPerSec: 1e6 })
  const events: Array<readonly [name: string, values: readonly unknown[]]> = []
  for (const name of Object.values(EventName)) {
    if (name === EventName.all || name === EventName.received || name === EventName.sent) continue
    api.on(name as EventName.error, (...values: unknown[]) => void events.push([name, values]))
  }
  closers.push(() => void api.disconnect())
  api.connect()
  await until(() => events.some(([name]) => name === EventName.nextValidId))
  await until(() => events.some(([name, values]) => name === EventName.info && values[1] === 2_158))

  const waiting = new Map(Object.entries(CALLS))
  const ids = new Map([...waiting.keys()].map((name, at) => [name, 1_000 + at]))
  const before = events.length
  for (const [name, { send }] of waiting) send(api, ids.get(name) as number)
  const deadlineMs = systemClock.monotonicMs() + 10_000
  while (waiting.size > 0 && systemClock.monotonicMs() < deadlineMs) {
    await systemClock.sleep(5)
    for (const [name, { answer, hasId }] of waiting) {
      const id = ids.get(name)
      const isAnswer = ([event, values]: (typeof events)[number]) =>
        (event === answer && (!hasId || Number(values[0]) === id)) ||
        (event === EventName.error && values[2] === id)
      if (events.slice(before).some(isAnswer)) waiting.delete(name)
    }
  }
  expect([...waiting.keys()]).toEqual([])
  // The client could send nothing that the gateway does not know.
  expect(simulator.stats().received.unknown).toBeUndefined()
  // Nothing was refused as malformed, and the connection is still there.
  expect(simulator.stats()).toMatchObject({ malformed: 0, clients: 1 })
}, 20_000)

/** Ids that no client up to version 193 sends: startApi, and those of newer protocols. */
test('the table of requests has every message id of the protocol up to version 193', () => {
  const gaps = [...range(26, 48), 60, 71]
  const wanted = range(1, 104).filter((id) => !gaps.includes(id))
  expect(
    Object.keys(REQUESTS)
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(wanted)
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await systemClock.sleep(2)
}
