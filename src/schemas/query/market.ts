import { z } from 'zod'
import { MARKET_METRICS_COLUMNS } from '../../snapshot/figures/market-metrics.ts'
import type { AnswerOf } from '../answer-of.ts'
import { absenceReason, figure } from '../figure.ts'
import { futuresFigures } from '../futures-figures.ts'
import { lakeHead } from '../lake-head.ts'
import { flagName } from '../row-schema.ts'
import { slotHead } from '../slot-head.ts'
import { calendarDate, expiry, instant } from '../times.ts'

/** Of one expiration, beside its volatility. */
const expiration = z.strictObject({
  expiry,
  trading_class: z.string().nullable().describe('Trading class; null where the rows do not say.'),
  settlement: z
    .string()
    .describe('am: the value is fixed at an opening; pm: at the close of the last trading day.'),
  exercise_style: z.string().describe('american or european: the style by which the options are priced.'),
  priced_on: z.string().describe('spot, future or forward: what the price of the options follows.'),
  expires_at: instant.describe('When the value is fixed.'),
  days: z.number().describe('Calendar days from the slot to expires_at.'),
  forward: z.number().nullable().describe('Forward price, $; null without a pair of call and put.'),
  consistent_spot: z
    .number()
    .nullable()
    .describe(
      'Price of the underlying that is consistent with the quotes, dividends before expiry included, $.',
    ),
  dividend_source: z
    .string()
    .nullable()
    .describe(
      'Where the dividends come from: pv_dividend of the rows, the setting, or none; null if unknown.',
    ),
  dividends: z
    .array(
      z.strictObject({
        ex_date: calendarDate.describe('Ex-dividend date.'),
        amount: z.number().describe('Dividend of one share, $.'),
        dated_by: z.string().describe('Where the ex-date comes from: setting, quotes, or middle.'),
      }),
    )
    .describe('Dividends before expiry.'),
  iv: z.number().nullable().describe('Volatility at the money from our own mids, a fraction a year.'),
  iv_ib_model: z.number().nullable().describe("The same from the volatilities of IB's model."),
  expected_move: z
    .number()
    .nullable()
    .describe('One standard deviation of the underlying until it ends, $, by its own volatility.'),
  expected_move_straddle: z
    .number()
    .nullable()
    .describe('The mean absolute move until it ends, $: the price of the straddle at the money.'),
  straddle_strike: z.number().nullable().describe('Strike of that straddle, $.'),
  reason: absenceReason.nullable().describe('Why there is no volatility; null where there is one.'),
})

const tenor = z.strictObject({
  days: z.int().describe('Maturity, calendar days.'),
  risk_reversal_25d: figure.describe('25-delta call volatility less 25-delta put volatility.'),
  risk_reversal_10d: figure.describe('10-delta call volatility less 10-delta put volatility.'),
  butterfly_25d: figure.describe('Mean of the 25-delta volatilities less that at the money.'),
  butterfly_10d: figure.describe('Mean of the 10-delta volatilities less that at the money.'),
})

const FIGURE_NAMES = [
  'underlying_price',
  'iv30',
  'iv30_ib_model',
  'iv30_ib_index',
  'mfiv30',
  'mfiv30_wing_truncated',
  'mfiv30_missing_points',
  'vix',
  'iv_rank',
  'iv_rank_126d',
  'iv_rank_60d',
  'iv_percentile',
  'iv_percentile_126d',
  'iv_percentile_60d',
  'trend_daily',
  'trend_intraday',
  'skew_25d',
  'term_slope',
  'risk_reversal_25d',
  'risk_reversal_10d',
  'butterfly_25d',
  'butterfly_10d',
  'realized_vol_close',
  'realized_vol_parkinson',
  'realized_vol_yang_zhang',
  'realized_vol_5min',
  'realized_vol_today',
  'variance_risk_premium',
  'volatility_spread',
  'expected_move',
  'expected_move_straddle',
  'put_call_volume_ratio',
  'put_call_volume_ratio_60d',
  'put_call_oi_ratio',
  'put_call_oi_ratio_60d',
  'gamma_exposure',
  'gamma_flip',
  'dividend_source',
] as const

const docOf = new Map<string, string>(MARKET_METRICS_COLUMNS.map(({ name, doc }) => [name, doc]))

type Figures = { [Name in (typeof FIGURE_NAMES)[number]]: typeof figure }

const figures = z.strictObject(
  Object.fromEntries(
    FIGURE_NAMES.map((name) => [name, figure.describe(docOf.get(name) as string)]),
  ) as Figures,
)

/** The figures of a slot by name, as the command line and HTTP return them. */
export const marketFigures = {
  ...slotHead,
  figures: figures.describe(
    'Every figure of the slot by the name of its column in market_metrics; docs/numbers.md defines each.',
  ),
  quality: z
    .strictObject({
      zero_bid_share: z
        .number()
        .nullable()
        .describe("Share of the slot's rows without a bid above zero, a fraction."),
      parity_residual: z
        .number()
        .nullable()
        .describe(
          'Distance outside the bounds of put-call parity, half-spreads: the 95th percentile over pairs.',
        ),
      vertical_violations: z
        .int()
        .nullable()
        .describe('Pairs of neighbouring strikes with arbitrage, on executable prices.'),
      butterfly_violations: z
        .int()
        .nullable()
        .describe('Triples of strikes with arbitrage, on executable prices.'),
      calendar_violations: z
        .int()
        .nullable()
        .describe('Pairs of expirations with arbitrage, on executable prices.'),
    })
    .describe('Quality of the quotes; null without rows.'),
  contracts: z.int().describe('Contracts of the slot that the figures are made from.'),
  with_iv: z.int().describe('Of these with an implied volatility.'),
  flags: z
    .partialRecord(flagName, z.int())
    .describe('Contracts by quality flag; flags that no row has are left out.'),
  futures: futuresFigures.nullable().describe('Basis and roll yield; null for a symbol without futures.'),
  tenors: z.array(tenor).describe('Risk reversals and butterflies by maturity.'),
  expirations: z.array(expiration).describe('Volatility at the money by expiration and class, ascending.'),
}

export const marketAnswer = z.strictObject({ ...lakeHead, ...marketFigures })

export type MarketAnswer = AnswerOf<typeof marketAnswer>
