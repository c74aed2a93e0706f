import { z } from 'zod'
import { orderLimits } from '../gateway/orders/limits.ts'
import { SYMBOL_FORM, SYMBOL_INPUT_PATTERN, storedSymbol } from '../market/symbol.ts'
import { flagNames } from '../snapshot/quality-flags.ts'

const ALL_FLAGS = flagNames(-1)

const fraction = () => z.number().min(0).max(1)
const rank = () => z.number().min(0).max(100)
const dollars = () => z.number().positive().max(10_000_000)
const days = () => z.int().min(0).max(1_000)
const delta = () => z.number().gt(0).lt(1)
const trends = () => z.array(z.enum(['up', 'down', 'neutral'])).min(1)

/** The settings of the paper trader. docs/paper-trader.md has the reason of each default. */
export const paperOptions = z.strictObject({
  accounts: z
    .array(z.string().min(1).max(40))
    .max(20)
    .default([])
    .describe(
      'Paper accounts that orders may be sent for; every managed account of the gateway must be listed. The account of the embedded simulator needs none.',
    ),
  clientId: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .default(18)
    .describe(
      "Client id of the trader's own session; keep it, because a restarted trader finds its orders by it.",
    ),
  journal: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Journal of decisions and orders; null: data/paper/ib.jsonl or data/paper/simulated.jsonl.'),
  symbols: z
    .array(z.string().regex(SYMBOL_INPUT_PATTERN, `must be ${SYMBOL_FORM}`).overwrite(storedSymbol))
    .min(1)
    .max(20)
    .nullable()
    .default(null)
    .describe('Underlyings to trade, among those that are collected; null: all.'),
  strategies: z
    .array(z.enum(['iron_condor', 'long_straddle']))
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'must not name a strategy twice')
    .default(['iron_condor', 'long_straddle'])
    .describe('Entry signals to ask, in this order; the first that enters is taken.'),

  maxFigureAgeSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(900)
    .describe('Oldest slot whose figures and quotes may lead to an order.'),
  minutesAfterOpen: z
    .int()
    .min(0)
    .max(390)
    .default(15)
    .describe('No entry in slots of the first minutes of a session: spreads are widest then.'),
  minutesBeforeClose: z
    .int()
    .min(0)
    .max(390)
    .default(5)
    .describe('No entry in slots that begin later than this before the close of the underlying.'),

  condorMinIvRank: rank()
    .default(50)
    .describe('Iron condor: lowest iv_rank, percent; premium is sold where it is dear by the year before.'),
  condorMaxVix: z
    .number()
    .positive()
    .max(200)
    .default(40)
    .describe('Iron condor: highest VIX, points; above it daily moves are wider than the wings.'),
  condorTrends: trends()
    .default(['neutral'])
    .describe('Iron condor: values of trend_daily that allow an entry; it earns where the price stays.'),
  condorMinDays: days().default(30).describe('Iron condor: fewest calendar days to expiration at entry.'),
  condorTargetDays: days()
    .default(45)
    .describe('Iron condor: days to expiration that are looked for; the nearest within the range is taken.'),
  condorMaxDays: days().default(60).describe('Iron condor: most calendar days to expiration at entry.'),
  condorShortDelta: delta()
    .default(0.16)
    .describe(
      'Iron condor: absolute delta of both short options, about one standard deviation from the price.',
    ),
  condorDeltaTolerance: delta()
    .default(0.05)
    .describe('Iron condor: how far the delta of a short option may lie from that.'),
  condorWingDollars: dollars()
    .default(5)
    .describe(
      'Iron condor: distance from the short to the long strike, dollars; the nearest listed strike at least half and at most twice as far is taken. It bounds the loss.',
    ),
  condorMinCreditFraction: fraction()
    .default(0.15)
    .describe('Iron condor: least credit at the middle of the quotes, as a fraction of the wider wing.'),
  condorProfitTargetFraction: fraction()
    .default(0.5)
    .describe('Iron condor: closed when this fraction of the credit is earned.'),
  condorStopCreditMultiple: z
    .number()
    .positive()
    .max(100)
    .default(2)
    .describe('Iron condor: closed when the loss reaches this multiple of the credit.'),
  condorExitDays: days()
    .default(21)
    .describe('Iron condor: closed at this many days to expiration; gamma rises from there on.'),

  straddleMaxIvRank: rank()
    .default(20)
    .describe(
      'Long straddle: highest iv_rank, percent; premium is bought where it is cheap by the year before.',
    ),
  straddleMaxVix: z
    .number()
    .positive()
    .max(200)
    .default(25)
    .describe('Long straddle: highest VIX, points; above it volatility is more likely to fall than to rise.'),
  straddleTrends: trends()
    .default(['up', 'down', 'neutral'])
    .describe('Long straddle: values of trend_daily that allow an entry; it earns from a move either way.'),
  straddleMinDays: days().default(40).describe('Long straddle: fewest calendar days to expiration at entry.'),
  straddleTargetDays: days()
    .default(56)
    .describe('Long straddle: days to expiration that are looked for; far ones lose less time value a day.'),
  straddleMaxDays: days().default(90).describe('Long straddle: most calendar days to expiration at entry.'),
  straddleMaxNetDelta: delta()
    .default(0.15)
    .describe(
      'Long straddle: largest absolute sum of the two deltas; beyond it, it is a bet on a direction.',
    ),
  straddleProfitTargetFraction: z
    .number()
    .positive()
    .max(100)
    .default(0.25)
    .describe('Long straddle: closed when the gain reaches this fraction of the debit.'),
  straddleStopFraction: fraction()
    .default(0.25)
    .describe('Long straddle: closed when the loss reaches this fraction of the debit.'),
  straddleExitDays: days()
    .default(21)
    .describe('Long straddle: closed at this many days to expiration; time value decays fastest after that.'),

  exitMinutesBeforeClose: z
    .int()
    .min(0)
    .max(390)
    .nullable()
    .default(null)
    .describe(
      'Closes every position in slots this near to the close, minutes; null: positions stay overnight.',
    ),

  maxSpreadFraction: fraction()
    .default(0.25)
    .describe('Widest spread of an option, as a fraction of its mid, unless it is within maxSpreadDollars.'),
  maxSpreadDollars: dollars()
    .default(0.1)
    .describe('A spread up to this is accepted whatever the fraction: cheap options quote in whole ticks.'),
  minOpenInterest: z
    .int()
    .min(0)
    .default(10)
    .describe(
      'Least open interest of an option; one whose open interest is unknown is refused unless this is 0.',
    ),
  refusedFlags: z
    .array(z.enum(ALL_FLAGS as [string, ...string[]]))
    .default([
      'no_bid',
      'no_ask',
      'crossed',
      'stale',
      'halted',
      'opening',
      'below_intrinsic',
      'iv_outlier',
      'delayed',
      'frozen',
      'after_close',
    ])
    .describe('Quality flags of stored quotes that exclude an option.'),

  maxLossPerPosition: dollars()
    .default(5_000)
    .describe('Most that one position may lose, dollars: sizes the position.'),
  maxLossTotal: dollars().default(15_000).describe('Most that all positions together may lose, dollars.'),
  maxContracts: z
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('Most units of one position, whatever the loss allows.'),
  maxPositions: z.int().min(1).max(1_000).default(3).describe('Most positions at once.'),
  maxPositionsPerSymbol: z.int().min(1).max(100).default(1).describe('Most positions in one underlying.'),
  reentryMinutes: z
    .int()
    .min(0)
    .max(100_000)
    .default(60)
    .describe('Wait in an underlying after a position was closed or an entry was given up.'),

  priceTick: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.01)
    .describe('Step of net prices of combinations, dollars.'),
  priceSteps: z
    .int()
    .min(0)
    .max(50)
    .default(3)
    .describe('How often the price of an unfilled order is changed before it is given up.'),
  priceStepSeconds: z.int().min(1).max(86_400).default(20).describe('How long an order waits at each price.'),
  concessionFraction: z
    .number()
    .min(0)
    .max(3)
    .default(1.5)
    .describe(
      'Limit of the last price step: 0 at the middle of the quotes, 1 at the price that they pay at once, 1.5 half a spread beyond it, because stored quotes are minutes old. What is paid is what the market quotes then.',
    ),
  ...orderLimits.shape,
})

export type PaperSettings = Readonly<z.output<typeof paperOptions>>
export type StrategyName = PaperSettings['strategies'][number]
