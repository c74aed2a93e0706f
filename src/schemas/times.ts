import { z } from 'zod'

/** A moment, as every answer writes one. */
export const instant = z.iso
  .datetime({ offset: true })
  .describe('A moment as ISO 8601 text, in UTC with a Z or with an offset.')
  .meta({ id: 'instant' })

/** A day of the calendar or a trade date. */
export const calendarDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .describe('A date as YYYY-MM-DD: a trade date, which of an evening session of futures is that of its end.')
  .meta({ id: 'date' })

/** The column `expiry` of the lake. */
export const expiry = z
  .string()
  .regex(/^\d{8}$/)
  .describe('Last trading day as YYYYMMDD, as the column expiry of the lake has it.')
  .meta({ id: 'expiry' })
