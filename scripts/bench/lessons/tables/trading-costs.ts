import { type Evidence, evidenceOf } from '../../../../src/experiments/analysis/over-seeds.ts'
import type { Lesson } from '../lesson.ts'
import {
  CONTAINS_ZERO,
  figureOver,
  namesOf,
  rateText,
  type ScenarioRuns,
  signedText,
  valueOver,
} from '../seed-results.ts'

const CROSSING = 'spread_cross_100'
const QUOTING = 'inventory_mgmt'

/** What an order that crosses the spread costs. */
export function crossing(scenarios: readonly ScenarioRuns[]): Lesson {
  return {
    title: 'What does it cost to cross the spread?',
    text: 'spread_cross_100 buys 100 shares at the ask and sells them at the bid, in turn, one order a second. Dollars a share: half the mean spread of the passive run, the price paid against the mid before, and against the mid 10 s later; then the profit and loss of a run.',
    columns: [
      'scenario',
      'filled, %',
      'half the spread',
      'paid against the mid',
      'lost after 10 s',
      'P&L of a run, $',
    ],
    rows: scenarios.map((runs) => [
      runs.scenario,
      rateText(valueOver(runs, CROSSING, 'fillRate')),
      signedText(
        figureOver(runs, (seed) => {
          const spread = runs.run('passive', seed)?.values.meanSpread ?? null
          return spread === null ? null : spread / 2
        }),
      ),
      signedText(valueOver(runs, CROSSING, 'costBefore')),
      signedText(valueOver(runs, CROSSING, 'costLater')),
      signedText(valueOver(runs, CROSSING, 'pnl'), 0),
    ]),
    answers: [
      'An order at the other side is filled in whole. The original reported 84.6 % and a P&L of −$17,995 for 3,599 orders in normal_market; but −$17,995 is exactly 3,599 × 100 shares × $0.05, half its spread of $0.10 on every order. So all were filled, and the 84.6 % is what its files had kept: the last fill of a step only.',
    ],
  }
}

/** What quoting both sides earns, and loses to those who know more. */
export function quoting(scenarios: readonly ScenarioRuns[]): Lesson {
  const shown = (evidence: Evidence) =>
    scenarios.filter((runs) => evidenceOf(valueOver(runs, QUOTING, 'costLater')) === evidence)
  return {
    title: 'Does quoting both sides earn the spread?',
    text: `inventory_mgmt quotes 100 shares at the bid and at the ask and reduces beyond 200 shares. Dollars a share, positive is a loss: its fills against the mid before, and against the mid 10 s later; the difference is adverse selection, what the price moves against those who were filled. ${CONTAINS_ZERO} marks an interval that contains zero.`,
    columns: [
      'scenario',
      'filled, %',
      'resting, %',
      'against the mid before',
      'against the mid after 10 s',
      'P&L of a run, $',
      'largest inventory',
    ],
    rows: scenarios.map((runs) => [
      runs.scenario,
      rateText(valueOver(runs, QUOTING, 'fillRate')),
      rateText(valueOver(runs, QUOTING, 'makerShare')),
      signedText(valueOver(runs, QUOTING, 'costBefore')),
      signedText(valueOver(runs, QUOTING, 'costLater')),
      signedText(valueOver(runs, QUOTING, 'pnl'), 0),
      valueOver(runs, QUOTING, 'largestInventory').mean?.toFixed(0) ?? '–',
    ]),
    answers: [
      `At the moment of the fill a quote has earned part of the spread where the first figure is below zero; what the price does next takes it back. Ten seconds later the loss is shown in: ${namesOf(shown('above zero'))}; a profit in: ${namesOf(shown('below zero'))}; in the others the interval contains zero. The original strategy of this name could not show any of it: from flat it never traded.`,
    ],
  }
}
