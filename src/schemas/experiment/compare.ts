import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath } from '../lake-head.ts'

export const interval = z
  .tuple([z.number(), z.number()])
  .nullable()
  .describe('95 % interval, from and to; null for too few.')

export const stepDifference = z
  .strictObject({
    step: z.int().nullable().describe('Step at which two records first differ.'),
    field: z
      .string()
      .describe(
        'Path of the value, such as book.bids[2].qty; step where one run has a step that the other lacks.',
      ),
    a: z.json().optional().describe('Value of the first file; left out where it does not have the field.'),
    b: z.json().optional().describe('Value of the second file; left out where it does not have the field.'),
  })
  .describe('The first difference of two runs.')
  .meta({ id: 'step_difference' })

export const compareAnswer = z.strictObject({
  a: z.array(absolutePath).describe('Files of the first group.'),
  b: z.array(absolutePath).describe('Files of the second group.'),
  pairs: z.int().describe('Pairs of runs that share scenario and seed.'),
  unpaired: z.array(absolutePath).describe('Files without a partner.'),
  figures: z
    .array(
      z.strictObject({
        name: z.string().describe('Figure; docs/experiment-files.md defines each.'),
        a: z.number().nullable().describe('Mean over the runs of the first group that have it.'),
        b: z.number().nullable().describe('Mean over the runs of the second group that have it.'),
        difference: z
          .number()
          .nullable()
          .describe('Mean of b − a over the pairs; of the two means when no run has a partner.'),
        interval,
        evidence: z
          .enum(['above zero', 'below zero', 'contains zero', 'unknown'])
          .describe('What the interval says of the sign.'),
        pairs: z.int().describe('Pairs that have the figure in both.'),
      }),
    )
    .describe('Every figure side by side.'),
  markets: z
    .array(
      z.strictObject({
        a: absolutePath.describe('File of the first run.'),
        b: absolutePath.describe('File of the second run.'),
        equal_steps: z.int().describe('Steps in which the states of the market are equal.'),
        difference: stepDifference.nullable().describe('Where they first differ; null if they do not.'),
      }),
    )
    .nullable()
    .describe('Where the markets of the pairs part, with --market; null without it.'),
})

export type CompareAnswer = AnswerOf<typeof compareAnswer>

const comparison = {
  equal: z.boolean().nullable().describe('Whether all records are equal; null where a run failed.'),
  equal_steps: z
    .int()
    .nullable()
    .describe('Equal records before the first difference; null where a run failed.'),
  difference: stepDifference.nullable().describe('The first difference; null if there is none.'),
  damaged_lines: z
    .tuple([z.int().nullable(), z.int().nullable()])
    .nullable()
    .describe(
      'Lines of each file that were skipped; null where the comparison ended before the file, or a run failed.',
    ),
}

export const comparedFilesAnswer = z.strictObject({
  a: absolutePath.describe('First file.'),
  b: absolutePath.describe('Second file.'),
  ...comparison,
})

export type ComparedFilesAnswer = AnswerOf<typeof comparedFilesAnswer>

export const determinismAnswer = z.strictObject({
  runs: z.int().describe('Runs that were made twice.'),
  equal: z.int().describe('Of these equal both times. With others the exit code is 74.'),
  results: z
    .array(
      z.strictObject({
        scenario: z.string().describe('Id of the scenario.'),
        experiment: z.string().describe('Name of the experiment.'),
        seed: z.int().nullable().describe('Seed; null for that of the scenario.'),
        rules: z.string().nullable().describe('Rules of the market.'),
        failure: z.string().nullable().describe('Why a run failed, for a person; null if none did.'),
        ...comparison,
      }),
    )
    .describe('What came of each.'),
})

export type DeterminismAnswer = AnswerOf<typeof determinismAnswer>
