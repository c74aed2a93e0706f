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
      `SELECT * FROM enable_profiling(format = 'json', save_location = '${path}.json')`,
      `FROM enable_logging(storage = 'file', storage_config = {'path': '${path}'})`,
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
      "FROM enable_logging(storage = 'stdout', level = 'debug')",
      'SELECT * FROM arrow_scan(1, 2, 3)',
      "SELECT * FROM query('COPY (SELECT 1) TO ''x''')",
      'DESCRIBE slots',
    ],
    ...['SELECT * FROM duckdb_settings()', 'SELECT * FROM duckdb_secrets()', 'CREATE SECRET s (TYPE s3)'],
    ...['SELECT', 'SELECT (((((', "SELECT '", ';', '--', '/*', '\u0000', 'SELECT 1;'.repeat(2_000)],
    ...[`SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}`, 'SELECT 1/0'],
    ...['SELECT count(*) FROM option_snapshots', 'SELECT 1', "SELECT 'nan'::DOUBLE, 'inf'::DOUBLE, NULL"],
  ]
}

/** Queries that run until their time or memory is used up, while they are planned or later. */
const SLOW = [
  ...['SELECT count(*) FROM range(1000000000000) a, range(1000) b', "SELECT repeat('x', 1000000000)"],
  ...['SELECT list(i) FROM range(100000000) t(i)', 'SELECT range(100000000)', 'SELECT sleep_ms(100000)'],
  ...['SELECT generate_series(1, 1000000000)', 'SELECT 1 LIMIT len(range(1000000000))'],
  "SELECT length(repeat('x', 1000000000) || repeat('y', 1000000000))",
  'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t',
  "SELECT length(string_agg(repeat('x', 1000), '')) FROM option_snapshots a, option_snapshots b, option_snapshots c",
  "SELECT max(s) FROM (SELECT repeat('x', 200) || i AS s FROM range(20000000) t(i) ORDER BY s LIMIT 10000000)",
  "SELECT regexp_matches(repeat('a', 100000000), '(a*)*b')",
  'SELECT * FROM (PIVOT (SELECT range AS a FROM range(100000)) ON a IN (1, 2) USING count(*)) LIMIT 5',
  'SELECT count(DISTINCT hash(a.range * b.range)) FROM range(1000000) a, range(1000000) b',
]
/** The share of the queries that are slow. */
const SLOW_SHARE = 0.05

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
