import { expect, test } from 'vitest'
import {
  largestFigure,
  meanFigure,
  ratioFigure,
  valuesOf,
} from '../../../scripts/bench/scenarios/over-seeds.ts'
import { passiveRunValues } from '../../../scripts/bench/scenarios/passive-run.ts'
import { changePopulations } from '../../../scripts/bench/scenarios/variant.ts'
import type { Account } from '../../../src/exchange/engine/agent.ts'
import type { StepObservation } from '../../../src/exchange/statistics/collector.ts'
import { createColumnRecorder } from '../../../src/exchange/statistics/run-columns.ts'

const account = (population: string): Account => ({
  id: 0,
  name: population,
  population,
  cash: 0,
  shares: 0,
  firstOrder: null,
  openOrders: 0,
})
const maker = account('market_maker')
const spiker = account('spiking')
const noise = account('noise')
const market = {
  tickDollars: 0.01,
  stepsPerSecond: 10,
  accounts: [],
  depth: () => 0,
  depthWithin: (side: 1 | -1, ticks: number) => (side === 1 ? ticks : 2 * ticks),
}

function seen(step: number, changes: Partial<StepObservation> = {}): StepObservation {
  const counts = { restedCount: 0, cancelledCount: 0, endedCount: 0, endedLifeSteps: 0 }
  const prices = { bestBid: 99_990, bestAsk: 100_010, mid: 100_000, fundamental: 100_100 }
  return { step, ...prices, trades: [], ...counts, ...changes }
}

test('columns keep the last valid mid, and count trades of makers for each maker in them', () => {
  const { observe, columns } = createColumnRecorder(market, 3)
  observe(seen(0, { bestBid: null, mid: null }))
  const trade = { step: 1, price: 100_000, side: 1 as const }
  observe(
    seen(1, {
      trades: [
        { ...trade, quantity: 100, buyer: maker, seller: maker },
        { ...trade, quantity: 300, buyer: spiker, seller: maker },
        { ...trade, quantity: 50, buyer: noise, seller: noise },
      ],
    }),
  )
  observe(seen(2, { bestAsk: null, mid: null }))
  observe(seen(3))
  expect([...columns.midTicks]).toEqual([100_100, 100_000, 100_000])
  expect([...columns.spreadTicks]).toEqual([-1, 20, -1])
  expect([...columns.volume]).toEqual([0, 450, 0])
  expect([...columns.makerVolume]).toEqual([0, 500, 0])
  expect([...columns.makerToMakerVolume]).toEqual([0, 200, 0])
  expect([...columns.spikingVolume]).toEqual([0, 300, 0])
  expect([...columns.askDepth]).toEqual([400, 400, 400])
  expect(passiveRunValues(columns, 0.01)).toEqual({
    midRangeFraction: 0,
    meanSpreadDollars: 0.2,
    maxSpreadDollars: 0.2,
  })
})

test('a run that never had two sides has no range and no spread', () => {
  const { observe, columns } = createColumnRecorder(market, 1)
  observe(seen(0, { bestAsk: null, mid: null }))
  expect(Object.values(passiveRunValues(columns, 0.01))).toEqual([null, null, null])
})

const head = { name: 'x', unit: '%', source: 's' }

test('figures over the seeds: mean, geometric mean of ratios, largest; runs without the value are said', () => {
  expect(meanFigure(head, [1, 2, 3])).toMatchObject({ value: 2 })
  expect(meanFigure(head, [1, null, 3])).toMatchObject({ value: 2, why: '1 of 3 runs do not have it' })
  expect(meanFigure(head, [null])).toMatchObject({ value: null, interval: null, why: 'no run has it' })
  expect(ratioFigure(head, [0.5, 2]).value).toBeCloseTo(1)
  expect(ratioFigure(head, [0, null])).toMatchObject({ value: null })
  expect(largestFigure(head, [1, 3, null])).toMatchObject({ value: 3 })
})

test('values are those of one scenario and variant, in order of the seeds', () => {
  const run = { scenario: 'a', variant: 'base', steps: 1, series: {}, cpuSeconds: 0 }
  const results = [
    { ...run, seed: 2, values: { y: 20 } },
    { ...run, seed: 1, values: { y: 10 } },
    { ...run, seed: 3, values: {} },
    { ...run, seed: 1, variant: 'other', values: { y: 99 } },
  ]
  expect(valuesOf(results, 'a', 'base', 'y')).toEqual([10, 20, null])
})

test('a variant changes every population of a type and refuses a type that is not there', () => {
  const data = { id: 'a', populations: [{ type: 'noise', eta: 1 }, { type: 'spiking' }] }
  expect(changePopulations(data, 'noise', { eta: 2 })).toEqual({
    id: 'a',
    populations: [{ type: 'noise', eta: 2 }, { type: 'spiking' }],
  })
  expect(() => changePopulations(data, 'momentum', {})).toThrow('no population of type momentum')
})
