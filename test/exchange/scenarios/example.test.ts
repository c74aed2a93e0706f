import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { loadScenario } from '../../../src/exchange/scenarios/load.ts'

const root = resolve(import.meta.dirname, '../../..')
const file = resolve(root, 'docs/scenarios/bad-news.json')

test('the example of docs/scenarios.md is the file beside it', () => {
  const page = readFileSync(resolve(root, 'docs/scenarios.md'), 'utf8')
  const [, block] = /^```json\n(.*?)^```/ms.exec(page) ?? []
  expect(block).toBe(readFileSync(file, 'utf8'))
})

test('the example is a market with two sides whose price follows the bad news', () => {
  const market = createSteppedMarket(loadScenario(file))
  let twoSided = 0
  const midAt: Record<number, number> = {}
  for (let step = 0; step < 7_000; step++) {
    market.advance()
    if (market.book.bestBid !== null && market.book.bestAsk !== null) twoSided++
    midAt[market.step] = market.view.mid
  }
  expect(twoSided).toBe(7_000)
  const fall = ((midAt[6_000] ?? 0) - (midAt[6_600] ?? 0)) / 10_000
  expect(fall).toBeGreaterThan(0.005)
  expect(fall).toBeLessThan(0.015)
})
