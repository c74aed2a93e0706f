import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { instant } from '../times.ts'

export const simulatorStarted = z.strictObject({
  host: z.string().describe('Address that it listens on.'),
  port: z.int().describe('Port.'),
  what: z.string().describe('What is simulated, for a person.'),
  now: instant.describe('Time of the simulator.'),
  messages_per_second: z.number().describe('Messages a second that a client may send.'),
  lines: z.int().describe('Market data lines of a client.'),
})

export type SimulatorStarted = AnswerOf<typeof simulatorStarted>

export const simulatorEnded = z.strictObject({
  connections: z.int().describe('Connections that were made.'),
  clients: z.int().describe('Clients at the end.'),
  bytes_sent: z.int().describe('Bytes to all clients, those included that wait to be written.'),
  received: z
    .record(z.string(), z.int())
    .describe(
      'Messages from clients by the name of the request in the API of TWS; unknown for those not simulated.',
    ),
  errors: z.record(z.string(), z.int()).describe('Errors sent, by their code.'),
  lines: z.int().describe('Lines in use at the end.'),
  peak_lines: z.int().describe('The most lines in use.'),
  peak_messages_per_second: z.number().describe('The most messages in any one second, from all clients.'),
  malformed: z.int().describe('Connections closed for malformed bytes.'),
  dropped_for_rate: z.int().describe('Connections closed for exceeding the rate.'),
  dropped_for_backlog: z.int().describe('Connections closed because the client did not read.'),
})

export type SimulatorEnded = AnswerOf<typeof simulatorEnded>
