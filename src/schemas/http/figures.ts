import { z } from 'zod'
import { curve } from '../query/futures.ts'
import { ivHistory } from '../query/iv.ts'
import { marketFigures } from '../query/market.ts'
import { positioning } from '../query/positioning.ts'
import { realizedVolatility } from '../query/realized.ts'
import { surface } from '../query/surface.ts'
import { barRow, chainRow, secondOrderGreeks } from '../rows.ts'
import { calendarDate, instant } from '../times.ts'
import { servedHead, symbol } from './head.ts'

const { rho, vanna, volga, charm } = secondOrderGreeks

/** The answers about stored slots that are those of the commands of the same names, with the head of the server. */
export const marketServed = z.strictObject({ ...servedHead, ...marketFigures }).meta({ id: 'market_answer' })
export const futuresServed = z.strictObject({ ...servedHead, ...curve }).meta({ id: 'futures_answer' })
export const ivServed = z.strictObject({ ...servedHead, ...ivHistory }).meta({ id: 'iv_answer' })
export const positioningServed = z
  .strictObject({ ...servedHead, ...positioning })
  .meta({ id: 'positioning_answer' })
export const realizedServed = z
  .strictObject({ ...servedHead, ...realizedVolatility })
  .meta({ id: 'realized_answer' })
export const surfaceServed = z.strictObject({ ...servedHead, ...surface }).meta({ id: 'surface_answer' })

/** The answer of `/api/bars/SYMBOL`. */
export const barsServed = z
  .strictObject({ symbol, ...servedHead, bars: z.array(barRow).describe('By time.') })
  .meta({ id: 'bars_answer' })

/** The answer of `/api/chains/SYMBOL`. */
export const chainServed = z
  .strictObject({
    symbol,
    ...servedHead,
    slot: instant.nullable().describe('Null if nothing is stored.'),
    date: calendarDate.nullable(),
    rows: z
      .array(
        chainRow.extend({
          rho: rho.optional(),
          vanna: vanna.optional(),
          volga: volga.optional(),
          charm: charm.optional(),
        }),
      )
      .describe('With greeks=all each row also has rho, vanna, volga and charm.'),
  })
  .meta({ id: 'chain_answer' })
