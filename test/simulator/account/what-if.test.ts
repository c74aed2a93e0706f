import { expect, test } from 'vitest'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import type { OrderRequest } from '../../../src/simulator/orders/draft.ts'
import { bench, quoted } from '../requests/recording-client.ts'
import { OPTIONS, SPY } from '../stub-market.ts'

const [CALL] = OPTIONS as [SimContract]

function market(contract: SimContract, quantity: number): OrderRequest {
  return {
    instrument: { kind: 'single', contract, exchange: contract.exchange },
    terms: {
      side: quantity > 0 ? 'BUY' : 'SELL',
      quantity: Math.abs(quantity),
      limitPrice: null,
      timeInForce: 'DAY',
      outsideRth: false,
      transmit: true,
    },
    attributes: {},
  }
}

test('a what-if order says what the account figures are once it is filled', () => {
  const { state, quotes, trade } = bench()
  quotes.set(SPY.conId, quoted(680))
  quotes.set(CALL.conId, quoted(55))
  for (const [contract, quantity] of [
    [SPY, 300],
    [CALL, -4],
    [SPY, -500],
    [CALL, 6],
  ] as const) {
    const preview = state.broker.preview(market(contract, quantity))
    expect(preview.before).toEqual(state.account.snapshot().margin)
    trade(contract, quantity)
    const after = state.account.snapshot().margin
    for (const name of Object.keys(after) as Array<keyof typeof after>) {
      expect(preview.after[name], name).toBeCloseTo(after[name], 6)
    }
  }
})

test('what an account cannot afford is refused with 201 and changes nothing', () => {
  const { state, quotes } = bench({}, { startingCash: 50_000 })
  quotes.set(SPY.conId, quoted(680))
  const notices: number[] = []
  state.broker.onChange((change) => {
    if (change.kind === 'notice') notices.push(change.notice.code)
  })
  const before = state.account.snapshot()
  state.broker.place({ clientId: 1, orderId: 1 }, market(SPY, 150))
  expect(notices).toEqual([201])
  expect(state.account.snapshot()).toEqual(before)
  state.broker.place({ clientId: 1, orderId: 2 }, market(SPY, 140))
  expect(state.account.snapshot().margin.availableFunds).toBeGreaterThan(0)
})
