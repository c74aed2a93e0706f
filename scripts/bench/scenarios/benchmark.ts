import type { Side } from '../../../src/exchange/book/order.ts'
import type {
  MetricCollector,
  ObservedMarket,
  RunMetrics,
} from '../../../src/exchange/statistics/collector.ts'

/** One run of the benchmark: a scenario at a seed, as it is or in a variant. */
export interface BenchmarkRun {
  /** Name of a built-in scenario. A benchmark may run another scenario beside its own, for a comparison. */
  readonly scenario: string
  readonly seed: number
  /** `base`, or the name of a change, such as `without institutional`. */
  readonly variant: string
  readonly steps: number
}

export interface RunResult extends BenchmarkRun, RunMetrics {
  /** Processor time of the run. */
  readonly cpuSeconds: number
}

/** One row of the table. */
export interface Figure {
  readonly name: string
  /** Null when it could not be measured; `why` has the reason. */
  readonly value: number | null
  /** 95 % interval of the value over the seeds; null when there are too few. */
  readonly interval: readonly [low: number, high: number] | null
  readonly unit: string
  /** The target; neither bound when the figure is shown for information only. */
  readonly atLeast?: number
  readonly atMost?: number
  /** Where the target comes from. */
  readonly source: string
  /** The same figure of the original's published run, where there is one. */
  readonly original?: string
  readonly why?: string
}

/** The outside participant of a run. */
export interface Trader {
  /** Fills what it can at any price, cancels the rest. Returns the shares filled. */
  market(side: Side, quantity: number): number
}

/** How one scenario is measured. Everything but `runsOf` and `summarize` happens in a worker process. */
export interface ScenarioBenchmark {
  readonly scenario: string
  readonly seeds: { readonly full: number; readonly quick: number }
  readonly steps: { readonly full: number; readonly quick: number }
  /** The runs that are made for one seed. */
  runsOf(seed: number, steps: number): readonly BenchmarkRun[]
  /** Changes the data of the scenario for a variant, before it is checked. */
  change?(data: Record<string, unknown>, run: BenchmarkRun): Record<string, unknown>
  /** Begins to measure one run. */
  collect(market: ObservedMarket, run: BenchmarkRun): MetricCollector
  /** Orders of an outside participant, called before each step; null when nobody joins the run. */
  trade?(run: BenchmarkRun): ((step: number, trader: Trader) => void) | null
  /** The figures over all seeds. */
  summarize(results: readonly RunResult[]): readonly Figure[]
}
