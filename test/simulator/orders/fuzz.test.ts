import { expect, test } from 'vitest'
import { uniformOf } from '../../../src/market/random.ts'
import { announceOrders } from '../../../src/simulator/requests/order-events.ts'
import { ORDER_REQUESTS } from '../../../src/simulator/requests/orders.ts'
import { Malformed } from '../../../src/simulator/wire/frames.ts'
import { recordingClient } from '../requests/recording-client.ts'
import { OPTIONS, SPY } from '../stub-market.ts'
import { orderBench, quoteOf } from './order-bench.ts'

/** More with the variable FUZZ, which also prints the outcomes. */
const RUNS = Number(process.env.FUZZ ?? 300)
const ORDER =
  '3|1|756733||||0.0|||SMART|||||||BUY|100|LMT|5.5||DAY||DU1234567|O|0|ref|1|0|0|0|0|0|0|0||0.0|||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|0|||||||0|||||||||0|0|0|0|||0||||0|0|2147483647'
const BAG = ORDER.replace('|756733||||', '|0|SPY|BAG||').replace(
  '|0|0||0.0|||',
  `|0|0|2|${OPTIONS[0]?.conId}|1|BUY|SMART|0|0||-1|${OPTIONS[2]?.conId}|1|SELL|SMART|0|0||-1|0|0||0.0|||`,
)
const HOSTILE = [
  '',
  '0',
  '-1',
  'abc',
  'NaN',
  'Infinity',
  '1e308',
  '1.7976931348623157E308',
  '2147483647',
  '99999999999999999',
  '0.5',
  '1',
  '7',
  'é\u0001',
  'SELL',
  'GTC',
  'IOC',
  'MKT',
  'x'.repeat(300),
]

test('an order with hostile fields gets an answer with its id or ends the connection, and the account adds up', () => {
  const bench = orderBench()
  const { state, broker, quotes } = bench
  quotes.set(SPY.conId, quoteOf(5, 5.02, 1_000))
  for (const option of OPTIONS.slice(0, 4)) quotes.set(option.conId, quoteOf(4, 4.1, 1_000))
  announceOrders(state)
  const client = recordingClient(ORDER_REQUESTS, state)
  state.connections.add({
    client: () => client,
    drop: () => {},
    goHalfOpen: () => {},
    pause: () => {},
    resume: () => {},
  })
  const outcomes = new Map<string, number>()
  let nextId = 1
  for (let run = 0; run < RUNS; run++) {
    const fields = (uniformOf(run, 1) < 0.7 ? ORDER : BAG).split('|')
    const orderId = uniformOf(run, 2) < 0.2 ? Math.max(1, nextId - 2) : nextId
    nextId = Math.max(nextId, orderId) + 1
    fields[1] = String(orderId)
    const changes = Math.floor(uniformOf(run, 3) * 4)
    for (let at = 0; at < changes; at++) {
      const field = 2 + Math.floor(uniformOf(run, 4, at) * (fields.length - 2))
      fields[field] = HOSTILE[Math.floor(uniformOf(run, 5, at) * HOSTILE.length)] as string
    }
    client.errors.length = 0
    client.taken()
    let outcome: string
    try {
      client.request(...fields)
      const answers = client
        .taken()
        .filter((frame) => (frame[0] === '5' || frame[0] === '3') && frame[1] === fields[1])
      const error = client.errors.find(([id]) => id === orderId)
      expect(answers.length + client.errors.length, `no answer to ${fields.join('|')}`).toBeGreaterThan(0)
      outcome = error ? `error ${error[1]}` : 'taken'
    } catch (error) {
      if (!(error instanceof Malformed)) throw new Error(`${fields.join('|')}`, { cause: error })
      outcome = 'malformed'
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (uniformOf(run, 6) < 0.1) client.request(4, orderId, '', '', '')
  }
  if (process.env.FUZZ) console.log(Object.fromEntries(outcomes))
  expect(outcomes.get('taken')).toBeGreaterThan(RUNS / 10)
  const cash = broker.executions().reduce((sum, { traded, side, quantity, price, commission }) => {
    if (traded.kind === 'combination') return sum
    const value = quantity * price * (Number(traded.contract.multiplier) || 1)
    return sum + (side === 'BUY' ? -value : value) - (commission?.amount ?? 0)
  }, 1_000_000)
  if (broker.executions().length < 10_000) expect(broker.cash()).toBeCloseTo(cash, 2)
  for (const order of [...broker.openOrders(), ...broker.completedOrders()]) {
    expect(order.filled + order.remaining).toBe(order.terms.quantity)
  }
})
