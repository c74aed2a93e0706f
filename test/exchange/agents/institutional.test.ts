import { expect, test } from 'vitest'
import { institutionalAgents, institutionalParameters } from '../../../src/exchange/agents/institutional.ts'
import { SELL } from '../../../src/exchange/book/order.ts'
import { handMadeContext, letAct, quietView } from './hand-made-market.ts'

const PARAMETERS = institutionalParameters.parse({
  count: 1,
  initialInventory: 2_000,
  percentageOfVolume: 9,
  startStep: 100,
  orderInterval: 12,
})

const seller = (changes = {}) =>
  institutionalAgents({ ...PARAMETERS, ...changes }, handMadeContext())[0] ?? expect.unreachable()

/** `volume` shares over every 600 steps. */
const trading = (volume: number) => (step: number) =>
  quietView(step, { volumeOver: (steps) => (volume * steps) / 600 })

test('sells its share of the volume at market, from its start, an order every interval', () => {
  // 9 % of 100,000 shares in 600 steps are 180 in 12 steps: 100, and then 200 with the 80 of before.
  const sent = letAct(seller(), 160, { view: trading(100_000) })
  expect(sent.map(({ step, kind, side, quantity }) => [step, kind, side, quantity])).toEqual([
    [100, 'market', SELL, 100],
    [112, 'market', SELL, 200],
    [124, 'market', SELL, 200],
    [136, 'market', SELL, 200],
    [148, 'market', SELL, 200],
  ])
})

test('owns what it sells, and stops when all of it is sold', () => {
  expect(seller().initialShares).toBe(2_000)
  const sent = letAct(seller(), 2_000, { view: trading(100_000) })
  expect(sent.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(2_000)
  expect(sent.at(-1)?.step).toBeLessThan(250)
})

test('what the book did not take stays in its inventory', () => {
  const sent = letAct(seller(), 2_000, { view: trading(100_000), filled: () => 100 })
  expect(sent).toHaveLength(20)
})

test('without volume it sells nothing', () => {
  expect(letAct(seller(), 1_000)).toEqual([])
})

test('none when the count is 0', () => {
  expect(institutionalAgents({ ...PARAMETERS, count: 0 }, handMadeContext())).toEqual([])
})
