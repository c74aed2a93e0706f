import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type ExpiryDate, expiryToDate, sessionDate } from '../../../src/market/units.ts'
import { expiresAt } from '../../../src/simulator/market/contracts.ts'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { bench, quoted } from '../requests/recording-client.ts'
import { OPTIONS, SPY } from '../stub-market.ts'

const [CALL, PUT] = OPTIONS as [SimContract, SimContract]

test('the net liquidation value is cash and market values at every moment', () => {
  const { state, quotes, trade } = bench()
  const { account, broker } = state
  let random = 7
  const draw = (n: number) => {
    random = (random * 16_807) % 2_147_483_647
    return random % n
  }
  let spot = 680
  for (let step = 0; step < 150; step++) {
    spot += (draw(101) - 50) / 100
    quotes.set(SPY.conId, quoted(Math.round(spot * 100) / 100, { close: 675 }))
    quotes.set(CALL.conId, quoted(5 + draw(200) / 100, { close: 6 }))
    quotes.set(PUT.conId, quoted(3 + draw(200) / 100, { close: 4 }))
    const quantity = draw(21) - 10
    if (quantity !== 0) trade([SPY, CALL, PUT][draw(3)] as SimContract, quantity)

    const { cash, holdings, margin, pnl } = account.snapshot()
    const marketValue = holdings.reduce((sum, holding) => sum + holding.marketValue, 0)
    expect(cash).toBe(broker.cash())
    expect(margin.netLiquidation).toBeCloseTo(cash + marketValue, 6)
    // Everything was traded today: what the account has gained is what it has gained today.
    expect(pnl.daily).toBeCloseTo(margin.netLiquidation - 1_000_000, 3)
    expect((pnl.unrealized ?? Number.NaN) + pnl.realized).toBeCloseTo(pnl.daily as number, 3)
    for (const { pnl: own, position } of holdings) {
      expect((own.unrealized ?? Number.NaN) + own.realized).toBeCloseTo(own.daily as number, 3)
      expect(own.realized).toBeCloseTo(position.realizedPnl, 6)
    }
  }
})

test('on the next day profit and loss begin at the close, and what was realized before is gone', async () => {
  const { state, clock, quotes, trade } = bench()
  quotes.set(SPY.conId, quoted(680, { close: 675 }))
  trade(SPY, 200)
  quotes.set(SPY.conId, quoted(690, { close: 675 }))
  trade(SPY, -100)
  const today = state.account.snapshot().pnl
  expect(today).toEqual({ daily: 2_000 - 2, unrealized: 1_000 - 0.5, realized: 1_000 - 1.5 })

  await clock.advance(24 * 3_600_000)
  quotes.set(SPY.conId, quoted(693, { close: 691 }))
  const { pnl, holdings } = state.account.snapshot()
  expect(pnl).toEqual({ daily: 200, unrealized: 1_300 - 0.5, realized: 0 })
  expect(holdings[0]?.position.realizedPnl).toBe(1_000 - 1.5)
})

test('without a price a position is carried at its cost, and its profit and loss are absent', () => {
  const { state, quotes, trade } = bench()
  quotes.set(SPY.conId, quoted(680))
  trade(SPY, 100)
  quotes.delete(SPY.conId)
  const { margin, pnl, cash } = state.account.snapshot()
  expect(margin.netLiquidation).toBe(cash + 68_001)
  expect(pnl).toEqual({ daily: null, unrealized: null, realized: 0 })
})

test('a position held overnight has no daily figure while the previous close is unknown', async () => {
  const { state, clock, quotes, trade } = bench()
  quotes.set(SPY.conId, quoted(680))
  trade(SPY, 100)
  await clock.advance(24 * 3_600_000)
  expect(state.account.snapshot().pnl).toEqual({ daily: null, unrealized: -1, realized: 0 })
})

test('the price is the mark, else the middle, else the last trade, else the close', () => {
  const { state, quotes, trade } = bench()
  quotes.set(SPY.conId, quoted(680))
  trade(SPY, 1)
  const price = () => state.account.holding(SPY.conId)?.price
  quotes.set(SPY.conId, { mark: 681, bid: 682, ask: 684, last: 685, close: 675 })
  expect(price()).toBe(681)
  quotes.set(SPY.conId, { bid: 682, ask: 684, last: 685, close: 675 })
  expect(price()).toBe(683)
  quotes.set(SPY.conId, { bid: null, ask: 684, last: 685, close: 675 })
  expect(price()).toBe(685)
  quotes.set(SPY.conId, { last: null, close: 675 })
  expect(price()).toBe(675)
})

const untilExpiryMs = (contract: SimContract, from: number) =>
  newYorkInstant(expiryToDate(contract.expiry as ExpiryDate), '16:15') - from

test('at its expiry an option ends in cash, at what it is in the money then', async () => {
  const { state, clock, quotes, trade } = bench()
  quotes.set(SPY.conId, quoted(CALL.strike + 2))
  quotes.set(CALL.conId, quoted(5))
  quotes.set(PUT.conId, quoted(3))
  trade(CALL, 2)
  trade(PUT, -1)
  const cash = state.broker.cash()
  const positions: number[] = []
  state.broker.onChange((change) => {
    if (change.kind === 'position') positions.push(change.position.contract.conId, change.position.quantity)
  })
  await clock.advance(untilExpiryMs(CALL, clock.now()) - 1_000)
  expect(positions).toEqual([])
  quotes.set(SPY.conId, quoted(CALL.strike + 12))
  await clock.advance(1_000)
  expect(positions).toEqual([CALL.conId, 0, PUT.conId, 0])
  // Two calls, 12 dollars in the money; the put is worthless, and its premium is kept.
  expect(state.broker.cash()).toBe(cash + 2_400)
  const { pnl, margin } = state.account.snapshot()
  expect(margin).toMatchObject({ netLiquidation: cash + 2_400, initialMargin: 0 })
  // 1,400 and 300 less commissions.
  expect(pnl.realized).toBeCloseTo(1_400 - 1.3 + 300 - 1, 6)
  quotes.set(SPY.conId, quoted(CALL.strike + 100))
  expect(state.account.snapshot().margin.netLiquidation).toBe(cash + 2_400)
})

test('an option lives as long as its class: a weekly index option until the close', () => {
  const index = { ...CALL, symbol: 'SPX', expiry: '20261217' }
  const timeOf = (tradingClass: string) => expiresAt({ ...index, tradingClass })
  expect(timeOf('SPX')).toBe(newYorkInstant(sessionDate('2026-12-18'), '09:30'))
  expect(timeOf('SPXW')).toBe(newYorkInstant(sessionDate('2026-12-17'), '16:00'))
  const settlesAt = newYorkInstant(sessionDate('2026-12-17'), '12:00')
  expect(expiresAt({ ...index, settlesAt })).toBe(settlesAt)
  expect(expiresAt(SPY)).toBeNull()
})

test('without a price of the underlying an expired option waits for one', async () => {
  const { state, clock, quotes, trade } = bench()
  quotes.set(CALL.conId, quoted(5))
  trade(CALL, 1)
  await clock.advance(untilExpiryMs(CALL, clock.now()))
  expect(state.broker.positions()[0]?.quantity).toBe(1)
  quotes.set(SPY.conId, quoted(CALL.strike + 7))
  await clock.advance(60_000)
  expect(state.broker.positions()[0]).toMatchObject({ quantity: 0, realizedPnl: 200 - 1 })
})

test('a contract that was never traded is no holding', () => {
  expect(bench().state.account.holding(SPY.conId)).toBeNull()
})
