import { z } from 'zod'
import { figure } from './figure.ts'
import { expiry, instant } from './times.ts'

const namedFuture = z
  .strictObject({
    local_symbol: z.string().describe('Name at the exchange, such as ESH7.'),
    expiry,
    price: z.number().nullable().describe('Middle of bid and ask, as quoted; null without both sides.'),
    quoted_at: instant.nullable().describe('When the bid or ask last spoke; null if neither did.'),
  })
  .describe('A future of the curve.')
  .meta({ id: 'named_future' })

/** The figures of futures, with the contracts and the index that they are made from. */
export const futuresFigures = z
  .strictObject({
    roll_days: z
      .int()
      .nullable()
      .describe('A future stops being the front one this many calendar days before its last trading day.'),
    front: namedFuture.nullable().describe('The front future; null if there is none.'),
    next: namedFuture.nullable().describe('The future after it; null if there is none.'),
    spot: z
      .strictObject({
        index: z.string().describe('Index that the basis is measured against, such as SPX.'),
        price: z.number().nullable().describe('Its level, points; null where it was not received.'),
        at: instant.nullable().describe('When the level was received.'),
      })
      .nullable()
      .describe('The index of the future; null for futures without one.'),
    basis: figure.describe('Price of the front future less the index.'),
    basis_fraction: figure.describe('The basis as a fraction of the index.'),
    roll_yield: figure.describe('Yield of rolling from the front to the next future, a fraction a year.'),
  })
  .describe('Basis and roll yield of futures.')
  .meta({ id: 'futures_figures' })
