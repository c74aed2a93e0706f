import type { ScenarioBenchmark } from './benchmark.ts'
import { flashCrashBenchmark } from './flash-crash.ts'
import { hftDominatedBenchmark } from './hft-dominated.ts'
import { miniFlashCrashBenchmark } from './mini-flash-crash.ts'
import { normalMarketBenchmark } from './normal-market.ts'
import { stressedMarketBenchmark } from './stressed-market.ts'

export const BENCHMARKS: readonly ScenarioBenchmark[] = [
  normalMarketBenchmark,
  flashCrashBenchmark,
  miniFlashCrashBenchmark,
  stressedMarketBenchmark,
  hftDominatedBenchmark,
]

export function benchmarkOf(scenario: string): ScenarioBenchmark {
  const found = BENCHMARKS.find((benchmark) => benchmark.scenario === scenario)
  if (found === undefined) throw new RangeError(`no benchmark of ${scenario}`)
  return found
}
