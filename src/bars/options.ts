import { z } from 'zod'
import { SYMBOL_FORM, SYMBOL_INPUT_PATTERN, storedSymbol } from '../market/symbol.ts'

/** Cboe's volatility index, and the same of 9 days, 3 and 6 months, and of the VIX itself. */
const VOLATILITY_INDICES = ['VIX', 'VIX9D', 'VIX3M', 'VIX6M', 'VVIX']

/** Which instruments are streamed all day for their five-minute bars. */
export const barsOptions = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('whether underlyings, indices and front futures are streamed for their five-minute bars'),
  indices: z
    .array(
      z
        .string()
        .regex(SYMBOL_INPUT_PATTERN, `must be the symbol of an index, ${SYMBOL_FORM}`)
        .overwrite(storedSymbol),
    )
    .max(20)
    .refine((all) => new Set(all).size === all.length, 'must not name an index twice')
    .default(VOLATILITY_INDICES)
    .describe('indices of Cboe that are streamed beside the symbols'),
  futures: z
    .int()
    .min(0)
    .max(12)
    .default(1)
    .describe('how many futures of each configured root are streamed, the nearest first'),
  maxLines: z
    .int()
    .min(0)
    .max(1_000)
    .nullable()
    .default(null)
    .describe('most market-data lines for these streams; null: as many as no cycle needs, at most a quarter'),
})

export type BarsOptions = Readonly<z.output<typeof barsOptions>>
