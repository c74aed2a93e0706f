import { evidenceOf, type SeedFigure } from '../../../../src/experiments/analysis/over-seeds.ts'
import type { Lesson } from '../lesson.ts'
import type { FigureName } from '../run-figures.ts'
import {
  CONTAINS_ZERO,
  figureOver,
  namesOf,
  rateText,
  type ScenarioRuns,
  signedText,
  valueOver,
} from '../seed-results.ts'

const QUANTITIES = [100, 200, 300, 400, 500]

/**
 * What 300 and 400 shares have more than 200 and 500, on average: 0 when the figure falls evenly with the quantity, negative
 * when it falls fast at first, positive when 300 to 400 is a hump.
 */
export function humpOf(runs: ScenarioRuns, name: FigureName): SeedFigure {
  return figureOver(runs, (seed) => {
    const [two, three, four, five] = [200, 300, 400, 500].map(
      (qty) => runs.run(`qty_${qty}`, seed)?.values[name] ?? null,
    )
    if (two == null || three == null || four == null || five == null) return null
    return (three + four) / 2 - (two + five) / 2
  })
}

/** "A sweet spot of 300 to 400 shares." */
export function quantities(scenarios: readonly ScenarioRuns[]): Lesson {
  const withHump = scenarios.filter((runs) => evidenceOf(humpOf(runs, 'fillRate')) === 'above zero')
  const falling = scenarios.filter((runs) => isShownToFall(runs))
  return {
    title: 'Is there a best quantity?',
    text: 'qty_100 to qty_500 send that many shares at the mid. Shares filled of those sent, %, and what 300 and 400 shares have more than 200 and 500 on average, in percentage points: a best quantity of 300 to 400 would be a hump, and this figure positive.',
    columns: ['scenario', ...QUANTITIES.map(String), 'hump at 300–400'],
    rows: scenarios.map((runs) => [
      runs.scenario,
      ...QUANTITIES.map((qty) => rateText(valueOver(runs, `qty_${qty}`, 'fillRate'))),
      humpText(humpOf(runs, 'fillRate')),
    ]),
    answers: [
      `Scenarios that are shown to have such a hump: ${namesOf(withHump)}. Scenarios in which each larger quantity is shown to be filled less often than the one before it, from 100 to 500: ${namesOf(falling)}. The original ran each quantity once, at one seed, in a market in which orders of 100 and 200 shares at the mid were not filled at all; and it kept the last fill of a step only, so that its rates do not add up.`,
    ],
  }
}

/** Whether the paired differences between one quantity and the next are all above zero, with their intervals. */
function isShownToFall(runs: ScenarioRuns): boolean {
  return QUANTITIES.slice(1).every((larger, at) => {
    const rateOf = (qty: number | undefined, seed: number) =>
      runs.run(`qty_${qty}`, seed)?.values.fillRate ?? null
    const less = figureOver(runs, (seed) => {
      const [one, other] = [rateOf(QUANTITIES[at], seed), rateOf(larger, seed)]
      return one === null || other === null ? null : one - other
    })
    return evidenceOf(less) === 'above zero'
  })
}

/** Cost of a share by the quantity of the orders. */
export function quantityCosts(scenarios: readonly ScenarioRuns[]): Lesson {
  return {
    title: 'What does a larger order at the mid cost?',
    text: `The same runs: the price of a fill against the mid 10 s later, dollars a share in the direction of the trade; positive is a loss. ${CONTAINS_ZERO} marks an interval that contains zero: these seeds do not show the sign.`,
    columns: ['scenario', ...QUANTITIES.map(String), '500 less 100'],
    rows: scenarios.map((runs) => [
      runs.scenario,
      ...QUANTITIES.map((qty) => signedText(valueOver(runs, `qty_${qty}`, 'costLater'))),
      signedText(
        figureOver(runs, (seed) => {
          const [most, least] = ['qty_500', 'qty_100'].map(
            (experiment) => runs.run(experiment, seed)?.values.costLater ?? null,
          )
          return most == null || least == null ? null : most - least
        }),
      ),
    ]),
    answers: [],
  }
}

function humpText(figure: SeedFigure): string {
  const mark = evidenceOf(figure) === 'contains zero' ? CONTAINS_ZERO : ''
  return `${rateText(figure)}${mark}`
}
