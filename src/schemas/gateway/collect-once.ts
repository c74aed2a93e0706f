import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeOfSource } from '../lake-head.ts'
import { ledgerRow } from '../rows.ts'
import { instant } from '../times.ts'

export const cycleEstimate = z
  .strictObject({
    contracts: z.int().describe('Contracts that are asked for.'),
    messages: z.int().describe('Messages: one request and one cancel for each contract.'),
    seconds: z.number().describe('Time that they take, seconds.'),
    bound_by: z
      .enum(['messages', 'lines'])
      .describe('What limits the cycle: the message rate, or the lines.'),
    max_contracts: z.int().describe('Contracts that would fit into the available time.'),
    fits: z.boolean().describe('Whether everything fits.'),
  })
  .describe('What a cycle costs.')
  .meta({ id: 'cycle_estimate' })

const wire = z.strictObject({
  messages_sent: z.int().describe('Requests and cancels written, startApi included.'),
  lines_in_use: z.int().describe('Market data lines in use.'),
  lines_limit: z.int().describe('Market data lines that the configuration allows.'),
  lines_usable: z.int().describe('Lines that the gateway has to give, as learned from its refusals.'),
  lines_awaited: z.int().describe('Requests that wait for a line.'),
  peak_messages_per_second: z.number().describe('The most messages in any one second.'),
  bytes_received: z.int().describe('Bytes received.'),
  notices: z
    .record(z.string(), z.int())
    .describe("Number of the gateway's notices by their code; −1 for codes beyond the first 200."),
})

export const collectOnceAnswer = z.strictObject({
  gateway: z.string().describe('The gateway, for a person.'),
  ...lakeOfSource,
  slot: instant.describe('The slot that was collected.'),
  version: z.int().describe('Version of option_snapshots that contains it.'),
  files: z.int().describe('Data files written.'),
  bytes: z.int().describe('Their size, bytes.'),
  rows_written: z.int().describe('Rows in these files: new ones, and stored ones that were carried over.'),
  commit_ms: z.number().describe('Time until the commit was durable, milliseconds.'),
  planned: cycleEstimate.nullable().describe('What was planned; null if there was nothing to plan.'),
  harvest_seconds: z.number().describe('Time from the first request to the last answer, seconds.'),
  process_seconds: z.number().describe('Time since the process was started, seconds.'),
  cpu_seconds: z.number().describe('Processor time of the process, seconds.'),
  peak_resident_bytes: z.int().describe('The most memory that the process had, bytes.'),
  wire: wire.describe('What went over the connection to the gateway.'),
  symbols: z.array(ledgerRow).describe('The entries of the ledger, one for each symbol.'),
})

export type CollectOnceAnswer = AnswerOf<typeof collectOnceAnswer>
