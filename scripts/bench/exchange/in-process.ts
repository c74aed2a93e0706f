import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import type { OfferedScenario } from '../../../src/exchange/server/offered-scenarios.ts'
import { RULES } from '../../../src/exchange/server/rules.ts'
import { createRun, type RunOutput } from '../../../src/exchange/server/run.ts'
import { median } from '../report.ts'
import { fillBook } from './resting-orders.ts'

/** Steps before a measurement begins, in which the compiler optimizes. */
const WARM_UP_STEPS = 5_000
const DONE = '{"action":"DONE"}'

/** How often and how long each rate is measured. */
export interface Effort {
  readonly steps: number
  readonly rounds: number
  onRound(): void
}

/** Steps a second of the market alone; with orders of a participant that rest far away all the time. */
export function marketRate(
  { scenario }: OfferedScenario,
  restingOrders: number,
  effort: Effort,
): { readonly rate: number; readonly resting: number } {
  const market = createSteppedMarket(scenario)
  fillBook(market, restingOrders)
  return { rate: rateOf(() => market.advance(), effort), resting: market.book.orderCount }
}

/** Steps a second of a run with the snapshot of each step as JSON, and the bytes of one. */
export function snapshotRate(
  offered: OfferedScenario,
  effort: Effort,
): { readonly rate: number; readonly bytes: number } {
  let bytes = 0
  let snapshots = 0
  const run = startedRun(offered, {
    market: (text) => {
      bytes += text.length
      snapshots++
    },
    orders: () => {},
  })
  return { rate: rateOf(() => run.receive(DONE), effort), bytes: bytes / snapshots }
}

/** Heap of a run after a tenth of its steps and at its end, MB. */
export function heapOfRun(
  offered: OfferedScenario,
  steps: number,
): { readonly early: number; readonly late: number } {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const run = startedRun(offered, { market: () => {}, orders: () => {} })
  const heapAfter = (upTo: number) => {
    while (run.step < upTo) run.receive(DONE)
    collectGarbage()
    return process.memoryUsage().heapUsed / 1e6
  }
  return { early: heapAfter(steps / 10), late: heapAfter(steps) }
}

function startedRun({ scenario, priceText }: OfferedScenario, output: RunOutput) {
  const steps = Number.MAX_SAFE_INTEGER
  const settings = { steps, rules: RULES.research, bookLevels: 20, priceText }
  const run = createRun(createSteppedMarket(scenario), settings, output)
  run.start()
  return run
}

/** Calls of `step` a second, the median of some rounds. */
function rateOf(step: () => void, { steps, rounds, onRound }: Effort): number {
  for (let at = 0; at < WARM_UP_STEPS; at++) step()
  const rates = Array.from({ length: rounds }, () => {
    const startedAtMs = performance.now()
    for (let at = 0; at < steps; at++) step()
    const seconds = (performance.now() - startedAtMs) / 1_000
    onRound()
    return steps / seconds
  })
  return median(rates)
}
