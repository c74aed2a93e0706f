import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeHead } from '../lake-head.ts'
import { chainRow, secondOrderGreeks } from '../rows.ts'

const optional = Object.fromEntries(
  Object.entries(secondOrderGreeks).map(([name, type]) => [name, type.optional()]),
) as { [Name in keyof typeof secondOrderGreeks]: z.ZodOptional<(typeof secondOrderGreeks)[Name]> }

export const chainAnswer = z.strictObject({
  ...lakeHead,
  symbol: z.string().describe('Underlying.'),
  rows: z
    .array(z.strictObject({ ...chainRow.shape, ...optional }))
    .describe(
      'The rows of the slot by expiration and strike. With --greeks all each row also has rho, vanna, volga and charm.',
    ),
})

export type ChainAnswer = AnswerOf<typeof chainAnswer>
