import { z } from 'zod'
import { marketAnswer } from '../../analytics/answers/market-answer.ts'
import { carryOf } from '../../analytics/options.ts'
import { marketData } from '../../analytics/stored/reader.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { figure } from '../../schemas/figure.ts'
import { at, headOf, slotHead, symbol } from '../questions.ts'
import { tool } from '../tool.ts'

export const marketTool = tool({
  name: 'market_figures',
  title: 'Market figures of a slot',
  description:
    'Implied volatility (iv30, mfiv30), VIX, iv rank and percentile, trend, skew, term slope, risk reversals, realized volatility, expected move, put/call ratios and gamma exposure of one stored slot, each with its basis: definition, unit, source, observations and reason if it is null. Use `figures` to ask for a few; explain_figure says what one means.',
  input: z.strictObject({
    symbol,
    at: at.optional(),
    figures: z
      .array(z.string().max(60))
      .max(60)
      .optional()
      .describe('Only these figures, by name; left out: all.')
      .meta({ examples: [['iv30', 'iv_rank', 'vix']] }),
  }),
  output: z.strictObject({
    ...slotHead,
    figures: z.record(z.string(), figure),
    contracts: z.int().describe('Rows of the slot that the figures are made from.'),
    with_iv: z.int().describe('Of these with an implied volatility.'),
    flags: z.record(z.string(), z.int()).describe('Contracts by quality flag.'),
  }),
  answer: async (asked, sources) => {
    const { lake, analytics } = sources
    const carry = carryOf(analytics, asked.symbol)
    const data = await marketData(lake, asked.symbol, {
      carry,
      ...(asked.at !== undefined && { at: asked.at }),
    })
    const head = await headOf(sources, asked, data)
    const options = { symbol: asked.symbol, now: lake.clock.now(), defaults: false }
    const { figures, contracts, with_iv, flags } = marketAnswer(data, options)
    const names = Object.keys(figures)
    const unknown = asked.figures?.find((name) => !names.includes(name))
    if (unknown !== undefined) {
      throw new Failure(EXIT.usage, `there is no figure "${unknown}": the figures are ${names.join(', ')}`)
    }
    const wanted = Object.entries(figures).filter(([name]) => asked.figures?.includes(name) ?? true)
    return { ...head, figures: Object.fromEntries(wanted), contracts, with_iv, flags: { ...flags } }
  },
})
