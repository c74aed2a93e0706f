import type { Placement } from '../../../../src/experiments/analysis/fill-rates.ts'
import { evidenceOf, overSeeds, type SeedFigure } from '../../../../src/experiments/analysis/over-seeds.ts'
import type { Lesson } from '../lesson.ts'
import { figureOver, rateText, type ScenarioRuns } from '../seed-results.ts'

const EXPERIMENTS = ['price_bid', 'price_ask', 'price_mid', 'price_bid_minus_1', 'price_ask_plus_1']
const PLACEMENTS: readonly Placement[] = [
  'beyond the far touch',
  'at the far touch',
  'inside the spread',
  'at the own touch',
  'behind the own touch',
]

/** Fill rates by price level, of both sides together. */
export function priceLevels(scenarios: readonly ScenarioRuns[]): Lesson {
  const ordered = scenarios.filter((runs) => isShownToFall(runs))
  return {
    title: 'What does a better price cost in fills?',
    text: 'The orders of the five price_ experiments together, 100 shares each, by where their price lay in the book: shares filled within a second, %. The original compared the experiments by name; but price_bid buys at its own side and sells across the spread, so that its fill rate is the mean of two different things.',
    columns: ['scenario', ...PLACEMENTS],
    rows: scenarios.map((runs) => [
      runs.scenario,
      ...PLACEMENTS.map((placement) => rateText(rateAt(runs, placement))),
    ]),
    answers: [
      `Each step away from the other side costs fills: in ${ordered.length} of ${scenarios.length} scenarios the paired differences between the far touch, the inside of the spread, the own touch and one cent behind it are all positive with intervals above zero.`,
    ],
  }
}

function rateAtSeed(runs: ScenarioRuns, placement: Placement, seed: number): number | null {
  let sent = 0
  let filled = 0
  for (const experiment of EXPERIMENTS) {
    for (const one of runs.run(experiment, seed)?.placements ?? []) {
      if (one.placement !== placement) continue
      sent += one.sent
      filled += one.filled
    }
  }
  return sent === 0 ? null : filled / sent
}

function rateAt(runs: ScenarioRuns, placement: Placement): SeedFigure {
  return figureOver(runs, (seed) => rateAtSeed(runs, placement, seed))
}

function isShownToFall(runs: ScenarioRuns): boolean {
  const levels = PLACEMENTS.slice(1)
  return levels.slice(1).every((further, at) => {
    const differences = runs.seeds.map((seed) => {
      const [near, far] = [rateAtSeed(runs, levels[at] as Placement, seed), rateAtSeed(runs, further, seed)]
      return near === null || far === null ? null : near - far
    })
    return evidenceOf(overSeeds(differences)) === 'above zero'
  })
}
