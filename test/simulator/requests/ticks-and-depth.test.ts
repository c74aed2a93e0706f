import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import type { Market, MarketDepth } from '../../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { REQUESTS } from '../../../src/simulator/requests/requests.ts'
import { bench, recordingClient } from './recording-client.ts'

const noon = newYorkInstant(sessionDate('2026-11-20'), '12:00')
const market = syntheticMarket({ seed: 7, asOf: noon })
const spy = market.find({ symbol: 'SPY', secType: 'STK' })[0]!
const vix = market.find({ symbol: 'VIX' })[0]!
const [call] = market.find({
  symbol: 'SPY',
  expiry: '20261127',
  right: 'C',
  strike: 680,
  tradingClass: 'SPY',
})

function open(options: object = {}, served: Partial<Market> = market) {
  const made = bench(served, { answerMedianMs: 1, answerShape: 0, firstQuoteMedianMs: 1, ...options })
  const client = recordingClient(REQUESTS, made.state)
  // The limits count the requests of all connections.
  made.state.connections.add({ client: () => client, drop() {}, goHalfOpen() {}, pause() {}, resume() {} })
  return { ...made, client }
}

const on = (conId: number, exchange = 'SMART') => [conId, '', '', '', '0.0', '', '', exchange, '', '', '', '']
const codes = (client: ReturnType<typeof open>['client']) => client.errors.map(([id, code]) => [id, code])

test('the head timestamp is UTC or seconds, and 162 where there is no history', async () => {
  const { client, clock } = open()
  client.request(87, 1, ...on(spy.conId), 0, 1, 'TRADES', 1)
  client.request(87, 2, ...on(spy.conId), 0, 1, 'TRADES', 2)
  client.request(87, 3, ...on(vix.conId, ''), 0, 1, 'BID', 1)
  client.request(87, 4, ...on(call!.conId), 0, 1, 'MIDPOINT', 1)
  await clock.advance(5)
  const answers = client.taken()
  expect(answers.slice(0, 2)).toEqual([
    ['88', '1', '20160104-14:30:00'],
    ['88', '2', String(Date.UTC(2016, 0, 4, 14, 30) / 1_000)],
  ])
  expect(answers[2]?.[2]).toMatch(/^2026\d{4}-1[34]:30:00$/)
  expect(codes(client)).toEqual([[3, 162]])
})

test('the histogram has the volume of the period at each price, ascending', async () => {
  const { client, clock } = open()
  client.request(88, 1, ...on(spy.conId), 0, 1, '2 days')
  client.request(88, 2, ...on(spy.conId), 0, 1, '99 years')
  await clock.advance(5)
  const [answer] = client.taken()
  const prices = answer!.slice(3).filter((_, at) => at % 2 === 0)
  const sizes = answer!.slice(3).filter((_, at) => at % 2 === 1)
  expect([...prices].sort((a, b) => Number(a) - Number(b))).toEqual(prices)
  const [yesterday] = market.bars(spy, 'TRADES', {
    startAt: newYorkInstant(sessionDate('2026-11-19'), '09:00'),
    endAt: noon,
    barSeconds: 86_400,
  })
  const today = market.quote(spy, clock.now()).volume!
  expect(sizes.reduce((sum, size) => sum + Number(size), 0)).toBe(yesterday!.volume! + today)
  expect(codes(client)).toEqual([
    [2, 321],
    [2, 162],
  ])
})

test('a bar every five seconds that is the same as the bar of history', async () => {
  const { client, clock, state } = open()
  client.request(50, 3, 1, ...on(spy.conId), 5, 'TRADES', 1, '')
  client.request(50, 3, 2, ...on(spy.conId), 5, 'MIDPOINT', 1, '')
  expect(state.lines.inUse).toBe(2)
  await clock.advance(15_100)
  const bars = client.taken().filter(([, , id]) => id === '1')
  const history = market.bars(spy, 'TRADES', { startAt: noon, endAt: epochMs(noon + 15_000), barSeconds: 5 })
  expect(bars.map((fields) => fields.slice(3, 9).map(Number))).toEqual(
    history.map(({ startAt, open, high, low, close, volume }) => [
      startAt / 1_000,
      open,
      high,
      low,
      close,
      volume,
    ]),
  )
  client.request(51, 1, 1)
  client.request(51, 1, 2)
  client.request(51, 1, 2)
  await clock.advance(10_000)
  expect(client.taken()).toEqual([])
  expect(state.lines.inUse).toBe(0)
  expect(codes(client)).toEqual([[2, 300]])
})

test('realtime bars of what there is not, without a line or too often are errors', async () => {
  const { client, clock } = open({ lines: 50 })
  client.request(50, 3, 1, ...on(spy.conId), 5, 'BID_ASK', 1, '')
  client.request(50, 3, 2, ...on(vix.conId, 'CBOE'), 5, 'BID', 1, '')
  client.request(50, 3, 3, ...on(spy.conId, ''), 5, 'TRADES', 1, '')
  expect(codes(client)).toEqual([
    [1, 321],
    [2, 420],
    [3, 321],
  ])
  client.errors.length = 0
  for (let id = 10; id < 71; id++) client.request(50, 3, id, ...on(spy.conId), 5, 'TRADES', 1, '')
  expect(codes(client).slice(0, 2)).toEqual([
    [60, 101],
    [61, 101],
  ])
  expect(codes(client).at(-1)).toEqual([70, 420])
  await clock.advance(1)
})

test('single trades, quotes and mid prices come as they happen, after past ones if they are requested', async () => {
  const { client, clock } = open()
  client.request(97, 1, ...on(spy.conId), 'Last', 0, 0)
  client.request(97, 2, ...on(spy.conId), 'AllLast', 10, 0)
  client.request(97, 3, ...on(spy.conId), 'BidAsk', 0, 1)
  client.request(97, 4, ...on(spy.conId), 'MidPoint', 0, 0)
  const [past] = client.taken()
  expect(past?.slice(0, 3)).toEqual(['98', '2', '10'])
  await clock.advance(10_300)
  const ticks = client.taken()
  const of = (id: number) => ticks.filter((fields) => fields[0] === '99' && fields[1] === String(id))
  const trades = market.trades(spy, { startAt: noon, endAt: clock.now() })
  expect(trades.length).toBeGreaterThan(9)
  const fields = trades.map(({ at, price, size, exchange }) =>
    [at / 1_000, price, size, 0, exchange, ''].map(String),
  )
  expect(of(1).map((tick) => tick.slice(3))).toEqual(fields)
  expect(of(2).map((tick) => tick.slice(3))).toEqual(fields)
  expect(of(1)[0]?.[2]).toBe('1')
  expect(of(2)[0]?.[2]).toBe('2')
  const touches = of(3).map((tick) => tick.slice(4, 6).join())
  expect(touches.every((touch, at) => touch !== touches[at - 1])).toBe(true)
  expect(of(4).length).toBe(of(3).length)
  client.request(98, 1)
  client.request(98, 1)
  expect(codes(client)).toEqual([[1, 300]])
})

test('streams of single ticks have a limit, and options and indexes have none', () => {
  const { client } = open({ lines: 100 })
  for (let id = 1; id <= 6; id++) client.request(97, id, ...on(spy.conId), 'Last', 0, 0)
  client.request(97, 7, ...on(call!.conId), 'Last', 0, 0)
  client.request(97, 8, ...on(vix.conId, ''), 'Last', 0, 0)
  client.request(97, 9, ...on(spy.conId), 'Quotes', 0, 0)
  expect(codes(client)).toEqual([
    [6, 10_190],
    [7, 10_189],
    [8, 10_189],
    [9, 10_189],
  ])
})

test('past ticks from a start or until an end, of stocks and options, are those of the market', async () => {
  const { client, clock } = open()
  const ask = (id: number, conId: number, times: [string, string], count: number, what: string) =>
    client.request(96, id, ...on(conId), 0, ...times, count, what, 1, 0, '')
  ask(1, spy.conId, ['20261120 10:00:00 US/Eastern', ''], 5, 'TRADES')
  ask(2, spy.conId, ['', '20261120 09:30:03'], 6, 'BID_ASK')
  ask(3, spy.conId, ['20261120-15:00:00', ''], 5, 'MIDPOINT')
  ask(4, call!.conId, ['20261119 10:00:00', ''], 20, 'TRADES')
  await clock.advance(5)
  const [trades, quotes, mids, optionTrades] = client.taken()
  const at = newYorkInstant(sessionDate('2026-11-20'), '10:00')
  const first = market.trades(spy, { startAt: at, endAt: epochMs(at + 5_000) })
  expect(trades?.slice(0, 3)).toEqual(['98', '1', '5'])
  expect(trades?.[3]).toBe(String(at / 1_000))
  expect(trades?.[5]).toBe(String(first[0]!.price))
  expect(trades?.at(-1)).toBe('1')
  // Three seconds of the morning, three of the evening before.
  expect(quotes?.slice(0, 3)).toEqual(['97', '2', '6'])
  const seconds = quotes!.slice(3, -1).filter((_, field) => field % 6 === 0)
  const openAt = newYorkInstant(sessionDate('2026-11-20'), '09:30') / 1_000
  expect(seconds.slice(3).map(Number)).toEqual([openAt, openAt + 1, openAt + 2])
  expect(Number(seconds[2])).toBe(newYorkInstant(sessionDate('2026-11-19'), '16:00') / 1_000)
  expect(mids?.slice(0, 3)).toEqual(['96', '3', '5'])
  expect(optionTrades?.[0]).toBe('98')
  expect(Number(optionTrades?.[2])).toBeGreaterThan(19)
  ask(5, spy.conId, ['', ''], 5, 'TRADES')
  ask(6, spy.conId, ['', 'x'], 5, 'TRADES')
  ask(7, spy.conId, ['', '20261120 10:00:00'], 5_000, 'TRADES')
  await clock.advance(5)
  expect(codes(client)).toEqual([
    [5, 10_187],
    [6, 10_314],
    [7, 10_187],
  ])
})

test('the depth of a quoted market is its touch, with the name of the exchange in smart depth', async () => {
  const { client, clock, state } = open()
  client.request(10, 5, 1, ...on(spy.conId), 5, 0, '')
  client.request(10, 5, 2, ...on(spy.conId), 5, 1, '')
  await clock.advance(20)
  const rows = client.taken()
  const { bid, bidSize, ask, askSize } = market.quote(spy, state.clock.now())
  expect(rows.filter(([, , id]) => id === '1')).toEqual([
    ['12', '1', '1', '0', '0', '1', String(bid), String(bidSize)],
    ['12', '1', '1', '0', '0', '0', String(ask), String(askSize)],
  ])
  expect(rows.filter(([, , id]) => id === '2')[0]).toEqual([
    '13',
    '1',
    '2',
    '0',
    'SMART',
    '0',
    '1',
    String(bid),
    String(bidSize),
    '1',
  ])
  await clock.advance(1_000)
  expect(client.taken().every((fields) => fields[fields[0] === '12' ? 4 : 5] === '1')).toBe(true)
  client.request(11, 1, 1, 0)
  client.request(11, 1, 2, 1)
  client.request(11, 1, 2, 1)
  await clock.advance(3_000)
  expect(client.taken()).toEqual([])
  expect(codes(client)).toEqual([[2, 310]])
})

test('the depth of a book is inserted, changed and deleted row by row, and no row is out of place', async () => {
  let book: MarketDepth = { bids: [], asks: [] }
  const { client, clock } = open(
    {},
    {
      ...market,
      depth: (_contract, levels) => ({ bids: book.bids.slice(0, levels), asks: book.asks.slice(0, levels) }),
    },
  )
  const levels = (...prices: number[]) => prices.map((price) => ({ price, size: 100 }))
  const seen: Record<'0' | '1', number[]> = { '0': [], '1': [] }
  client.request(10, 5, 1, ...on(spy.conId), 3, 0, '')
  for (const next of [
    { bids: levels(99, 98, 97, 96), asks: levels(100, 101) },
    { bids: levels(98, 97), asks: levels(100.5) },
    { bids: [], asks: levels(100, 100.5, 101, 102) },
    { bids: levels(99.5), asks: [] },
  ]) {
    book = next
    await clock.advance(1_100)
    for (const [kind, , , row, operation, side, price] of client.taken()) {
      expect(kind).toBe('12')
      const rows = seen[side as '0' | '1']
      if (operation === '2') expect(rows.splice(Number(row), 1)).toHaveLength(1)
      else if (operation === '0') rows.splice(Number(row), 0, Number(price))
      else rows[Number(row)] = Number(price)
    }
    expect(seen['1']).toEqual(next.bids.slice(0, 3).map(({ price }) => price))
    expect(seen['0']).toEqual(next.asks.slice(0, 3).map(({ price }) => price))
  }
})

test('requests for depth have a limit, and an index has no depth', () => {
  const { client } = open({ lines: 100 })
  for (let id = 1; id <= 4; id++) client.request(10, 5, id, ...on(spy.conId), 5, 0, '')
  client.request(10, 5, 5, ...on(vix.conId, 'CBOE'), 5, 0, '')
  client.request(10, 5, 6, ...on(spy.conId, ''), 5, 0, '')
  client.request(10, 5, 7, ...on(spy.conId), 0, 0, '')
  expect(codes(client)).toEqual([
    [4, 309],
    [5, 10_092],
    [6, 321],
    [7, 321],
  ])
})

test('a broken farm silences ticks, bars and depth, and afterwards only new ticks come', async () => {
  const { client, clock, state } = open()
  client.request(97, 1, ...on(spy.conId), 'Last', 0, 0)
  client.request(50, 3, 2, ...on(spy.conId), 5, 'TRADES', 1, '')
  client.request(10, 5, 3, ...on(spy.conId), 5, 0, '')
  await clock.advance(3_000)
  client.taken()
  state.injected.set('farm_broken', { kind: 'farm_broken', farm: 'market' })
  await clock.advance(600_000)
  expect(client.taken()).toEqual([])
  state.injected.delete('farm_broken')
  await clock.advance(5_100)
  const kinds = client.taken().map(([kind]) => kind)
  expect(kinds.filter((kind) => kind === '99').length).toBeLessThan(20)
  expect(kinds.filter((kind) => kind === '50').length).toBeLessThan(3)
  expect(kinds).toEqual(expect.arrayContaining(['99', '50', '12']))
})
