import { z } from 'zod'
import { clock } from './head.ts'

/** Where the daemon says what became of its alerts. */
export const ALERTS_PATH = '/api/alerts'

const time = z.iso.datetime()

/** One receiver, as the daemon and `alerts list` show it; without secrets. */
export const alertReceiverStatus = z.object({
  name: z.string(),
  kind: z.enum(['webhook', 'command']),
  /** The host of a webhook, or the name of a program. */
  target: z.string(),
  /** Messages delivered since the daemon was started, and attempts that failed. */
  sent: z.number(),
  failed_attempts: z.number(),
  /** Changes that had no message of their own. */
  held_back: z.number(),
  /** Changes that wait to be delivered. */
  pending: z.number(),
  last_sent_at: time.nullable(),
  /** Why messages do not arrive; null while they do. */
  problem: z.object({ message: z.string(), since: time }).nullable(),
  /** What the receiver was told that is not ok, and not yet told to be over. */
  told: z.array(z.object({ check: z.string(), status: z.enum(['warn', 'fail']), at: time })),
})

export type AlertReceiverStatus = z.output<typeof alertReceiverStatus>

/** What the command `alerts list` checks. */
export const alertsAnswer = z.object({
  at: time,
  /** Human-readable description of the gateway. */
  source: z.string(),
  receivers: z.array(alertReceiverStatus),
})

export type AlertsAnswer = z.output<typeof alertsAnswer>

/** The whole answer of `/api/alerts`. */
export const alertsServed = alertsAnswer.extend({ clock }).meta({ id: 'alerts_answer' })
