import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath } from '../lake-head.ts'
import { interval } from './compare.ts'

const overSeeds = {
  mean: z.number().nullable().describe('Mean over the seeds; null when none has it.'),
  interval,
  seeds: z.int().describe('Seeds that have it.'),
}

const seedFigure = z.strictObject(overSeeds).describe('A figure over the seeds.').meta({ id: 'seed_figure' })

const curve = z
  .strictObject({
    points: z
      .array(z.strictObject({ ...overSeeds, quantity: z.number().describe('Shares.') }))
      .describe('Mean impact by quantity, $; the smallest quantity first.'),
    exponent: z
      .number()
      .nullable()
      .describe(
        'δ of I ∝ Q^δ; null when a mean impact is not positive, and with fewer than three quantities.',
      ),
    exponent_interval: interval,
  })
  .describe('Impact over quantity.')
  .meta({ id: 'impact_curve' })

const fills = (key: z.ZodType<number> | z.ZodType<string>) =>
  z.array(
    z.strictObject({
      experiment: z.string().describe('Name of the experiment.'),
      key,
      orders: z.int().describe('Orders.'),
      quantity_rate: seedFigure.describe('Filled shares over sent shares, a fraction.'),
      whole_rate: seedFigure.describe('Orders filled in whole, a fraction.'),
      steps_to_fill: seedFigure.describe('Steps until the last fill.'),
    }),
  )

const market = z.strictObject({
  scenario: z.string().describe('Id of the scenario.'),
  rules: z.string().nullable().describe('Rules of the market; null where the records do not say.'),
  seeds: z.int().describe('Seeds.'),
  experiments: z
    .array(
      z.strictObject({
        experiment: z.string().describe('Name of the experiment.'),
        runs: z.int().describe('Runs.'),
        mid_difference: seedFigure.describe('Mid less that of the passive run, mean over the steps, $.'),
        last_mid_difference: seedFigure.describe('The same at the last step, $.'),
        spread_difference: seedFigure.describe(
          'Spread less that of the passive run, mean over the steps, $.',
        ),
        order_impacts: z
          .array(seedFigure)
          .describe('Change of the mid after an order in its direction, $, at each horizon.'),
        order_interval_steps: z
          .number()
          .nullable()
          .describe('Steps between orders: at longer horizons the impact is that of several.'),
      }),
    )
    .describe('What each experiment did to the market.'),
  order_curves: z
    .array(
      z.strictObject({
        name: z.string().describe('Experiments whose names differ in a number only.'),
        horizon_steps: z.int().describe('Steps after the order.'),
        curve,
      }),
    )
    .describe('Impact over the quantity of an order.'),
  executed_curves: z
    .array(z.strictObject({ name: z.string().describe('Experiment that buys or sells only.'), curve }))
    .describe('Impact over the executed quantity.'),
  fills_by_quantity: fills(z.number().describe('Quantity of the order, shares.')).describe(
    'Fill rates by quantity.',
  ),
  fills_by_placement: fills(
    z.string().describe('Where the price of the order was, such as at the far touch.'),
  ).describe('Fill rates by price level.'),
})

export const impactAnswer = z.strictObject({
  runs: z.int().describe('Active runs.'),
  passive_runs: z.int().describe('Passive runs.'),
  without_passive: z
    .array(absolutePath)
    .describe('Files of active runs without a passive run of the same market.'),
  empty: z.array(absolutePath).describe('Files without a single record.'),
  damaged_lines: z.int().describe('Lines that were skipped because they are no records.'),
  markets: z.array(market).describe('The runs of each scenario under one set of rules.'),
})

export type ImpactAnswer = AnswerOf<typeof impactAnswer>
