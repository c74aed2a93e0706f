import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath } from '../lake-head.ts'

const values = z.record(z.string(), z.json())

/** The figures of one run. */
export const runFigures = {
  path: absolutePath.describe('File of step records.'),
  figures: values.describe('Every figure of the run by its name; docs/experiment-files.md defines each.'),
  quantities: z.array(values).describe('Its orders by size, with their fills.'),
  damage: z
    .strictObject({
      records: z.int().describe('Lines that are records.'),
      damaged: z.int().describe('Lines that were skipped because they are none.'),
      by_fault: z.record(z.string(), z.int()).describe('Number of damaged lines by what is wrong.'),
      examples: z
        .array(
          z.strictObject({
            line: z.int().describe('Number of the line, from 1.'),
            fault: z.string().describe('What is wrong.'),
            detail: z.string().describe('More of what is wrong.'),
          }),
        )
        .describe('The first few.'),
    })
    .describe('Damaged lines of the file.'),
  warning: z.string().nullable().describe('What the manifest says against the records; null if nothing.'),
}

export const runStatsAnswer = z.strictObject(runFigures)

export type RunStatsAnswer = AnswerOf<typeof runStatsAnswer>

export const runSummaryAnswer = z.strictObject({
  output: absolutePath.describe('The report that was written.'),
  runs: z.array(runStatsAnswer).describe('The figures of each run.'),
  unreadable: z
    .array(
      z.strictObject({
        path: absolutePath.describe('File.'),
        reason: z.string().describe('Why it has no figures, for a person.'),
      }),
    )
    .describe('Files that are left out.'),
})

export type RunSummaryAnswer = AnswerOf<typeof runSummaryAnswer>

export const convertedFiles = z.strictObject({
  files: z
    .array(
      z.strictObject({
        path: absolutePath.describe('File that was written.'),
        rows: z.int().describe('Rows in it.'),
        bytes: z.int().describe('Its size, bytes.'),
        damaged: z.int().describe('Damaged lines of the records that were skipped.'),
      }),
    )
    .describe('Files that were written.'),
})

export type ConvertedFiles = AnswerOf<typeof convertedFiles>
