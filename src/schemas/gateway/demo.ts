import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeFolder } from '../lake-head.ts'
import { calendarDate, instant } from '../times.ts'

export const demoAnswer = z.strictObject({
  url: z.string().describe('Address of the page.'),
  ...lakeFolder,
  kept: z.boolean().describe('Whether the lake stays when the demo ends, with --keep.'),
  date: calendarDate.describe('The simulated trading day.'),
  speed: z.number().describe('How many times as fast as real time it passes.'),
  symbols: z.array(z.string()).describe('Underlyings.'),
  crash_at: instant.describe('When the crash begins, in the time of the simulated day.'),
})

export type DemoAnswer = AnswerOf<typeof demoAnswer>
