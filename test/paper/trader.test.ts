import { expect, test } from 'vitest'
import type { JournalEvent } from '../../src/paper/journal/events.ts'
import { openDesk } from './trading-desk.ts'

const kinds = (events: readonly JournalEvent[]) => events.map(({ kind }) => kind)
const only = <K extends JournalEvent['kind']>(events: readonly JournalEvent[], kind: K) =>
  events.filter((event): event is Extract<JournalEvent, { kind: K }> => event.kind === kind)

test('a high rank in a calm market enters a short iron condor, its intent before its order', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  const { events } = await desk.cycleAfter(trader, 0)
  expect(kinds(events)).toEqual(['decision', 'intent', 'order'])
  const [decision] = only(events, 'decision')
  expect(decision).toMatchObject({ action: 'enter', strategy: 'iron_condor', symbol: 'SPY', quantity: 1 })
  expect(decision?.figures.map(({ name, value }) => [name, value])).toEqual([
    ['iv_rank', 60],
    ['vix', 18],
    ['underlying_trend', 'neutral'],
  ])
  expect(decision?.choice?.legs.map(({ side, right, strike }) => `${side} ${right} ${strike}`)).toEqual([
    'BUY P 670',
    'SELL P 675',
    'SELL C 725',
    'BUY C 730',
  ])
  const [sent] = desk.gateway.sent
  expect(sent).toMatchObject({
    ...{ side: 'BUY', quantity: 1, timeInForce: 'DAY', transmit: true },
    orderRef: 'ol-SPY-20261118T1530-IC-1',
  })
  expect(sent?.limitPrice).toBeLessThan(0)
})

test('a low rank enters a long straddle at the money', async () => {
  const desk = openDesk()
  desk.market.figures = { ivRank: 10, trend: 'up' }
  const { events } = await desk.cycleAfter(await desk.start(), 0)
  expect(only(events, 'decision')[0]).toMatchObject({ action: 'enter', strategy: 'long_straddle' })
  expect(desk.gateway.sent[0]?.limitPrice).toBeGreaterThan(0)
})

test.each([
  [{ ivRank: null }, 'iv_rank is null: no_current_value (0 of 252)'],
  [{ vix: null }, 'vix is null: not_received'],
  [{ trend: null }, 'underlying_trend is null: too_few_bars (0 of 252)'],
] as const)('without a figure nothing is entered: %j', async (figures, reason) => {
  const desk = openDesk()
  desk.market.figures = figures
  const { events } = await desk.cycleAfter(await desk.start(), 0)
  expect(events).toMatchObject([{ kind: 'decision', action: 'no_entry', reason, strategy: null }])
  expect(desk.gateway.sent).toEqual([])
})

test('the price of an unfilled order goes in steps beyond that of the quotes, and the order is then given up', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  const [intent] = only((await desk.cycleAfter(trader, 0)).events, 'intent')
  const prices = [intent?.limit_price]
  const later: JournalEvent[] = []
  for (let at = 0; at < 5; at++) {
    await desk.clock.advance(20_000)
    const { events } = await trader.manage()
    later.push(...events)
    prices.push(...only(events, 'price_step').map(({ limit_price }) => limit_price))
  }
  expect(prices).toEqual([...prices].sort((a, b) => (a ?? 0) - (b ?? 0)))
  const { mid, ask } = intent?.net ?? { mid: 0, ask: 0 }
  expect(prices.at(-1)).toBeCloseTo(mid + 1.5 * (ask - mid), 2)
  expect(kinds(later).filter((kind) => kind !== 'order')).toEqual([
    ...['price_step', 'price_step', 'price_step', 'cancel', 'closed'],
  ])
  expect(only(later, 'closed')[0]).toMatchObject({ pnl: 0, reason: 'the entry was not filled' })
  expect(desk.gateway.openOrders()).toEqual([])
  // Then it waits before it enters the symbol again.
  const [again] = only((await desk.cycleAfter(trader, 5)).events, 'decision')
  expect(again?.reason).toContain('paper.reentryMinutes is 60')
})

test('a condor is closed at its profit target, and its profit is what was received less what was paid', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  const [intent] = only((await desk.cycleAfter(trader, 0)).events, 'intent')
  desk.gateway.fill()
  // Volatility falls: everything far from the price is worth less.
  desk.market.chain = { width: 9 }
  const { events } = await desk.cycleAfter(trader, 5)
  expect(only(events, 'mark')[0]).toMatchObject({ exit: 'profit_target' })
  const exit = only(events, 'intent')[0]
  expect(exit).toMatchObject({ purpose: 'exit', side: 'SELL', quantity: 1, step: 0 })
  desk.gateway.fill()
  const closed = only((await trader.manage()).events, 'closed')[0]
  const gain = ((exit?.limit_price ?? 0) - (intent?.limit_price ?? 0)) * 100
  expect(closed?.pnl).toBeCloseTo(gain - 8 * 0.65, 6)
  expect(desk.gateway.holdings().size).toBe(0)
})

test('a stop is ordered at once at its last price', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  await desk.cycleAfter(trader, 0)
  desk.gateway.fill()
  desk.market.chain = { price: 770 }
  const { events } = await desk.cycleAfter(trader, 5)
  const exit = only(events, 'intent')[0]
  expect(only(events, 'mark')[0]).toMatchObject({ exit: 'stop' })
  expect(exit).toMatchObject({ purpose: 'exit', step: 3 })
  expect(exit?.limit_price).toBeLessThanOrEqual(exit?.net.bid ?? 0)
})

test('positions and orders of others are said once, and left alone', async () => {
  const desk = openDesk()
  desk.gateway.holdElsewhere(77, 3)
  const trader = await desk.start()
  const first = await trader.manage()
  expect(first.events).toMatchObject([{ kind: 'foreign', what: 'position', quantity: 3 }])
  expect((await trader.manage()).events).toEqual([])
  const { events } = await trader.stop('test', 100)
  expect(desk.gateway.holdings().get(77)).toBe(3)
  expect(kinds(events)).toEqual(['stopped'])
})

test('a position that was closed by hand is not managed any more', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  await desk.cycleAfter(trader, 0)
  desk.gateway.fill()
  await trader.manage()
  for (const [id, quantity] of [...desk.gateway.holdings()]) desk.gateway.holdElsewhere(id, -quantity)
  await trader.manage()
  await desk.clock.advance(60_000)
  const { events } = await trader.manage()
  expect(only(events, 'closed')[0]).toMatchObject({ pnl: null })
})

test('a position of which the account lacks a leg is not traded, until it agrees again', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  await desk.cycleAfter(trader, 0)
  desk.gateway.fill()
  await trader.manage()
  const [[id, quantity] = [0, 0]] = desk.gateway.holdings()
  desk.gateway.holdElsewhere(id, -quantity)
  desk.market.chain = { width: 9 }
  const early = await desk.cycleAfter(trader, 5)
  expect(kinds(early.events)).not.toContain('intent')
  const { events } = await desk.cycleAfter(trader, 5)
  expect(only(events, 'differs')[0]?.reason).toContain('the account holds 0')
  expect(kinds(events)).not.toContain('intent')
  desk.gateway.holdElsewhere(id, quantity)
  const after = await desk.cycleAfter(trader, 5)
  expect(kinds(after.events)).toEqual(expect.arrayContaining(['agrees', 'intent']))
})

test('an order that the entry refuses is journaled, and nothing is held', async () => {
  const desk = openDesk()
  const trader = await desk.start(({ journal, orders }) => ({
    journal,
    // It refuses from the moment of sending on, as when an account changes meanwhile.
    orders: {
      ...orders,
      place: async (request) => {
        desk.gateway.refuse('account U*** is no paper account')
        return orders.place(request)
      },
    },
  }))
  const { events } = await desk.cycleAfter(trader, 0)
  expect(kinds(events)).toEqual(['decision', 'intent', 'refused', 'abandoned'])
  desk.gateway.refuse(null)
  expect(kinds((await trader.manage()).events)).toEqual(['closed'])
  expect(desk.gateway.sent).toEqual([])
})

test('stopping cancels what is open and says what is left', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  await desk.cycleAfter(trader, 0)
  const report = await trader.stop('Ctrl-C', 1_000)
  expect(report).toMatchObject({ cancelled: ['ol-SPY-20261118T1530-IC-1'], ordersLeft: [], positions: [] })
  expect(desk.gateway.openOrders()).toEqual([])
  expect(JSON.parse(desk.lines.at(-1) ?? '')).toMatchObject({ kind: 'stopped', reason: 'Ctrl-C', v: 1 })
})
