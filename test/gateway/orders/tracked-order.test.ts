import { expect, test } from 'vitest'
import type { ReportedStatus } from '../../../src/gateway/orders/decode.ts'
import { type Execution, isFinal, type OrderState } from '../../../src/gateway/orders/order.ts'
import {
  afterCancelSent,
  afterExecution,
  afterMissing,
  afterNotice,
  afterStatus,
  type TrackedOrder,
  trackNew,
  withoutKnowledge,
} from '../../../src/gateway/orders/tracked-order.ts'
import { epochMs } from '../../../src/market/units.ts'
import { randomOf } from '../../faults/campaign.ts'
import { stockOf } from './entry-gateway.ts'

const QUANTITY = 10

function fresh(): TrackedOrder {
  const state: OrderState = {
    ...{ orderId: 7, permId: null, orderRef: 'x', instrument: stockOf(1), side: 'BUY', quantity: QUANTITY },
    ...{ limitPrice: 5, timeInForce: 'DAY', transmit: true, status: 'sent', reason: '' },
    ...{ filled: 0, remaining: QUANTITY, averagePrice: null, commission: null, placedAt: epochMs(0) },
  }
  return trackNew(state, 'DU1')
}

const status = (text: string, filled: number): ReportedStatus => ({
  ...{ orderId: 7, clientId: 1, permId: 99, status: text, filled, remaining: QUANTITY - filled },
  ...{ averagePrice: filled > 0 ? 5 : null, whyHeld: '' },
})

const execution = (n: number, quantity: number): Execution => ({
  ...{
    execId: `e.${n}.01`,
    orderId: 7,
    permId: 99,
    orderRef: 'x',
    conId: null,
    symbol: 'SPY',
    secType: 'STK',
  },
  ...{
    side: 'BUY',
    quantity,
    price: 5,
    time: '',
    exchange: '',
    commission: null,
    realizedPnl: null,
    addedLiquidity: null,
  },
})

test('whatever the order of messages, however often they come, the end is the same and nothing is unfilled again', () => {
  const draw = randomOf(5)
  const wrong: unknown[] = []
  for (let round = 0; round < 3_000; round++) {
    // The life of an order: accepted, working, filled in parts, and filled or cancelled in the end.
    const parts = 1 + Math.floor(draw() * 4)
    const isFilled = draw() < 0.6
    const sizes = Array.from({ length: parts }, () => (isFilled ? QUANTITY / parts : 1))
    const whole = sizes.map((size) => Math.floor(size))
    if (isFilled) whole[0] = (whole[0] as number) + QUANTITY - whole.reduce((sum, size) => sum + size, 0)
    const total = whole.reduce((sum, size) => sum + size, 0)
    const messages: Array<(order: TrackedOrder) => TrackedOrder> = [
      (order) => afterStatus(order, status('PreSubmitted', 0)).order,
      (order) => afterStatus(order, status('Submitted', 0)).order,
    ]
    let sum = 0
    for (const [at, size] of whole.entries()) {
      sum += size
      const filled = sum
      let isTold = false
      messages.push(
        // The account drops repeated executions before they come here.
        (order) => {
          if (isTold) return order
          isTold = true
          return afterExecution(order, execution(at, size))
        },
        (order) => afterStatus(order, status(filled === QUANTITY ? 'Filled' : 'Submitted', filled)).order,
      )
    }
    const end = (order: TrackedOrder) => afterStatus(order, status('Cancelled', total)).order
    if (!isFilled) messages.push(end)

    const shuffled = [...messages, ...messages.filter(() => draw() < 0.5)]
      .map((message) => ({ message, at: draw() }))
      .sort((a, b) => a.at - b.at)
    let order = fresh()
    for (const { message } of shuffled) {
      const before = order.state
      order = message(order)
      if (isWrongAfter(before, order.state)) wrong.push({ round, before, after: order.state })
    }
    expect(order.state).toMatchObject({ filled: total, averagePrice: 5, permId: 99 })
    expect(order.state.status).toBe(isFilled ? 'filled' : 'cancelled')
  }
  expect(wrong).toEqual([])
})

/** Something unfilled again, a quantity that does not add up, or an order that is over and becomes another than filled. */
function isWrongAfter(before: OrderState, after: OrderState): boolean {
  if (after.filled < before.filled || after.filled + after.remaining !== QUANTITY) return true
  return isFinal(before.status) && before.status !== after.status && after.status !== 'filled'
}

test('a late message that an order works does not undo its cancelling', () => {
  const working = afterStatus(fresh(), status('Submitted', 0)).order
  const cancelling = afterCancelSent(working)
  expect(afterStatus(cancelling, status('Submitted', 0)).order.state.status).toBe('cancelling')
  const refused = afterNotice(cancelling, 'cancel_refused', 'too late')
  expect(refused.followUp).toBe('ask_gateway')
  expect(refused.order.state).toMatchObject({ status: 'working', reason: 'too late' })
})

test('a cancelled order may still be filled by a message that was under way', () => {
  const cancelled = afterStatus(fresh(), status('Cancelled', 0)).order
  const partly = afterStatus(cancelled, status('Submitted', 4)).order
  expect(partly.state).toMatchObject({ status: 'cancelled', filled: 4, remaining: 6 })
  expect(afterStatus(partly, status('Filled', 10)).order.state.status).toBe('filled')
})

test('an error about a change leaves the order, and asks the gateway', () => {
  const working = { ...afterStatus(fresh(), status('Submitted', 0)).order, isChanging: true }
  const refused = afterNotice(working, 'rejected', 'not enough funds')
  expect(refused).toMatchObject({ followUp: 'ask_gateway', order: { state: { status: 'working' } } })
})

test('an order is given up only after a second look, and never if its fate was told', () => {
  const lost = withoutKnowledge(fresh(), 'the session was lost')
  expect(afterMissing(lost, { ended: undefined, isSecondLook: false })).toBeNull()
  expect(afterMissing(lost, { ended: undefined, isSecondLook: true })?.state).toMatchObject({
    status: 'not_received',
  })
  const ended = { permId: 99, account: 'DU1', orderRef: 'x', status: 'Filled', filled: 10, text: '' }
  expect(afterMissing(lost, { ended, isSecondLook: false })?.state).toMatchObject({
    ...{ status: 'filled', filled: 10, permId: 99 },
  })
  const known = withoutKnowledge(afterStatus(fresh(), status('Submitted', 2)).order, 'the session was lost')
  expect(afterMissing(known, { ended: undefined, isSecondLook: true })?.state).toMatchObject({
    ...{ status: 'cancelled', filled: 2 },
  })
})

test('a held order is held until it works, and a held stock says why', () => {
  const order = fresh()
  const held = { ...order, state: { ...order.state, transmit: false } }
  const pending = afterStatus(held, status('ApiPending', 0)).order
  expect(pending.state.status).toBe('held')
  expect(afterStatus(pending, status('Submitted', 0)).order.state).toMatchObject({
    ...{ status: 'working', transmit: true },
  })
  const locate = afterStatus(order, { ...status('Inactive', 0), whyHeld: 'locate' })
  expect(locate).toMatchObject({ followUp: 'nothing', order: { state: { status: 'accepted' } } })
  expect(locate.order.state.reason).toContain('locate')
})

test('no more is filled than was ordered, whatever a gateway says', () => {
  const { state } = afterStatus(fresh(), { ...status('Submitted', 48), remaining: 2 }).order
  expect(state).toMatchObject({ status: 'working', filled: 10, remaining: 0 })
})
