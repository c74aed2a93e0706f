import { sqlLiteral } from '../../lake/engines/duckdb.ts'

// Step records as tables of DuckDB. The keys are those of files/step-record.ts; keys that a file does not have are null,
// so that files of the original framework load too.

/** Who wrote a file: a line of the original framework lacks what is ours. */
export type Origin = 'optionlake' | 'original'

const ORDER = 'STRUCT(order_id VARCHAR, side VARCHAR, price DOUBLE, qty DOUBLE)'
const LEVELS = 'STRUCT(price DOUBLE, qty DOUBLE)[]'
/** Keys of both, with their types. */
const COLUMNS: Readonly<Record<string, string>> = {
  step: 'BIGINT',
  timestamp: 'VARCHAR',
  experiment: 'VARCHAR',
  scenario: 'VARCHAR',
  run_id: 'VARCHAR',
  mode: 'VARCHAR',
  // Text, because some original files have the whole trade there.
  market:
    'STRUCT(bid DOUBLE, ask DOUBLE, mid DOUBLE, spread DOUBLE, last_trade VARCHAR, bid_size DOUBLE, ask_size DOUBLE)',
  book: 'STRUCT(bid_depth DOUBLE, ask_depth DOUBLE)',
  state:
    'STRUCT(inventory DOUBLE, cash_flow DOUBLE, pnl DOUBLE, orders_sent DOUBLE, open_orders DOUBLE, mark DOUBLE, average_price DOUBLE, realised_pnl DOUBLE, unrealised_pnl DOUBLE)',
}
const KEYS_OF: Readonly<Record<Origin, Readonly<Record<string, string>>>> = {
  optionlake: {
    seed: 'BIGINT',
    rules: 'VARCHAR',
    orders: `${ORDER}[]`,
    cancels: 'VARCHAR[]',
    skipped: 'STRUCT(side VARCHAR, price DOUBLE, qty DOUBLE, reason VARCHAR)[]',
    refused: 'STRUCT(order_id VARCHAR, code VARCHAR, message VARCHAR)[]',
    fills:
      'STRUCT(order_id VARCHAR, side VARCHAR, price DOUBLE, qty DOUBLE, remaining DOUBLE, is_maker BOOLEAN, latency_ms DOUBLE, sent_at_step BIGINT, arrival_mid DOUBLE, mid DOUBLE)[]',
    timing: 'STRUCT(decision_ms DOUBLE, step_ms DOUBLE)',
  },
  original: {
    action: ORDER,
    fill: 'STRUCT(order_id VARCHAR, side VARCHAR, price DOUBLE, qty DOUBLE, latency_ms DOUBLE)',
  },
}
const BOOK = `STRUCT(bid_depth DOUBLE, ask_depth DOUBLE, bids ${LEVELS}, asks ${LEVELS})`
const TRADES = 'STRUCT(price DOUBLE, qty DOUBLE, side VARCHAR)[]'

/** DuckDB's reader over one file. Without `tolerant` the first line that does not fit is an error. */
function readerSql(file: string, columns: Readonly<Record<string, string>>, tolerant: boolean): string {
  const typed = Object.entries(columns).map(([name, type]) => `${name}: ${sqlLiteral(type)}`)
  return `read_json(${sqlLiteral(file)}, format = 'newline_delimited', columns = {${typed.join(', ')}}${tolerant ? ', ignore_errors = true' : ''})`
}

/** What is ours, and how the fields of an original line stand for it. */
const OWN_SQL: Readonly<Record<Origin, string>> = {
  optionlake: 'seed, rules, timing.decision_ms AS decision_ms, timing.step_ms AS step_ms, orders, fills',
  original: `NULL::BIGINT AS seed, NULL::VARCHAR AS rules, NULL::DOUBLE AS decision_ms, NULL::DOUBLE AS step_ms,
  CASE WHEN action IS NULL THEN [] ELSE [action] END AS orders,
  CASE WHEN fill IS NULL THEN [] ELSE [struct_pack(order_id := fill.order_id, side := fill.side,
    price := fill.price, qty := fill.qty, remaining := NULL::DOUBLE, is_maker := NULL::BOOLEAN,
    latency_ms := fill.latency_ms, sent_at_step := NULL::BIGINT, arrival_mid := NULL::DOUBLE, mid := NULL::DOUBLE)] END AS fills`,
}
const COUNTS_SQL: Readonly<Record<Origin, string>> = {
  optionlake: 'len(cancels) AS cancels, len(skipped) AS skipped, len(refused) AS refused',
  original: 'NULL::BIGINT AS cancels, NULL::BIGINT AS skipped, NULL::BIGINT AS refused',
}

const BOTH_SIDES = 'market.bid > 0 AND market.ask > 0'
const LAST_TRADE = `CASE WHEN market.last_trade LIKE '{%' THEN TRY_CAST(market.last_trade::JSON ->> '$.price' AS DOUBLE)
    ELSE TRY_CAST(market.last_trade AS DOUBLE) END`

function recordsSql(reader: string, ...more: readonly string[]): string {
  return `SELECT step, timestamp, experiment, scenario, run_id, mode,
  nullif(market.bid, 0) AS bid,
  nullif(market.ask, 0) AS ask,
  CASE WHEN ${BOTH_SIDES} THEN market.mid END AS mid,
  CASE WHEN ${BOTH_SIDES} THEN market.spread END AS spread,
  nullif(${LAST_TRADE}, 0) AS last_trade,
  market.bid_size AS bid_size, market.ask_size AS ask_size, book.bid_depth AS bid_depth, book.ask_depth AS ask_depth,
  state.inventory AS inventory, state.cash_flow AS cash_flow, state.pnl AS pnl, state.orders_sent AS orders_sent,
  state.open_orders AS open_orders, state.mark AS mark, state.average_price AS average_price,
  state.realised_pnl AS realised_pnl, state.unrealised_pnl AS unrealised_pnl,
  ${more.join(', ')}
FROM ${reader}`
}

/** Creates `NAME.records`: one row a record, absent values null. */
export function loadSql(
  name: string,
  { file, origin, tolerant }: { readonly file: string; readonly origin: Origin; readonly tolerant: boolean },
): string {
  const reader = readerSql(file, { ...COLUMNS, ...KEYS_OF[origin] }, tolerant)
  return `CREATE TABLE ${name}.records AS ${recordsSql(reader, OWN_SQL[origin], COUNTS_SQL[origin])}`
}

/** The same rows with everything that records have, from a file whose lines are all records. */
export function completeRecordsSql(file: string, origin: Origin): string {
  const isOwn = origin === 'optionlake'
  const columns = { ...COLUMNS, ...KEYS_OF[origin], book: BOOK, ...(isOwn && { trades: TRADES }) }
  const lists = isOwn ? ['cancels', 'skipped', 'refused', 'trades'] : []
  return recordsSql(
    readerSql(file, columns, false),
    OWN_SQL[origin],
    'book.bids AS bids',
    'book.asks AS asks',
    ...lists,
  )
}

/** Rows that strict reading lets pass: keys that are missing, and NaN or infinity, which JSON does not have. */
export function faultyRowsSql(name: string): string {
  const numbers = ['bid', 'ask', 'mid', 'spread', 'inventory', 'cash_flow', 'pnl', 'orders_sent', 'mark']
  const infinite = numbers.map((column) => `NOT coalesce(isfinite(${column}), true)`).join(' OR ')
  return `SELECT count(*) FROM ${name}.records WHERE ${MISSING} OR ${infinite}`
}

const MISSING = 'step timestamp experiment scenario run_id mode inventory cash_flow orders_sent orders fills'
  .split(' ')
  .map((column) => `${column} IS NULL`)
  .join(' OR ')

export function dropFaultySql(name: string): string {
  return `DELETE FROM ${name}.records WHERE ${MISSING}`
}

/** The views over `NAME.records`; their meaning stands with `LoadedRun`. */
export function viewsSql(name: string, file: string): string[] {
  const { skipped = '', refused = '' } = KEYS_OF.optionlake
  /** From the file anew. */
  const reading = (columns: Readonly<Record<string, string>>) =>
    `${readerSql(file, { step: 'BIGINT', ...columns }, true)} WHERE step IS NOT NULL`
  return [
    `CREATE VIEW ${name}.steps AS SELECT * EXCLUDE (orders, fills), len(orders) AS orders, len(fills) AS fills
  FROM ${name}.records`,
    `CREATE VIEW ${name}.orders AS SELECT * EXCLUDE (o), o.order_id AS order_id, o.side AS side, o.price AS price, o.qty AS qty
  FROM (SELECT step, bid, ask, mid, mark, unnest(orders) AS o FROM ${name}.records)`,
    `CREATE VIEW ${name}.fills AS SELECT step, f.*, CASE f.side WHEN 'BUY' THEN 1 ELSE -1 END AS direction
  FROM (SELECT step, unnest(fills) AS f FROM ${name}.records)`,
    `CREATE VIEW ${name}.trades AS SELECT step, t.* FROM (SELECT step, unnest(trades) AS t FROM ${reading({ trades: TRADES })})`,
    `CREATE VIEW ${name}.skipped AS SELECT step, s.* FROM (SELECT step, unnest(skipped) AS s FROM ${reading({ skipped })})`,
    `CREATE VIEW ${name}.refused AS SELECT step, r.* FROM (SELECT step, unnest(refused) AS r FROM ${reading({ refused })})`,
    `CREATE VIEW ${name}.books AS SELECT step, book.bids AS bids, book.asks AS asks FROM ${reading({ book: BOOK })}`,
  ]
}
