import { z } from 'zod'

/** Whose time an answer uses. */
export const clock = z
  .strictObject({
    source: z.string().describe('machine, or what drives the clock of a simulated or replayed market.'),
    artificial: z.boolean().describe('True where the time is not the time of day.'),
    words: z.string().nullable().describe('What to tell a person about it; null for the time of day.'),
  })
  .describe('Whose time an answer uses: simulated time must never be taken for the time of day.')
  .meta({ id: 'clock' })

/** What every answer of the server about stored or live data begins with. */
export const servedHead = {
  source: z
    .string()
    .describe('Which gateway the data come from, in words: simulated data say so.')
    .meta({ examples: ['the embedded simulator', '127.0.0.1:4001'] }),
  clock,
}

export const symbol = z.string().describe('Symbol of the underlying, such as SPY.')

/** A number that may be unknown. */
export function numberOrNull(meaning: string) {
  return z.number().nullable().describe(meaning)
}

/** A column of an answer that has one list for each column. */
export function numbers(meaning: string) {
  return z.array(z.number().nullable()).describe(meaning)
}
