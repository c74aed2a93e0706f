import { z } from 'zod'

/** The answer to a request that is refused or has failed, whatever its status. */
export const refusal = z
  .strictObject({
    error: z.strictObject({
      code: z
        .string()
        .describe('The name of the error, such as unknown_symbol; it does not change between versions.')
        .meta({ examples: ['unknown_symbol'] }),
      message: z.string().describe('One line for a person: what is wrong and what is legal.'),
    }),
  })
  .describe('A request that was refused or has failed.')
  .meta({ id: 'refusal' })
