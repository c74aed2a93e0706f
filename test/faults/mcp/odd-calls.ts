/** One call of a tool: mostly wrong, sometimes right, always answerable in one line. */
export interface OddCall {
  readonly tool: string
  readonly given: unknown
}

const TOOLS = [
  ...['coverage', 'market_figures', 'iv_history', 'volatility_surface', 'realized_volatility'],
  ...['positioning', 'option_chain', 'underlying_bars', 'explain_figure', 'describe_tables', 'query_sql'],
]
const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1e308,
    -0.5,
    '',
    ' ',
    '%00',
    '\u0000',
    '../../etc/passwd',
    '__proto__',
    'constructor',
  ],
  ...[
    "SPY' OR 1=1--",
    '😀',
    '‮SPY',
    'x'.repeat(50_000),
    [],
    {},
    [[[]]],
    { toString: 1 },
    ['SPY'],
    { $gt: '' },
  ],
  ...[
    'SPY',
    'QQQ',
    'BRK B',
    'spy',
    '2026-02-30',
    '2026-11-20',
    '9999-12-31',
    '0000-00-00',
    'now',
    '20261218',
  ],
  ...['2026-11-20T10:00:00Z', '2026-11-20 25:00', 1e9, 10_000, 'C', 'iv30', 'market_metrics', 'yang_zhang'],
]
const KEYS = [
  ...[
    'symbol',
    'at',
    'from',
    'to',
    'days',
    'limit',
    'expiry',
    'right',
    'strike_from',
    'near_money',
    'figures',
  ],
  ...['name', 'tables', 'query', 'grid', 'estimator', 'strikes', '__proto__', 'toString', 'extra', ''],
]

/** Ways to write, to read elsewhere, to load code, to stay for ever and to take all memory. */
function hostileQueries(folder: string): string[] {
  const file = `${folder}/made-by-a-query`
  const inside = `${folder}/lake/made-by-a-query`
  return [
    ...[file, inside].flatMap((path) => [
      `COPY (SELECT 1) TO '${path}.csv'`,
      `COPY option_snapshots TO '${path}.parquet' (FORMAT parquet)`,
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${path}.csv'`,
      `EXPORT DATABASE '${path}'`,
      `ATTACH '${path}.db'`,
      `ATTACH '${path}.db' AS other; CREATE TABLE other.t AS SELECT 1`,
      `CREATE TABLE t AS SELECT * FROM read_csv('${path}')`,
      `SELECT * FROM read_csv('${path}')`,
      `SELECT * FROM '${path}.parquet'`,
      `SELECT * FROM write_log('x')`,
      `SET temp_directory = '${path}'`,
      `PRAGMA database_list; COPY (SELECT 1) TO '${path}.csv'`,
      `WITH x AS (SELECT 1) INSERT INTO slots SELECT * FROM x`,
      `SELECT 1 /* */; COPY (SELECT 1) TO '${path}.csv' --`,
    ]),
    ...["SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM glob('/*')"],
    ...[
      "SELECT getenv('HOME')",
      "SELECT * FROM read_blob('/proc/self/environ')",
      'INSTALL httpfs',
      'LOAD httpfs',
    ],
    ...["SELECT * FROM read_parquet('https://example.invalid/x.parquet')", 'FORCE INSTALL icu', 'CHECKPOINT'],
    ...[
      "SELECT * FROM sqlite_scan('x', 'y')",
      'DROP VIEW slots',
      'DELETE FROM slots',
      'UPDATE slots SET rows = 0',
    ],
    ...[
      'SET memory_limit = "100GB"',
      'SET enable_external_access = true',
      'RESET ALL',
      'CALL pragma_version()',
    ],
    ...[
      'CREATE MACRO f() AS 1',
      'BEGIN',
      'VACUUM',
      "SELECT * FROM query('COPY (SELECT 1) TO ''x''')",
      'DESCRIBE slots',
    ],
    ...['SELECT * FROM duckdb_settings()', 'SELECT * FROM duckdb_secrets()', 'CREATE SECRET s (TYPE s3)'],
    ...['SELECT', 'SELECT (((((', "SELECT '", ';', '--', '/*', '\u0000', 'SELECT 1;'.repeat(2_000)],
    ...[`SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}`, 'SELECT 1/0'],
    ...['SELECT count(*) FROM option_snapshots', 'SELECT 1', "SELECT 'nan'::DOUBLE, 'inf'::DOUBLE, NULL"],
  ]
}

/** Queries that run until their time or memory is used up. */
const SLOW = [
  'SELECT count(*) FROM range(1000000000000) a, range(1000) b',
  'SELECT list(i) FROM range(100000000) t(i)',
  "SELECT repeat('x', 1000000000)",
]
/** The share of the queries that are slow. */
const SLOW_SHARE = 0.03

export function oddCalls(random: () => number, folder: string): () => OddCall {
  const queries = hostileQueries(folder)
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  return () => {
    const tool = random() < 0.02 ? JSON.stringify(one(ODD)).slice(0, 200) : one(TOOLS)
    if (random() < 0.05) return { tool, given: one(ODD) }
    if (tool === 'query_sql' && random() < 0.9)
      return { tool, given: { query: one(random() < SLOW_SHARE ? SLOW : queries), limit: 50 } }
    const keys = Array.from({ length: Math.floor(random() * 4) }, () => one(KEYS))
    const entries: [string, unknown][] = keys.map((key) => [key, one(ODD)])
    if (random() < 0.7) entries.push(['symbol', 'SPY'])
    return { tool, given: Object.fromEntries(entries) }
  }
}
