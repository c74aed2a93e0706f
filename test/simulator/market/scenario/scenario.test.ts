import { expect, test } from 'vitest'
import { loadScenario, parseScenario } from '../../../../src/exchange/scenarios/load.ts'
import type { Scenario } from '../../../../src/exchange/scenarios/schema.ts'
import { newYorkInstant } from '../../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../../src/market/units.ts'
import type { SimContract } from '../../../../src/simulator/market/market.ts'
import { openScenario } from '../../../../src/simulator/market/scenario/open-scenario.ts'
import { SCENARIO_SYMBOL } from '../../../../src/simulator/market/scenario/stock.ts'
import { simulatorOptions } from '../../../../src/simulator/options.ts'
import type { BrokerChange } from '../../../../src/simulator/orders/broker.ts'
import type { OrderTerms } from '../../../../src/simulator/orders/order.ts'
import { createState } from '../../../../src/simulator/state.ts'
import { manualClock } from '../../../support/manual-clock.ts'

const OPEN = newYorkInstant(sessionDate('2026-11-20'), '09:30')

/** Nobody trades: the book has the opening orders alone, 500 shares at each quarter of a dollar around 1,000. */
const EMPTY = parseScenario(
  {
    id: 'empty',
    name: 'Empty',
    description: '',
    seed: 1,
    steps: 1_000,
    initialPrice: 1_000,
    initialSpread: 0.5,
    fundamental: { drift: 0, volatility: 2.6e-5 },
    populations: [],
  },
  'empty',
)

function gateway(scenario: Scenario = EMPTY) {
  const clock = manualClock(OPEN)
  const { market, openVenue, stepped } = openScenario(scenario, { seed: 1, startAt: OPEN })
  const options = simulatorOptions.parse({ account: 'DU777777', startingCash: 100_000_000 })
  const state = createState(market, options, { clock, seed: 1, openVenue })
  const changes: BrokerChange[] = []
  state.broker.onChange((change) => changes.push(change))
  const stock = market.find({ symbol: SCENARIO_SYMBOL, secType: 'STK' })[0] as SimContract
  let orderId = 0
  return {
    clock,
    market,
    stepped,
    broker: state.broker,
    stock,
    close: () => state.timeline.close(),
    executions: () => changes.flatMap((change) => (change.kind === 'execution' ? [change.execution] : [])),
    statuses: () => changes.flatMap((change) => (change.kind === 'order' ? [change.order.status] : [])),
    place: (terms: Partial<OrderTerms>, contract: SimContract = stock, id = ++orderId) => {
      const error = state.broker.place(
        { clientId: 1, orderId: id },
        {
          instrument: { kind: 'single', contract, exchange: 'SMART' },
          terms: {
            side: 'BUY',
            quantity: 100,
            limitPrice: null,
            timeInForce: 'DAY',
            outsideRth: false,
            transmit: true,
            ...terms,
          },
          attributes: {},
        },
      )
      return { id, error }
    },
  }
}

test('the stock is quoted from the book, and a market order walks through its prices', () => {
  const { market, stock, place, executions, broker, clock, stepped } = gateway()
  expect(market.quote(stock, clock.now())).toMatchObject({
    bid: 999.75,
    bidSize: 500,
    ask: 1_000.25,
    askSize: 500,
    close: 1_000,
  })
  expect(place({ quantity: 700 }).error).toBeNull()
  expect(executions().map(({ quantity, price, lastLiquidity }) => [quantity, price, lastLiquidity])).toEqual([
    [500, 1_000.25, 2],
    [200, 1_000.5, 2],
  ])
  expect(broker.positions()[0]?.quantity).toBe(700)
  expect(market.quote(stock, clock.now())).toMatchObject({ ask: 1_000.5, askSize: 300 })
  const accounts = stepped.accounts.filter(({ population }) => population === 'outside')
  expect(accounts.map(({ name, shares }) => [name, shares])).toEqual([['DU777777', 700]])
})

test('a limit order rests in the book, is seen in its depth, modified and cancelled', () => {
  const { market, stock, place, broker } = gateway()
  const { id } = place({ quantity: 300, limitPrice: 999.9 })
  expect(market.depth?.(stock, 2)).toEqual({
    bids: [
      { price: 999.9, size: 300 },
      { price: 999.75, size: 500 },
    ],
    asks: [
      { price: 1_000.25, size: 500 },
      { price: 1_000.5, size: 500 },
    ],
  })
  place({ quantity: 200, limitPrice: 1_000 }, stock, id)
  expect(market.depth?.(stock, 1).bids).toEqual([{ price: 1_000, size: 200 }])
  place({ quantity: 200, limitPrice: 1_000.25 }, stock, id)
  expect(broker.positions()[0]?.quantity).toBe(200)
  const other = place({ limitPrice: 999.8 })
  expect(broker.cancel({ clientId: 1, orderId: other.id })).toBeNull()
  expect(market.depth?.(stock, 1).bids).toEqual([{ price: 999.75, size: 500 }])
})

test('what an immediate order does not find is cancelled', () => {
  const { place, broker, statuses } = gateway()
  place({ quantity: 900, limitPrice: 1_000.25, timeInForce: 'IOC' })
  expect(broker.positions()[0]?.quantity).toBe(500)
  expect(statuses().at(-1)).toBe('Cancelled')
})

test('an order that would trade with one of the same account ends that one', () => {
  const { place, broker, market, stock } = gateway()
  const resting = place({ quantity: 100, limitPrice: 1_000.1 })
  place({ side: 'SELL', quantity: 100, limitPrice: 1_000.1 })
  expect(broker.order({ clientId: 1, orderId: resting.id })).toMatchObject({
    status: 'Cancelled',
    completedStatus: 'The order would have traded with another order of the same account',
  })
  expect(market.depth?.(stock, 1).asks).toEqual([{ price: 1_000.1, size: 100 }])
})

test('a market order that empties the book waits for the next seller', () => {
  const { place, broker, executions, statuses } = gateway()
  place({ quantity: 2_600, limitPrice: null })
  expect(executions().reduce((sum, { quantity }) => sum + quantity, 0)).toBe(2_500)
  expect(broker.openOrders()).toHaveLength(1)
  expect(statuses().at(-1)).toBe('Submitted')
})

test('the market makes ten steps a second of the clock, and an order of the account is filled by the agents', async () => {
  const { clock, stepped, place, market, stock, broker, close, executions } = gateway(
    loadScenario('normal_market'),
  )
  await clock.advance(30_000)
  expect(stepped.step).toBe(300)
  const { bid, ask } = market.quote(stock, clock.now())
  place({ quantity: 1_000, limitPrice: Math.min(Number(bid) + 0.01, Number(ask) - 0.01) })
  await clock.advance(120_000)
  expect(stepped.step).toBe(1_500)
  expect(broker.positions()[0]?.quantity).toBeGreaterThan(0)
  expect(executions().every(({ lastLiquidity }) => lastLiquidity === 1)).toBe(true)
  close()
})

test('history is what has been traded since the start', async () => {
  const { clock, market, stock, close } = gateway(loadScenario('normal_market'))
  await clock.advance(149_950)
  const endAt = clock.now()
  const span = { startAt: OPEN, endAt }
  const volume = market.quote(stock, endAt).volume as number
  const minutes = market.bars(stock, 'TRADES', { ...span, barSeconds: 60 })
  expect(minutes.map(({ startAt }) => startAt)).toEqual([OPEN, OPEN + 60_000, OPEN + 120_000])
  expect(minutes.reduce((sum, bar) => sum + (bar.volume ?? 0), 0)).toBe(volume)
  const seconds = market.bars(stock, 'TRADES', { ...span, barSeconds: 1 })
  expect(Math.max(...seconds.map(({ high }) => high))).toBe(Math.max(...minutes.map(({ high }) => high)))
  for (const { low, high, averagePrice } of minutes) {
    expect(averagePrice).toBeGreaterThanOrEqual(low)
    expect(averagePrice).toBeLessThanOrEqual(high)
  }
  const trades = market.trades(stock, span)
  expect(trades.reduce((sum, { size }) => sum + size, 0)).toBe(volume)
  expect(market.bars(stock, 'MIDPOINT', { ...span, barSeconds: 30 })).toHaveLength(5)
  expect(market.bars(stock, 'OPTION_IMPLIED_VOLATILITY', { ...span, barSeconds: 60 })).toEqual([])
  const before = { startAt: epochMs(OPEN - 86_400_000), endAt: OPEN }
  expect(market.bars(stock, 'TRADES', { ...before, barSeconds: 60 })).toEqual([])
  expect(market.headTimestamp(stock, 'BID')).toBe(OPEN)
  const changes = market.quoteChanges(stock, { startAt: epochMs(OPEN + 60_000), endAt })
  expect(changes[0]?.at).toBe(OPEN + 60_000)
  close()
})

test('the options are quoted from the price of the book, also after it has moved', () => {
  const { market, place, clock, stock } = gateway()
  const call = market.find({ symbol: SCENARIO_SYMBOL, secType: 'OPT', strike: 1_000, right: 'C' })[0]
  expect(call).toMatchObject({ multiplier: '100', underlyingConId: stock.conId })
  const quote = () => market.quote(call as SimContract, clock.now())
  const before = quote()
  expect(before.ask).toBeGreaterThan(before.bid as number)
  expect(before.greeks).toMatchObject({ underlyingPrice: 1_000 })
  expect(market.depth?.(call as SimContract, 5)).toEqual({
    bids: [{ price: before.bid, size: before.bidSize }],
    asks: [{ price: before.ask, size: before.askSize }],
  })
  place({ quantity: 2_000 })
  const after = quote()
  expect(after.greeks?.underlyingPrice).toBe(1_000.5)
  expect(after.greeks?.optionPrice).toBeGreaterThan(before.greeks?.optionPrice as number)
})
