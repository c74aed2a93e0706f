import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeFolder } from '../lake-head.ts'
import { finding } from './findings.ts'

export const verifyAnswer = z.strictObject({
  ...lakeFolder,
  findings: z
    .array(finding)
    .describe('What is wrong; empty if nothing is. The exit code is then 0, else 74.'),
  files: z.int().describe('Data files read.'),
  commits: z.int().describe('Commits read.'),
  bytes: z.int().describe('Size of the data files, bytes.'),
  rows: z.int().describe('Rows in intact data files of option_snapshots.'),
  unproven: z
    .int()
    .describe('Files of other programs, which have no checksum in the log to prove them unchanged.'),
})

export type VerifyAnswer = AnswerOf<typeof verifyAnswer>
