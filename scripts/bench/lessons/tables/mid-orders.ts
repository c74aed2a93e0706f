import type { Placement } from '../../../../src/experiments/analysis/fill-rates.ts'
import type { Lesson } from '../lesson.ts'
import { figureOver, rateText, type ScenarioRuns, valueOver } from '../seed-results.ts'

const EXPERIMENT = 'price_mid'

/** "Mid orders never fill." */
export function midOrders(scenarios: readonly ScenarioRuns[]): Lesson {
  return {
    title: 'Do orders at the mid fill?',
    text: 'price_mid sends 100 shares at the mid, BUY and SELL in turn, and replaces them after a second. The original found 0 of 3,599 orders filled in normal_market, three times. Shown are the shares filled of those sent, %, then the same of the orders whose price, rounded to a cent, lay inside the spread, at the other side (where an order trades at once) and at its own side, with the share of the orders that lay there.',
    columns: [
      'scenario',
      'mean spread, $',
      'filled',
      'inside the spread',
      'at the far touch',
      'at the own touch',
    ],
    rows: scenarios.map((runs) => [
      runs.scenario,
      valueOver(runs, 'passive', 'meanSpread').mean?.toFixed(3) ?? '–',
      rateText(valueOver(runs, EXPERIMENT, 'fillRate')),
      ...(['inside the spread', 'at the far touch', 'at the own touch'] as const).map((placement) =>
        placed(runs, placement),
      ),
    ]),
    answers: [
      'They fill. In the original none could: its published normal_market stood still for an hour, within 999.85 and 999.95 at a spread of $0.10, and nobody came to trade at the mid. A fill rate is a property of the market, and a market that stands still has none to teach. Part of the figures here is rounding: where the spread is an odd number of cents, the mid is half a cent, and the nearest cent may be one side or the other.',
    ],
  }
}

/** `62.1 (60.0 … 64.2) of 55 %`. */
function placed(runs: ScenarioRuns, placement: Placement): string {
  const own = (seed: number) => runs.run(EXPERIMENT, seed)?.placements ?? []
  const at = (seed: number) => own(seed).find((one) => one.placement === placement)
  const rate = figureOver(runs, (seed) => {
    const found = at(seed)
    return found === undefined ? null : found.filled / found.sent
  })
  const share = figureOver(runs, (seed) => {
    const all = own(seed).reduce((sum, { orders }) => sum + orders, 0)
    return all === 0 ? null : (at(seed)?.orders ?? 0) / all
  })
  if (rate.mean === null || share.mean === null) return '–'
  return `${rateText(rate)} of ${(100 * share.mean).toFixed(0)} %`
}
