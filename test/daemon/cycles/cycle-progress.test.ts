import { expect, test } from 'vitest'
import { createCycleProgress } from '../../../src/daemon/cycles/cycle-progress.ts'
import { epochMs } from '../../../src/market/units.ts'
import type { PageEvents } from '../../../src/serve/events/page-events.ts'

const SLOT = epochMs(Date.parse('2026-11-18T15:00:00Z'))

test('a cycle is told at most twice a second, with all symbols added up and the rate of the last seconds', () => {
  const told: PageEvents['cycle'][] = []
  let realMs = 0
  let clockMs = 0
  const progress = createCycleProgress(SLOT, {
    clock: { monotonicMs: () => clockMs },
    realMs: () => realMs,
    publish: (event) => told.push(event),
  })
  progress.stage('chain')
  progress.stage('harvest')
  for (let done = 1; done <= 100; done++) {
    realMs += 20
    clockMs += 20
    for (const symbol of ['SPY', 'QQQ']) {
      progress.harvest({ symbol, planned: 100, done, answered: done - 1, complete: 0 })
    }
  }
  progress.stage('write')
  progress.end()
  const slot = '2026-11-18T15:00:00.000Z'
  expect(told.map(({ phase }) => phase)).toEqual([
    ...['chain', 'harvest'],
    ...Array(4).fill('harvest'),
    ...['write', 'idle'],
  ])
  expect(told[1]).toEqual({ phase: 'harvest', slot, requested: 0, answered: 0, contracts_per_second: null })
  expect(told[5]).toMatchObject({ phase: 'harvest', requested: 200, contracts_per_second: 100 })
  expect(told.at(-1)).toEqual({
    phase: 'idle',
    slot,
    requested: 200,
    answered: 198,
    contracts_per_second: null,
  })
})

test('a second pass over a few contracts does not shrink a cycle', () => {
  const told: PageEvents['cycle'][] = []
  const progress = createCycleProgress(SLOT, {
    clock: { monotonicMs: () => 0 },
    realMs: () => 0,
    publish: (event) => told.push(event),
  })
  progress.stage('harvest')
  progress.harvest({ symbol: 'SPY', planned: 900, done: 900, answered: 880, complete: 850 })
  progress.harvest({ symbol: 'SPY', planned: 20, done: 5, answered: 5, complete: 5 })
  progress.end()
  expect(told.at(-1)).toMatchObject({ requested: 900, answered: 880 })
})
