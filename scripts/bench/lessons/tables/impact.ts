import {
  type ImpactPoint,
  impactCurve,
  type SeedFigure,
} from '../../../../src/experiments/analysis/over-seeds.ts'
import type { Lesson } from '../lesson.ts'
import {
  EXECUTED_QUANTITIES,
  IMPACT_HORIZONS_STEPS,
  REMAINING_DELAYS_STEPS,
  type RunFigures,
} from '../run-figures.ts'
import { CONTAINS_ZERO, exponentText, figureOver, type ScenarioRuns, signedText } from '../seed-results.ts'
import { SWEEP_QUANTITIES, sweepName } from '../sweeps.ts'

const ONE_SECOND_STEPS = 10
const ZERO_NOTE = `${CONTAINS_ZERO} marks an interval that contains zero: these seeds do not show the sign.`
const AT_THE_MID = ['qty_100', 'qty_500']
const ONE_SIDED = ['aggressive_buy_100', 'aggressive_sell_100']

/** Impact of one order over its quantity. */
export function orderImpacts(scenarios: readonly ScenarioRuns[]): Lesson {
  return {
    title: 'How far does one order move the price?',
    text: `Orders of 100 to 2,000 shares at any price, one a minute, BUY and SELL in turn: how much further the mid is in their direction one second later than in the passive run of the same seed, dollars. δ is the exponent of I ∝ Q^δ through the means of the five quantities, with the interval of seeds drawn again with replacement. ${ZERO_NOTE}`,
    columns: ['scenario', ...SWEEP_QUANTITIES.map((qty) => qty.toLocaleString('en-US')), 'δ', ...AT_THE_MID],
    rows: scenarios.map((runs) => {
      const curve = impactCurve(runs.seeds.map((seed) => pointsOf(runs, seed)))
      return [
        runs.scenario,
        ...SWEEP_QUANTITIES.map((qty) => signedText(impactAfter(runs, qty, ONE_SECOND_STEPS))),
        exponentText(curve.exponent, curve.exponentInterval),
        ...AT_THE_MID.map((experiment) =>
          signedText(figureOver(runs, (seed) => impactAtSeed(runs.run(experiment, seed), ONE_SECOND_STEPS))),
        ),
      ]
    }),
    answers: [
      'The qty_ experiments, in the last two columns, cannot answer this: an order that rests between bid and ask moves the mid by being there, filled or not, and ten steps later the opposite order does the same the other way.',
    ],
  }
}

/** How the impact of one order fades. */
export function impactOverTime(normal: ScenarioRuns): Lesson {
  const labels = IMPACT_HORIZONS_STEPS.map((steps) => `after ${steps / 10} s`)
  return {
    title: 'How long does the impact of one order last?',
    text: `The same orders in ${normal.scenario}, dollars. ${ZERO_NOTE}`,
    columns: ['shares', ...labels],
    rows: SWEEP_QUANTITIES.map((qty) => [
      qty.toLocaleString('en-US'),
      ...IMPACT_HORIZONS_STEPS.map((steps) => signedText(impactAfter(normal, qty, steps))),
    ]),
    answers: [
      'The impact is largest about a second after the order, when the makers have followed the flow. The longer one waits, the less can be told: two markets that an order has parted drift away from each other, and what is left of the impact has to be told from that. More seeds, not a longer run, make it clearer.',
    ],
  }
}

/** Impact of 5,000 shares in 50 orders on the way, and after. */
export function executedImpact(scenarios: readonly ScenarioRuns[]): Lesson {
  return {
    title: 'And 5,000 shares in 50 orders?',
    text: `aggressive_buy_100 and aggressive_sell_100 together: 100 shares a second across the spread until 5,000 are held. How much further the mid is in their direction than in the passive run of the same seed, when so many shares were executed, and one, five and ten minutes after the last one; dollars. ${ZERO_NOTE}`,
    columns: [
      'scenario',
      ...EXECUTED_QUANTITIES.map((qty) => qty.toLocaleString('en-US')),
      'δ',
      ...REMAINING_DELAYS_STEPS.map((steps) => `${steps / 600} min after`),
    ],
    rows: scenarios.map((runs) => {
      const curve = impactCurve(runs.seeds.map((seed) => executedAt(runs, seed)))
      return [
        runs.scenario,
        ...EXECUTED_QUANTITIES.map((qty) =>
          signedText(
            figureOver(runs, (seed) =>
              meanOf(
                executedAt(runs, seed)
                  .filter(ofQuantity(qty))
                  .map(({ impact }) => impact),
              ),
            ),
            3,
          ),
        ),
        exponentText(curve.exponent, curve.exponentInterval),
        ...REMAINING_DELAYS_STEPS.map((_, at) => signedText(remainingAt(runs, at), 3)),
      ]
    }),
    answers: [
      'Buying and selling are averaged at each seed, so that a market that falls by itself counts for one and against the other. No exponent is given where the mean impact of a quantity is not above zero. In flash_crash the orders come half an hour before the seller, into a calm market.',
    ],
  }
}

/** The impact of 5,000 executed shares, dollars. */
export function impactOf5000(runs: ScenarioRuns): SeedFigure {
  return figureOver(runs, (seed) =>
    meanOf(
      executedAt(runs, seed)
        .filter(ofQuantity(5_000))
        .map(({ impact }) => impact),
    ),
  )
}

function impactAfter(runs: ScenarioRuns, qty: number, steps: number): SeedFigure {
  return figureOver(runs, (seed) => impactAtSeed(runs.run(sweepName(qty), seed), steps))
}

function impactAtSeed(run: RunFigures | null, steps: number): number | null {
  return run?.orderImpacts[IMPACT_HORIZONS_STEPS.indexOf(steps)] ?? null
}

function pointsOf(runs: ScenarioRuns, seed: number): ImpactPoint[] {
  return SWEEP_QUANTITIES.flatMap((quantity) => {
    const impact = impactAtSeed(runs.run(sweepName(quantity), seed), ONE_SECOND_STEPS)
    return impact === null ? [] : [{ quantity, impact }]
  })
}

function executedAt(runs: ScenarioRuns, seed: number): ImpactPoint[] {
  return ONE_SIDED.flatMap((experiment) => [...(runs.run(experiment, seed)?.executed ?? [])])
}

function remainingAt(runs: ScenarioRuns, at: number): SeedFigure {
  return figureOver(runs, (seed) =>
    meanOf(ONE_SIDED.map((experiment) => runs.run(experiment, seed)?.remaining[at] ?? null)),
  )
}

function ofQuantity(quantity: number): (point: ImpactPoint) => boolean {
  return (point) => point.quantity === quantity
}

/** Null unless all are known: the mean of one side alone would have the market's own drift in it. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  if (known.length !== values.length || known.length !== ONE_SIDED.length) return null
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
