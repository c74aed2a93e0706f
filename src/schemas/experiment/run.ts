import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath } from '../lake-head.ts'

const counted = (text: string) => z.number().nullable().describe(`${text}; null where the run did not begin.`)

export const experimentRunAnswer = z.strictObject({
  runs: z
    .array(
      z.strictObject({
        scenario: z.string().describe('Id of the scenario.'),
        experiment: z.string().describe('Name of the experiment.'),
        mode: z.enum(['passive', 'active']).describe('Whether it trades.'),
        rules: z.string().nullable().describe('Rules of the market; null where the exchange chose them.'),
        seed: z.int().nullable().describe('Seed of the market; null where it is not known.'),
        end: z
          .string()
          .describe('How it ended: complete, limit, blow_up, stopped, cut, strategy_failed, … or not run.'),
        reason: z.string().nullable().describe('Why it ended, for a person.'),
        steps: counted('The last step'),
        orders_sent: counted('Orders sent'),
        orders_skipped: counted('Orders that a limit of the experiment held back'),
        refusals: counted('Orders that the exchange refused'),
        fills: counted('Fills'),
        filled_qty: counted('Shares filled'),
        inventory: counted('Shares held at the end'),
        cash_flow: counted('Cash received less cash paid, $'),
        pnl: counted('Profit and loss at the end, $'),
        seconds: z.number().describe('Time taken, seconds.'),
        file: absolutePath.nullable().describe('File of step records; null without one.'),
      }),
    )
    .describe('The runs, in the order of the plan.'),
})

export type ExperimentRunAnswer = AnswerOf<typeof experimentRunAnswer>

export const experimentList = z.strictObject({
  experiments: z
    .array(
      z.strictObject({
        name: z.string().describe('Name.'),
        mode: z.enum(['passive', 'active']).describe('Whether it trades.'),
        description: z.string().describe('What it does.'),
        file: absolutePath.nullable().describe("The user's file; null for one that comes with the program."),
      }),
    )
    .describe('The experiments.'),
})

export type ExperimentList = AnswerOf<typeof experimentList>

export const scenarioList = z.strictObject({
  scenarios: z
    .array(
      z.strictObject({
        id: z.string().describe('Id.'),
        name: z.string().describe('Name for a person.'),
        description: z.string().describe('What happens in it.'),
        seed: z.int().describe('Seed.'),
        steps: z.int().describe('Steps of 100 ms.'),
        file: absolutePath.nullable().describe("The user's file; null for one that comes with the program."),
        duration_sec: z.number().describe('Length in the time of the market, seconds.'),
      }),
    )
    .describe('The scenarios of the embedded exchange.'),
})

export type ScenarioList = AnswerOf<typeof scenarioList>
