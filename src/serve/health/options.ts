import { z } from 'zod'

const share = (value: number, doc: string) => z.number().min(0).max(1).default(value).describe(doc)
const seconds = (value: number, doc: string) => z.number().positive().max(86_400).default(value).describe(doc)
const perInterval = (doc: string) => z.number().positive().max(3_600).nullable().default(null).describe(doc)

/** From which values on /health warns or fails. A share of 1 can never be exceeded, and so switches a limit off. */
export const healthOptions = z.strictObject({
  delayedWarnFraction: share(0.1, 'Share of delayed rows in a slot above which /health warns.'),
  delayedFailFraction: share(
    0.5,
    'Share of delayed rows above which it fails; never, if gateway.marketDataType asks for delayed data.',
  ),
  frozenWarnFraction: share(0.1, 'Share of frozen rows in a slot above which /health warns.'),
  frozenFailFraction: share(
    0.5,
    'Share of frozen rows above which it fails; never, if gateway.marketDataType asks for frozen data.',
  ),
  unquotedWarnFraction: share(0.1, 'Share of rows with neither bid nor ask above which /health warns.'),
  unquotedFailFraction: share(0.5, 'Share of rows with neither bid nor ask above which it fails.'),
  noBidWarnFraction: share(
    0.8,
    'Share of rows without a bid above zero above which /health warns; contracts far out of the money often have none.',
  ),
  noBidFailFraction: share(0.98, 'Share of rows without a bid above zero above which it fails.'),
  droppedWarnFraction: share(
    0.1,
    'Share of contracts that did not answer, or that the plan left out, above which /health warns.',
  ),
  droppedFailFraction: share(0.5, 'The same share above which it fails.'),
  incompleteWarnFraction: share(
    0.5,
    'Share of rows without both sides and greeks of the gateway above which /health warns.',
  ),
  incompleteFailFraction: share(1, 'The same share above which it fails; 1: never.'),
  skewWarnSeconds: perInterval(
    'Time from the first to the last quote of a slot above which /health warns, s; null: harvest.intervalSeconds.',
  ),
  quoteAgeWarnSeconds: perInterval(
    'Median age of the quotes at the end of the cycle above which /health warns, s; null: harvest.intervalSeconds.',
  ),
  disconnectedFailSeconds: z
    .number()
    .min(0)
    .max(3_600)
    .default(45)
    .describe(
      'How long market data may not be available in session before /health fails, s. A slot makes up for shorter outages.',
    ),
  clockWarnSeconds: seconds(2, "Distance from the gateway's clock above which /health warns, s."),
  clockFailSeconds: seconds(
    30,
    "Distance from the gateway's clock above which it fails, from half an hour before the opening to the close, s.",
  ),
})

export type HealthOptions = z.output<typeof healthOptions>
