/** What a slot's content is assessed by. Each has a label in the metrics. */
export const CONTENT_CRITERIA = [
  'delayed',
  'frozen',
  'unquoted',
  'no_bid',
  'dropped',
  'unlisted',
  'incomplete',
  'skew',
  'quote_age',
] as const
export type ContentCriterion = (typeof CONTENT_CRITERIA)[number]
