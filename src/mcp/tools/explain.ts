import { z } from 'zod'
import { EXIT, Failure } from '../../process/failure.ts'
import { definitionsOf, numbersPage } from '../documents.ts'
import { STORED_TABLES } from '../stored-tables.ts'
import { tool } from '../tool.ts'

export const explainTool = tool({
  name: 'explain_figure',
  title: 'What a figure, a column or a reason means',
  description:
    'The definition and unit of a figure (iv30, iv_rank, skew_25d, gamma_exposure …), of a column of a table, or of a reason why a value is null (too_few_observations …), from the registry that the documentation is made of. Quote it rather than a textbook: definitions differ.',
  input: z.strictObject({
    name: z
      .string()
      .min(1)
      .max(80)
      .describe('Name of the figure, the column or the reason.')
      .meta({ examples: ['iv_rank', 'skew_25d', 'too_few_observations'] }),
  }),
  output: z.strictObject({
    name: z.string(),
    columns: z
      .array(
        z.strictObject({
          table: z.string(),
          unit: z.string().describe('Empty without one.'),
          nullable: z.boolean(),
          meaning: z.string(),
        }),
      )
      .describe('Tables that have a column of this name.'),
    definitions: z
      .array(z.strictObject({ section: z.string(), text: z.string() }))
      .describe('Lines of docs/numbers.md: unit and definition.'),
  }),
  answer: async ({ name }) => {
    const columns = STORED_TABLES.flatMap(({ name: table, columns: all }) =>
      all
        .filter((column) => column.name === name)
        .map(({ unit, nullable, doc }) => ({ table, unit, nullable, meaning: doc })),
    )
    const definitions = definitionsOf(await numbersPage(), name)
    if (columns.length === 0 && definitions.length === 0) {
      throw new Failure(
        EXIT.usage,
        `nothing is named "${name}": market_figures has the names of figures, describe_tables those of columns`,
      )
    }
    return { name, columns, definitions }
  },
})
