import { z } from 'zod'
import { instant } from '../times.ts'
import { servedHead } from './head.ts'

export const checkStatus = z.enum(['ok', 'warn', 'fail'])

/** The answer of `/livez`, `/readyz`, `/health` and `/api/health`. */
export const healthAnswer = z
  .strictObject({
    status: checkStatus.describe('The worst of the checks.'),
    at: instant,
    ...servedHead,
    checks: z.array(
      z.strictObject({
        name: z.string().describe('Of the check; docs/health.md has the table.'),
        status: checkStatus,
        reason: z.string().describe('One line for a person.'),
        since: instant.nullable().describe('Since when it is not ok; null if it is, or if that is unknown.'),
        advice: z.string().nullable().describe('What to do; null if there is nothing to do.'),
      }),
    ),
  })
  .describe('The checks of the daemon. Status 503 means that it needs a person.')
  .meta({ id: 'health_answer' })
