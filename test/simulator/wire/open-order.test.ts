import { expect, test } from 'vitest'
import { draftOrder } from '../../../src/simulator/orders/draft.ts'
import { completedOrder, openOrder } from '../../../src/simulator/wire/open-order.ts'
import { NOON, order } from '../orders/order-bench.ts'
import { SPY } from '../stub-market.ts'

const DRAFT = draftOrder({ clientId: 1, orderId: 5 }, order(SPY, 'BUY', 100), {
  permId: 1_500_000_001,
  account: 'DU1234567',
  at: NOON,
})
const fieldsOf = (frame: string) => frame.slice(4, -1).split('\0')

test('an open order has as many fields after its message id as the version asks for', () => {
  const counts = [176, 177, 182, 183, 184, 185, 188, 189, 192, 193].map((version) => [
    version,
    fieldsOf(openOrder(DRAFT, version)).length - 1,
    fieldsOf(completedOrder(DRAFT, version)).length - 1,
  ])
  expect(counts).toEqual([
    [176, 135, 100],
    [177, 134, 99],
    [182, 134, 99],
    [183, 135, 100],
    [184, 136, 101],
    [185, 137, 101],
    [188, 137, 101],
    [189, 138, 101],
    [192, 138, 101],
    [193, 140, 101],
  ])
})

test('a preview stands in the margin fields, and everything else there is not set', () => {
  const margin = (initial: number) => ({ initial, maintenance: initial / 2, equityWithLoan: 1_000 })
  const preview = { before: margin(0), after: margin(500), commission: 1.05, warning: '' }
  const shown = fieldsOf(openOrder(DRAFT, 176, preview))
  const from = shown.indexOf('PreSubmitted')
  expect(shown.slice(from, from + 13)).toEqual([
    'PreSubmitted',
    ...['0.00', '0.00', '1000.00', '500.00', '250.00', '0.00', '500.00', '250.00', '1000.00'],
    ...['1.05', '1.7976931348623157E308', '1.7976931348623157E308'],
  ])
  const plain = fieldsOf(openOrder(DRAFT, 176))
  expect(new Set(plain.slice(from + 1, from + 13))).toEqual(new Set(['1.7976931348623157E308']))
})

test('text that the client sent with its order comes back escaped', () => {
  const named = { ...DRAFT, attributes: { orderRef: 'réf\0x' } }
  expect(openOrder(named, 176)).toContain('r\\u00e9f\\u0000x')
})
