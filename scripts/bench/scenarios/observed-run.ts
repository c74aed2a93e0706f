import { readFileSync } from 'node:fs'
import { createSteppedMarket, type SteppedMarket } from '../../../src/exchange/engine/market.ts'
import { parseScenario } from '../../../src/exchange/scenarios/load.ts'
import type { ObservedMarket, StepObservation } from '../../../src/exchange/statistics/collector.ts'
import type { BenchmarkRun, RunResult, ScenarioBenchmark, Trader } from './benchmark.ts'

const STEPS_PER_SECOND = 10
/** The value of every run that says how far cash (ticks × shares) or shares were ever from their sum at the start. */
export const IMBALANCE = 'largestImbalance'

/** Makes one run of a benchmark from its first step to its last. */
export function makeRun(benchmark: ScenarioBenchmark, run: BenchmarkRun): RunResult {
  const data = readScenarioData(run.scenario)
  const scenario = parseScenario(benchmark.change?.(data, run) ?? data, `${run.scenario}, ${run.variant}`)
  const market = createSteppedMarket({ ...scenario, steps: run.steps }, run.seed)
  const before = process.cpuUsage()
  const collector = benchmark.collect(observedMarket(market), run)
  const trade = benchmark.trade?.(run) ?? null
  const trader = trade === null ? null : joinAsTrader(market)
  const imbalance = createConservationCheck(market)
  for (let step = 0; step < run.steps; step++) {
    if (trade !== null && trader !== null) trade(step, trader)
    market.advance()
    imbalance.check()
    collector.observe(observe(market))
  }
  const { values, series } = collector.finish()
  const { user, system } = process.cpuUsage(before)
  return {
    ...run,
    values: { ...values, [IMBALANCE]: imbalance.largest() },
    series,
    cpuSeconds: (user + system) / 1e6,
  }
}

/** The data of a built-in scenario, before they are checked. */
export function readScenarioData(name: string): Record<string, unknown> {
  const file = new URL(`../../../src/exchange/scenarios/built-in/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}

function joinAsTrader(market: SteppedMarket): Trader {
  const participant = market.join('trader', { onFill: () => {} })
  return {
    market: (side, quantity) =>
      quantity - participant.submit({ side, kind: 'market', price: 0, quantity }).remaining,
  }
}

function observedMarket(market: SteppedMarket): ObservedMarket {
  const { book, scenario } = market
  return {
    tickDollars: scenario.tickSize,
    stepsPerSecond: STEPS_PER_SECOND,
    get accounts() {
      return market.accounts
    },
    depth: book.depth,
    depthWithin: book.depthWithin,
  }
}

function observe({ step, book, view, trades, counts }: SteppedMarket): StepObservation {
  const { bestBid, bestAsk } = book
  return {
    step: step - 1,
    bestBid,
    bestAsk,
    mid: bestBid === null || bestAsk === null ? null : (bestBid + bestAsk) / 2,
    fundamental: view.fundamental,
    trades,
    restedCount: counts.rested,
    cancelledCount: counts.cancelled,
    endedCount: counts.ended,
    endedLifeSteps: counts.endedLifeSteps,
  }
}

/** Sums over all accounts: integers, so they are exact. */
function createConservationCheck({ accounts }: SteppedMarket): { check(): void; largest(): number } {
  let initialCash = 0
  let initialShares = 0
  for (const { cash, shares } of accounts) {
    initialCash += cash
    initialShares += shares
  }
  let largest = 0
  return {
    check() {
      let cash = -initialCash
      let shares = -initialShares
      for (const account of accounts) {
        cash += account.cash
        shares += account.shares
      }
      if (cash !== 0 || shares !== 0) largest = Math.max(largest, Math.abs(cash), Math.abs(shares))
    },
    largest: () => largest,
  }
}
