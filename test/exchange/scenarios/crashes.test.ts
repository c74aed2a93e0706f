import { expect, test } from 'vitest'
import { readScenarioData } from '../../../scripts/bench/scenarios/observed-run.ts'
import { changePopulations } from '../../../scripts/bench/scenarios/variant.ts'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { parseScenario } from '../../../src/exchange/scenarios/load.ts'
import { fallAfter } from '../../../src/statistics/flash-crash.ts'
import { createSpikeDetector, isBack, miniFlashCrashes } from '../../../src/statistics/mini-flash-crashes.ts'

/** One at which the crash comes early, so that the test is short. */
const SEED = 5

/** Mids and mini flash crashes of a scenario with other parameters in the populations of one type. */
function play(name: string, type: string, changes: Record<string, unknown>, steps: number) {
  const data = changePopulations(readScenarioData(name), type, changes)
  const market = createSteppedMarket(parseScenario(data, name), SEED)
  const detector = createSpikeDetector()
  const mids: number[] = []
  for (let step = 0; step < steps; step++) {
    market.advance()
    mids.push(market.view.mid)
    for (const { price } of market.trades) detector.print(step, price)
  }
  return { mids, events: miniFlashCrashes(detector.spikes(), mids) }
}

test('flash_crash: the price falls within minutes of the start of the seller, and not without it', () => {
  const startStep = 600
  const withSeller = play('flash_crash', 'institutional', { startStep }, 3_000)
  const without = play('flash_crash', 'institutional', { startStep, percentageOfVolume: 0 }, 3_000)
  expect(fallAfter(withSeller.mids, startStep, 3_000)).toBeGreaterThan(0.03)
  expect(fallAfter(without.mids, startStep, 3_000)).toBeLessThan(0.01)
  expect(withSeller.mids.slice(0, startStep)).toEqual(without.mids.slice(0, startStep))
})

test('mini_flash_crash: a spike is an event that is back within a minute, and without spikes there is none', () => {
  const busy = play('mini_flash_crash', 'spiking', { activationProbability: 0.002, restPeriod: 1_200 }, 3_000)
  expect(busy.events.length).toBeGreaterThan(1)
  for (const event of busy.events) expect(isBack(event)).not.toBe(false)
  expect(play('mini_flash_crash', 'spiking', { activationProbability: 0 }, 3_000).events).toEqual([])
})
