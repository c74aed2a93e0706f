import { evidenceOf } from '../../../src/experiments/analysis/over-seeds.ts'
import type { Goal } from '../report.ts'
import type { Lesson } from './lesson.ts'
import type { RunFigures } from './run-figures.ts'
import { byScenario, type ScenarioRuns, valueOver } from './seed-results.ts'
import { executedImpact, impactOf5000, impactOverTime, orderImpacts } from './tables/impact.ts'
import { midOrders } from './tables/mid-orders.ts'
import { originalRules } from './tables/original-rules.ts'
import { priceLevels } from './tables/price-levels.ts'
import { humpOf, quantities, quantityCosts } from './tables/quantities.ts'
import { crossing, quoting } from './tables/trading-costs.ts'

const NORMAL = 'normal_market'

/** Everything that the runs teach, in the order of the page. */
export function lessonsOf(runs: readonly RunFigures[]): Lesson[] {
  const scenarios = byScenario(runs, 'research')
  const [normal] = scenarios.filter(({ scenario }) => scenario === NORMAL)
  const [original] = byScenario(runs, 'original')
  return [
    midOrders(scenarios),
    priceLevels(scenarios),
    quantities(scenarios),
    quantityCosts(scenarios),
    crossing(scenarios),
    quoting(scenarios),
    orderImpacts(scenarios),
    ...(normal === undefined ? [] : [impactOverTime(normal)]),
    executedImpact(scenarios),
    ...(original === undefined ? [] : [originalRules(original)]),
  ]
}

/** What the runs must show for the lessons to hold. */
export function lessonGoals(runs: readonly RunFigures[], minutes: number): Goal[] {
  const scenarios = byScenario(runs, 'research')
  const normal = scenarios.find(({ scenario }) => scenario === NORMAL)
  const research = runs.filter(({ rules }) => rules === 'research')
  return [
    {
      name: 'runs that part from the passive run before their first order',
      value: runs.filter(({ values }) => values.partsBeforeFirstOrder === 1).length,
      unit: `of ${runs.length}`,
      atMost: 0,
    },
    {
      name: 'runs under the rules research that end early',
      value: research.filter(({ end }) => end.kind !== 'complete').length,
      unit: `of ${research.length}`,
      atMost: 0,
    },
    {
      name: `orders at the mid filled in ${NORMAL}, lower end of the interval`,
      ...lowerEnd(normal, (own) => valueOver(own, 'price_mid', 'fillRate'), 100),
      unit: '%',
      atLeast: 1,
    },
    {
      name: 'scenarios in which 300 to 400 shares are shown to fill better than their neighbours',
      value: scenarios.filter((own) => evidenceOf(humpOf(own, 'fillRate')) === 'above zero').length,
      unit: `of ${scenarios.length}`,
      atMost: 0,
    },
    {
      name: `impact of 5,000 shares in ${NORMAL}, lower end of the interval`,
      ...lowerEnd(normal, impactOf5000, 1),
      unit: '$',
      atLeast: 0,
    },
    { name: 'duration', value: minutes, unit: 'min', atMost: 10 },
  ]
}

function lowerEnd(
  runs: ScenarioRuns | undefined,
  figureOf: (runs: ScenarioRuns) => { readonly interval: readonly [number, number] | null },
  factor: number,
): Pick<Goal, 'value' | 'why'> {
  const interval = runs === undefined ? null : figureOf(runs).interval
  return interval === null
    ? { value: null, why: 'fewer than two seeds have it' }
    : { value: factor * interval[0] }
}
