import type { QueryValue } from './engine.ts'

/** One figure of a run: a column of the summary. */
export interface Figure {
  readonly name: string
  /** Where it is computed from. `run`: what the file, its manifest or its first record says. */
  readonly from: 'run' | 'steps' | 'orders' | 'fills' | 'path'
  /** An aggregate of SQL over the rows of `from`; of `run` nothing. */
  readonly sql: string | null
  /** The formula or meaning, unit and sign. Null, an empty cell, where it has no value. */
  readonly meaning: string
}

const run = (name: string, meaning: string): Figure => ({ name, from: 'run', sql: null, meaning })
const steps = (name: string, sql: string, meaning: string): Figure => ({ name, from: 'steps', sql, meaning })
const orders = (name: string, sql: string, meaning: string): Figure => ({
  name,
  from: 'orders',
  sql,
  meaning,
})
const fills = (name: string, sql: string, meaning: string): Figure => ({ name, from: 'fills', sql, meaning })
const path = (name: string, sql: string, meaning: string): Figure => ({ name, from: 'path', sql, meaning })

/** Least, greatest and mean of a column of the steps, in the order of the original. */
function range(column: string, meaning: string): Figure[] {
  return [
    steps(`min_${column}`, `min(${column})`, `least ${meaning}`),
    steps(`max_${column}`, `max(${column})`, `greatest ${meaning}`),
    steps(`avg_${column}`, `avg(${column})`, `mean ${meaning}`),
  ]
}

function percentiles(name: string, sql: string, figure: typeof steps, meaning: string): Figure[] {
  return [50, 90, 95, 99].map((percent) =>
    figure(
      `${name}_p${percent}`,
      sql.replace('$at', String(percent / 100)),
      `${percent} % of ${meaning} are at most this, ms (linear interpolation)`,
    ),
  )
}

/** The columns of the original's summary, in its order. */
export const ORIGINAL_FIGURES: readonly Figure[] = [
  run('scenario', 'of the first record'),
  run('experiment', 'of the first record'),
  run('run_id', 'of the first record'),
  run('mode', '`passive` or `active`; the original writes `active` always'),
  steps('total_steps', 'count(*)', 'records that were read'),
  steps('first_step', 'min(step)', 'least step'),
  steps('last_step', 'max(step)', 'greatest step'),
  ...range('bid', 'best bid over the steps that have one, $'),
  ...range('ask', 'best ask over the steps that have one, $'),
  ...range('mid', 'mid over the steps with both sides, $; the original takes the one side that is present'),
  steps('mid_range', 'max(mid) - min(mid)', 'max_mid − min_mid, $'),
  ...range('spread', 'ask − bid over the steps with both sides, $'),
  ...range('inventory', 'inventory over the steps, shares, negative when short'),
  steps('final_inventory', 'arg_max(inventory, step)', 'inventory of the last record, shares'),
  steps('min_pnl', 'min(pnl)', 'least marked P&L over the steps, $'),
  steps('max_pnl', 'max(pnl)', 'greatest marked P&L over the steps, $'),
  steps('final_pnl', 'arg_max(pnl, step)', 'marked P&L of the last record, $'),
  steps('avg_pnl', 'avg(pnl)', 'mean marked P&L over the steps, $'),
  steps('final_cash_flow', 'arg_max(cash_flow, step)', 'dollars received less dollars paid'),
  orders('total_actions', 'count(*)', 'orders sent'),
  orders('buy_actions', "count_if(side = 'BUY')", 'orders to buy'),
  orders('sell_actions', "count_if(side = 'SELL')", 'orders to sell'),
  fills(
    'total_fills',
    'count(*)',
    'fills; one order may have several. Original files keep one a step at most',
  ),
  fills('buy_fills', "count_if(side = 'BUY')", 'fills of orders to buy'),
  fills('sell_fills', "count_if(side = 'SELL')", 'fills of orders to sell'),
  run(
    'fill_rate_pct',
    '100 × total_fills / total_actions, as the original has it: above 100 where orders are filled in parts',
  ),
  fills('avg_fill_price', 'avg(price)', 'mean price of the fills, each counted once, $; see vwap'),
  fills('total_fill_qty', 'coalesce(sum(qty), 0)', 'shares filled'),
  fills('avg_fill_qty', 'avg(qty)', 'mean shares a fill'),
  fills(
    'min_fill_latency_ms',
    'min(latency_ms)',
    'least time from sending an order to reading its fill, ms of the wall clock',
  ),
  fills(
    'max_fill_latency_ms',
    'max(latency_ms)',
    'greatest such time; of a resting order it includes the wait',
  ),
  fills('avg_fill_latency_ms', 'avg(latency_ms)', 'mean such time'),
  run('source_file', 'name of the file'),
]

const SLIPPAGE = 'sum(direction * (price - mid) * qty)'
const ARRIVAL = 'sum(direction * (price - arrival_mid) * qty)'
const WITH_MID = 'FILTER (mid IS NOT NULL)'
const WITH_ARRIVAL = 'FILTER (arrival_mid IS NOT NULL)'
/** Files of the original framework do not say which order a fill belongs to. */
const whereLinked = (sql: string) => `CASE WHEN count(*) > 0 AND count(order_id) = count(*) THEN ${sql} END`

/** What the summary has more. */
export const OWN_FIGURES: readonly Figure[] = [
  run('seed', 'of the run; empty where the venue has none'),
  run('rules', '`research` or `original`; empty in original files'),
  run(
    'outcome',
    'how the manifest says that the run ended; `running` also after a crash; empty without a manifest',
  ),
  run('outcome_reason', 'why, in one line'),
  run('damaged_lines', 'lines that were skipped because they are no record'),
  steps(
    'missing_steps',
    'max(step) - min(step) + 1 - count(DISTINCT step)',
    'steps between the first and the last without a record',
  ),
  steps('two_sided_pct', '100.0 * count(mid) / nullif(count(*), 0)', '100 × steps with bid and ask / steps'),
  steps('first_mid', 'arg_min(mid, step)', 'first valid mid, $'),
  steps('last_mid', 'arg_max(mid, step)', 'last valid mid, $'),
  steps(
    'mid_return_bps',
    '1e4 * (arg_max(mid, step) / arg_min(mid, step) - 1)',
    '10,000 × (last_mid / first_mid − 1)',
  ),
  steps('avg_bid_depth', 'avg(bid_depth)', 'mean shares on the recorded bid levels'),
  steps('avg_ask_depth', 'avg(ask_depth)', 'mean shares on the recorded ask levels'),
  steps('cancels_sent', 'sum(cancels)', 'cancels sent'),
  steps('orders_skipped', 'sum(skipped)', 'orders that the strategy wanted and that were not sent'),
  steps('orders_refused', 'sum(refused)', 'errors that the venue answered with'),
  orders('ordered_qty', 'coalesce(sum(qty), 0)', 'shares ordered'),
  orders('orders_with_fill', whereLinked('count_if(filled > 0)'), 'orders with at least one fill'),
  orders('orders_filled', whereLinked('count_if(filled >= qty)'), 'orders of which every share was filled'),
  orders(
    'orders_filled_pct',
    whereLinked('100.0 * count_if(filled >= qty) / count(*)'),
    '100 × orders_filled / total_actions',
  ),
  run('shares_filled_pct', '100 × total_fill_qty / ordered_qty: the fill rate that adds up'),
  run('fill_rate_by_qty', 'shares_filled_pct of the orders of each size: `100=84.6 200=41.0`'),
  fills('vwap', 'sum(price * qty) / sum(qty)', 'Σ price × qty / Σ qty, $'),
  fills(
    'buy_vwap',
    "sum(price * qty) FILTER (side = 'BUY') / sum(qty) FILTER (side = 'BUY')",
    'the same of the buys',
  ),
  fills(
    'sell_vwap',
    "sum(price * qty) FILTER (side = 'SELL') / sum(qty) FILTER (side = 'SELL')",
    'the same of the sells',
  ),
  fills('turnover', 'coalesce(sum(price * qty), 0)', 'Σ price × qty, $'),
  fills('maker_fill_qty', 'sum(qty) FILTER (is_maker)', 'shares filled by orders that rested before'),
  fills('taker_fill_qty', 'sum(qty) FILTER (NOT is_maker)', 'shares filled at once'),
  fills(
    'slippage_mid',
    `${SLIPPAGE} / sum(qty) ${WITH_MID}`,
    'Σ d × (price − mid) × qty / Σ qty, $ a share. d = +1 for a buy, −1 for a sell; mid = the last valid one before the fill. Positive is a cost',
  ),
  fills(
    'slippage_mid_bps',
    `1e4 * ${SLIPPAGE} / sum(mid * qty)`,
    '10,000 × Σ d × (price − mid) × qty / Σ mid × qty',
  ),
  fills(
    'slippage_arrival',
    `${ARRIVAL} / sum(qty) ${WITH_ARRIVAL}`,
    'the same against the mid when the order was sent, $ a share',
  ),
  fills(
    'slippage_arrival_bps',
    `1e4 * ${ARRIVAL} / sum(arrival_mid * qty)`,
    'the same against the mid when the order was sent, in basis points',
  ),
  fills(
    'spread_paid',
    SLIPPAGE,
    'Σ d × (price − mid) × qty, $: what trading away from the mid cost, negative when it earned',
  ),
  fills('spread_paid_taker', `${SLIPPAGE} FILTER (NOT is_maker)`, 'the part of fills at once'),
  fills('spread_paid_maker', `${SLIPPAGE} FILTER (is_maker)`, 'the part of resting orders'),
  fills(
    'effective_spread',
    `2 * ${SLIPPAGE} FILTER (NOT is_maker) / sum(qty) FILTER (NOT is_maker AND mid IS NOT NULL)`,
    '2 × the mean slippage_mid of fills at once, $',
  ),
  steps(
    'realised_pnl',
    'arg_max(realised_pnl, step)',
    'P&L of shares bought and sold, at average cost, in the last record, $',
  ),
  steps(
    'unrealised_pnl',
    'arg_max(unrealised_pnl, step)',
    'inventory × (mark − average price) in the last record, $; mark = the last valid mid',
  ),
  steps('min_realised_pnl', 'min(realised_pnl)', 'least over the steps, $'),
  steps('max_realised_pnl', 'max(realised_pnl)', 'greatest over the steps, $'),
  steps('min_unrealised_pnl', 'min(unrealised_pnl)', 'least over the steps, $'),
  steps('max_unrealised_pnl', 'max(unrealised_pnl)', 'greatest over the steps, $'),
  path(
    'max_drawdown',
    'max(peak - pnl)',
    'greatest fall of the marked P&L below its highest value so far, $',
  ),
  steps(
    'pnl_error_max',
    'max(abs(pnl - (cash_flow + inventory * mark)))',
    'greatest |pnl − (cash_flow + inventory × mark)| over the steps, $: 0 but for rounding',
  ),
  steps('max_abs_inventory', 'max(abs(inventory))', 'greatest |inventory|, shares'),
  steps('avg_abs_inventory', 'avg(abs(inventory))', 'mean |inventory|, shares'),
  steps(
    'inventory_std',
    'stddev_pop(inventory)',
    'standard deviation of the inventory over the steps, shares',
  ),
  steps(
    'long_pct',
    '100.0 * count_if(inventory > 0) / nullif(count(*), 0)',
    '100 × steps with inventory above 0 / steps',
  ),
  steps(
    'short_pct',
    '100.0 * count_if(inventory < 0) / nullif(count(*), 0)',
    '100 × steps with inventory below 0 / steps',
  ),
  path('inventory_turns', 'count_if(is_turn)', 'times that the inventory changed its sign'),
  ...percentiles(
    'fill_latency_ms',
    'quantile_cont(latency_ms, $at) FILTER (is_maker IS NOT true)',
    fills,
    'the latencies of fills that did not rest',
  ),
  ...percentiles('decision_ms', 'quantile_cont(decision_ms, $at)', steps, 'the decisions of the strategy'),
  steps('max_decision_ms', 'max(decision_ms)', 'longest decision, ms'),
  ...percentiles(
    'step_ms',
    'quantile_cont(step_ms, $at)',
    steps,
    'the waits from the end of an answer to the next snapshot',
  ),
  steps('max_step_ms', 'max(step_ms)', 'longest such wait, ms'),
]

/** The columns of the summary, in order. */
export const FIGURES: readonly Figure[] = [...ORIGINAL_FIGURES, ...OWN_FIGURES]

/** Figures of one run by name. */
export type RunFigures = Readonly<Record<string, QueryValue>>

/** The query of all figures of a loaded run that come from one place: one row. */
export function figuresSql(name: string, from: Exclude<Figure['from'], 'run'>): string {
  const columns = FIGURES.filter((figure) => figure.from === from).map(
    (figure) => `${figure.sql} AS ${figure.name}`,
  )
  return `SELECT ${columns.join(',\n  ')}\nFROM ${sources(name)[from]}`
}

const sources = (name: string) => ({
  steps: `${name}.steps`,
  fills: `${name}.fills`,
  orders: ordersWithFills(name),
  path: `(SELECT pnl, max(pnl) OVER (ORDER BY step) AS peak, turning.is_turn FROM ${name}.steps LEFT JOIN
    (SELECT step, sign(inventory) <> lag(sign(inventory)) OVER (ORDER BY step) AS is_turn
     FROM ${name}.steps WHERE inventory <> 0) AS turning USING (step))`,
})

function ordersWithFills(name: string): string {
  return `(SELECT orders.*, coalesce(filled, 0) AS filled FROM ${name}.orders AS orders LEFT JOIN
    (SELECT order_id, sum(qty) AS filled FROM ${name}.fills GROUP BY order_id) USING (order_id))`
}

/** Orders of each size: how many, and what became of them. Null columns where fills name no orders. */
export function quantitiesSql(name: string): string {
  return `SELECT qty, count(*) AS orders, sum(qty) AS ordered_qty,
  ${whereLinked('count_if(filled > 0)')} AS orders_with_fill, ${whereLinked('count_if(filled >= qty)')} AS orders_filled,
  ${whereLinked('sum(filled)')} AS filled_qty, ${whereLinked('100.0 * sum(filled) / sum(qty)')} AS shares_filled_pct
FROM ${ordersWithFills(name)} GROUP BY qty ORDER BY qty`
}
