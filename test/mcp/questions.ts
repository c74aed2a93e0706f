/** What a user asks, the call that answers it, and an independent reading in SQL of the value. */
export interface Question {
  readonly asks: string
  readonly tool: string
  readonly given: Readonly<Record<string, unknown>>
  /** The value in the answer. */
  // biome-ignore lint/suspicious/noExplicitAny: the answer of any tool
  value(answer: any): unknown
  /** A query with one value. */
  readonly sql: string
  /** The slot that the answer must name. */
  readonly slot: string | null
  /** The figure whose basis must be there. */
  // biome-ignore lint/suspicious/noExplicitAny: the answer of any tool
  basis?(answer: any): any
}

const CLOSE = '2026-11-20T20:55:00.000Z'
const MORNING = '2026-11-20T15:00:00.000Z'
const THURSDAY = '2026-11-19T20:55:00.000Z'
const at = (slot: string) => `timestamp = TIMESTAMPTZ '${slot}'`
const ofRow = (column: string, slot: string) => `SELECT ${column} FROM market_metrics WHERE ${at(slot)}`
const figure = (
  name: string,
  asks: string,
  slot = CLOSE,
  when: string | undefined = undefined,
): Question => ({
  ...{ asks, tool: 'market_figures', slot, sql: ofRow(name, slot) },
  given: { symbol: 'SPY', figures: [name], ...(when && { at: when }) },
  value: ({ figures }) => figures[name].value,
  basis: ({ figures }) => figures[name],
})

export const QUESTIONS: readonly Question[] = [
  figure('iv_rank', "What was SPY's 30-day iv rank at Friday's close?", CLOSE, '2026-11-20'),
  figure('iv30', 'How high is implied volatility in SPY now?'),
  figure('iv30', 'And at ten in the morning on Friday?', MORNING, '2026-11-20 10:00'),
  figure('vix', 'Where did the VIX stand on Thursday?', THURSDAY, '2026-11-19'),
  figure('skew_25d', 'How steep is the skew?'),
  figure('expected_move', 'How far is SPY expected to move in 30 days?'),
  figure('put_call_oi_ratio', 'Are more puts or calls open?'),
  figure('underlying_price', 'Where did SPY close on Thursday?', THURSDAY, '2026-11-19T15:59:00-05:00'),
  {
    asks: 'Give me the rank over the last 60 sessions.',
    ...{ tool: 'iv_history', given: { symbol: 'SPY', at: '2026-11-20' }, slot: CLOSE },
    value: ({ ranks }) => ranks.iv_rank_60d.value,
    basis: ({ ranks }) => ranks.iv_rank_60d,
    sql: ofRow('iv_rank_60d', CLOSE),
  },
  {
    asks: 'What was the lowest volatility of the last year?',
    ...{ tool: 'iv_history', given: { symbol: 'SPY', days: 365 }, slot: CLOSE },
    value: ({ low }) => low.iv30,
    basis: ({ current }) => current,
    sql: "SELECT min(iv30) FROM daily_observations WHERE symbol = 'SPY' AND source = 'ib_index' AND date >= DATE '2025-11-20'",
  },
  {
    asks: 'What was the VIX in the history on the last day of the index?',
    ...{ tool: 'iv_history', given: { symbol: 'SPY', days: 30 }, slot: CLOSE },
    value: ({ history }) => history.length,
    sql: "SELECT count(*) FROM daily_observations WHERE symbol = 'SPY' AND source = 'ib_index' AND date >= DATE '2026-10-21' AND date <= DATE '2026-11-20'",
  },
  {
    asks: 'What does the 680 call of 18 December cost?',
    tool: 'option_chain',
    given: { symbol: 'SPY', expiry: '2026-12-18', right: 'C', strike_from: 680, strike_to: 680 },
    slot: CLOSE,
    value: ({ rows }) => rows[0].ask,
    sql: `SELECT ask FROM option_snapshots WHERE ${at(CLOSE)} AND expiry = '20261218' AND strike = 680 AND "right" = 'C'`,
  },
  {
    asks: 'How many contracts of 31 December were quoted on Friday morning?',
    tool: 'option_chain',
    given: { symbol: 'SPY', at: '2026-11-20 11:00', expiry: '20261231', limit: 5 },
    slot: MORNING,
    value: ({ matching }) => matching,
    sql: `SELECT count(*) FROM option_snapshots WHERE ${at(MORNING)} AND expiry = '20261231'`,
  },
  {
    asks: 'What is the delta of the put just below the money?',
    tool: 'option_chain',
    given: { symbol: 'SPY', expiry: '20261218', right: 'P', near_money: 1 },
    slot: CLOSE,
    value: ({ rows }) => rows[0].delta,
    sql: `SELECT delta FROM option_snapshots WHERE ${at(CLOSE)} AND expiry = '20261218' AND strike = 680 AND "right" = 'P'`,
  },
  {
    asks: 'Which slots are missing, and why?',
    ...{ tool: 'coverage', given: { symbol: 'SPY' }, slot: CLOSE },
    value: ({ gaps }) => gaps[0].reason,
    sql: "SELECT reason FROM slots WHERE outcome = 'missing'",
  },
  {
    asks: 'How many slots of SPY are stored?',
    ...{ tool: 'coverage', given: {}, slot: CLOSE },
    value: ({ symbols }) => symbols.find((one: { symbol: string }) => one.symbol === 'SPY').stored,
    sql: "SELECT count(*) FROM slots WHERE symbol = 'SPY' AND outcome = 'stored'",
  },
  {
    asks: 'How many puts are open near the money, on which assumption?',
    ...{ tool: 'positioning', given: { symbol: 'SPY', strikes: 1 }, slot: CLOSE },
    value: ({ strikes }) => strikes[0].put_open_interest,
    basis: ({ figures }) => figures.gamma_exposure,
    sql: `SELECT sum(open_interest) FROM option_snapshots WHERE ${at(CLOSE)} AND strike = 680 AND "right" = 'P'`,
  },
  {
    asks: 'What did SPY do in the last five minutes?',
    ...{ tool: 'underlying_bars', given: { symbol: 'SPY' }, slot: '2026-11-20T20:50:00.000Z' },
    value: ({ bars }) => bars.at(-1).close,
    sql: "SELECT close FROM underlying_bars WHERE symbol = 'SPY' ORDER BY timestamp DESC LIMIT 1",
  },
  {
    asks: 'Is implied above realized volatility?',
    ...{ tool: 'realized_volatility', given: { symbol: 'SPY' }, slot: CLOSE },
    value: ({ iv30 }) => iv30.value,
    basis: ({ iv30 }) => iv30,
    sql: ofRow('iv30', CLOSE),
  },
  {
    asks: 'How many expirations does the term structure have?',
    ...{ tool: 'volatility_surface', given: { symbol: 'SPY', grid: false }, slot: CLOSE },
    value: ({ expirations }) => expirations.length,
    sql: `SELECT count(DISTINCT expiry) FROM option_snapshots WHERE ${at(CLOSE)}`,
  },
  {
    asks: 'What was the highest strike ever quoted?',
    tool: 'query_sql',
    given: { query: "SELECT max(strike) AS strike FROM option_snapshots WHERE symbol = 'SPY'" },
    slot: null,
    value: ({ rows }) => rows[0][0],
    sql: 'SELECT max(strike) FROM option_snapshots',
  },
]
