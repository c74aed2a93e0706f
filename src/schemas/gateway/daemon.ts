import { z } from 'zod'
import { instant } from '../times.ts'

/** The daemon that answered in place of the gateway. */
export const askedDaemon = z
  .strictObject({
    url: z.string().describe('Address of the daemon.'),
    version: z.string().describe('Its version.'),
    started_at: instant.describe('When it was started.'),
    at: instant.describe('Time of its answer.'),
  })
  .describe('The running daemon that was asked; nothing was requested from the gateway.')
  .meta({ id: 'asked_daemon' })
