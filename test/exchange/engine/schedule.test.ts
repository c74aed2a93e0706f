import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUY, type Order } from '../../../src/exchange/book/order.ts'
import { createOrderBook } from '../../../src/exchange/book/order-book.ts'
import { createExpiryCalendar } from '../../../src/exchange/engine/expiry.ts'
import { createTradeWindow } from '../../../src/exchange/engine/trade-window.ts'
import { createTurns } from '../../../src/exchange/engine/turns.ts'

/** The agents of a step in the order of their turns. */
function orderOf(turns: ReturnType<typeof createTurns>, step: number): number[] {
  const count = turns.shuffle(step)
  return Array.from({ length: count }, (_, at) => turns.agentAt(at))
}

test.each([20, 47, 48, 49, 200])('%i agents act in another order every step, each once', (agents) => {
  const turns = createTurns(agents, 5)
  const first = orderOf(turns, 1)
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: agents }, (_, agent) => agent))
  expect(orderOf(turns, 2)).not.toEqual(first)
  expect(orderOf(createTurns(agents, 5), 1)).toEqual(first)
})

test.each([30, 120])('of %i agents, who sleeps changes nothing in the order of the others', (agents) => {
  const all = orderOf(createTurns(agents, 9), 3)
  const turns = createTurns(agents, 9)
  const asleep = all.filter((agent) => agent % 3 === 0)
  for (const agent of asleep) turns.sleepUntil(agent, 4)
  expect(orderOf(turns, 3)).toEqual(all.filter((agent) => !asleep.includes(agent)))
  expect(orderOf(turns, 4)).toHaveLength(agents)
})

test('every place in a step is equally likely', () => {
  const turns = createTurns(5, 3)
  const places = [0, 0, 0, 0, 0]
  for (let step = 0; step < 10_000; step++) places[orderOf(turns, step).indexOf(0)]! += 1
  for (const count of places) expect(Math.abs(count - 2_000)).toBeLessThan(200)
})

test('an agent that is held acts no earlier, whoever wakes it', () => {
  const turns = createTurns(2, 1)
  turns.holdUntil(0, 10)
  turns.wake(0)
  turns.sleepUntil(0, 5)
  expect(orderOf(turns, 9)).toEqual([1])
  expect(orderOf(turns, 10).sort()).toEqual([0, 1])
  turns.sleepUntil(0, 20)
  turns.wake(0)
  expect(orderOf(turns, 11).sort()).toEqual([0, 1])
})

test('an order expires in its step, however far away that is, unless it has ended before', () => {
  const book = createOrderBook({ onTrade: () => {} })
  const calendar = createExpiryCalendar()
  const owner = { firstOrder: null, openOrders: 0 }
  const order = () => book.submit(owner, BUY, 'limit', 100, 100)
  const [soon, far, gone] = [order(), order(), order()]
  calendar.add(soon, 3)
  calendar.add(far, 9_000)
  calendar.add(gone, 3)
  book.cancel(gone)
  const expired: [number, Order][] = []
  for (let step = 0; step <= 9_100; step++)
    calendar.run(step, (one) => {
      expired.push([step, one])
      if (step === 3) calendar.add(one, 3 + 4_096)
      else book.cancel(one)
    })
  expect(expired).toEqual([
    [3, soon],
    [4_099, soon],
    [9_000, far],
  ])
})

test('volumes of the last steps are the sums of what was traded in them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 50 }),
      fc.nat(60),
      (volumes, steps) => {
        const window = createTradeWindow()
        for (const volume of volumes) window.endStep(volume, volume % 2 ? -volume : volume)
        const last = steps === 0 ? [] : volumes.slice(-steps)
        expect(window.volumeOver(steps)).toBe(last.reduce((sum, volume) => sum + volume, 0))
        expect(window.flowOver(steps)).toBe(
          last.reduce((sum, volume) => sum + (volume % 2 ? -volume : volume), 0),
        )
      },
    ),
  )
})

test('volumes reach back an hour, also in a long run', () => {
  const window = createTradeWindow()
  for (let step = 0; step < 140_000; step++) window.endStep(1, -1)
  expect([window.volumeOver(600), window.volumeOver(50_000), window.flowOver(36_000)]).toEqual([
    600, 36_000, -36_000,
  ])
})
