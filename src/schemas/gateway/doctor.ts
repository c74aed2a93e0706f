import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { askedDaemon } from './daemon.ts'

export const doctorAnswer = z.strictObject({
  gateway: z.string().nullable().describe('The gateway, for a person; null if it could not be reached.'),
  daemon: askedDaemon.nullable().describe('The daemon that was asked; null if the gateway was.'),
  checks: z
    .array(
      z.strictObject({
        name: z.string().describe('What was checked.'),
        status: z.enum(['ok', 'warn', 'fail']).describe('With a failure the exit code is not 0.'),
        found: z.string().describe('What was found, for a person.'),
        advice: z.string().describe('What to do; empty if it is ok.'),
        exit_code: z
          .int()
          .nullable()
          .describe(
            'Exit code of the command if this is the first check that fails; null for the usual one.',
          ),
      }),
    )
    .describe('The checks, in the order that they were made.'),
})

export type DoctorAnswer = AnswerOf<typeof doctorAnswer>
