import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'

export const exchangeAnswer = z.strictObject({
  url: z.string().describe('Address of the exchange.'),
  port: z.int().describe('Its port.'),
  rules: z.enum(['original', 'research']).describe('Rules of the market.'),
  scenarios: z.array(z.string()).describe('Ids of the scenarios that are offered.'),
  names: z.array(z.string()).describe('Names of the participants.'),
  fingerprint: z
    .string()
    .nullable()
    .describe('SHA-256 of the certificate, in hexadecimal; null without TLS.'),
})

export type ExchangeAnswer = AnswerOf<typeof exchangeAnswer>
