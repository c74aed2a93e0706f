import { CHAINS_COLUMNS } from '../../src/lake/query/chains-view.ts'

const CHAINS_SQL = CHAINS_COLUMNS.map(({ name, sql }) => `  ${sql} AS ${name}`).join(',\n')

/**
 * How to read the lake with other engines. Test programs run the blocks of code as they stand on the page: each engine
 * has a heading, and leaves its result in `chain`.
 */
export const SNIPPETS = `## Other engines

The paths are those after \`npm run collect-once\`; with a real gateway the folder is \`lake/ib\`. Each example reads the newest
version of the table and adds the columns of the view [\`chains\`](#the-view-chains), since a view cannot be stored in a Delta
table.

**Do not read the folder with a wildcard** such as \`lake/simulated/option_snapshots/**/*.parquet\`. Files that were replaced
stay on disk until \`optionlake vacuum\` deletes them, and a wildcard reads them too: rows are counted twice, and old values
appear beside new ones. The log says which files count.

**\`right\` and \`flags\` collide.** \`right\` is a reserved word in SQL: write \`"right"\`, or in Spark \`\` \`right\` \`\`. \`flags\` is an
attribute of every pandas DataFrame: \`df.flags\` is not the column, \`df["flags"]\` is. \`chains\` and the examples call them
\`option_right\` and \`quality_flags\`.

\`npm run test:interop\` runs the examples of pandas, Polars, DuckDB in Python and Spark as they stand here, and reads a lake
that is being written with these and more engines ([results](reliability.md)). Trino and ClickHouse are not part of it; the
tables need no more than Delta reader version 1.

### pandas

\`pip install deltalake pyarrow pandas\`

\`\`\`python
import pandas as pd
from deltalake import DeltaTable

chain = DeltaTable("lake/simulated/option_snapshots").to_pandas(partitions=[("symbol", "=", "SPY")])
chain = chain.rename(columns={"right": "option_right", "flags": "quality_flags"})
chain["mid"] = ((chain["bid"] + chain["ask"]) / 2).where((chain["bid"] > 0) & (chain["ask"] >= chain["bid"]))
chain["expiry_date"] = pd.to_datetime(chain["expiry"], format="%Y%m%d")
chain["days_to_expiry"] = (chain["expiry_date"] - pd.to_datetime(chain["date"])).dt.days
print(chain[["expiry_date", "strike", "option_right", "mid", "days_to_expiry"]].head())
\`\`\`

### Polars

\`pip install deltalake polars\`

\`\`\`python
import polars as pl

bid, ask = pl.col("bid"), pl.col("ask")
chain = (
    pl.scan_delta("lake/simulated/option_snapshots")
    .filter(pl.col("symbol") == "SPY")
    .rename({"right": "option_right", "flags": "quality_flags"})
    .with_columns(
        mid=pl.when((bid > 0) & (ask >= bid)).then((bid + ask) / 2),
        expiry_date=pl.col("expiry").str.to_date("%Y%m%d"),
    )
    .with_columns(days_to_expiry=(pl.col("expiry_date") - pl.col("date")).dt.total_days())
    .collect()
)
print(chain.select("expiry_date", "strike", "option_right", "mid", "days_to_expiry").head())
\`\`\`

### DuckDB in Python

\`pip install deltalake pyarrow duckdb\`. delta-rs reads the log, so DuckDB needs no extension:

\`\`\`python
import duckdb
from deltalake import DeltaTable

option_snapshots = DeltaTable("lake/simulated/option_snapshots").to_pyarrow_dataset()
chain = duckdb.sql("""
    SELECT * EXCLUDE ("right", flags), "right" AS option_right, flags AS quality_flags,
        CASE WHEN bid > 0 AND ask >= bid THEN (bid + ask) / 2 END AS mid,
        strptime(expiry, '%Y%m%d')::DATE AS expiry_date,
        date_diff('day', date, strptime(expiry, '%Y%m%d')::DATE) AS days_to_expiry
    FROM option_snapshots WHERE symbol = 'SPY'
""")
chain.limit(5).show()
\`\`\`

### DuckDB

DuckDB reads Delta tables with its extension \`delta\`, which \`INSTALL\` downloads once:

\`\`\`text
INSTALL delta;
LOAD delta;
CREATE VIEW option_snapshots AS FROM delta_scan('lake/simulated/option_snapshots');
\`\`\`

Without a download, ask \`optionlake sql\`, which is DuckDB too, or export what you need:
\`optionlake export --symbol SPY --from 2026-11-02 --to 2026-11-20 --out spy.parquet\`

\`\`\`sql
CREATE VIEW option_snapshots AS FROM 'spy.parquet';
\`\`\`

Then, either way:

\`\`\`sql
CREATE VIEW chains AS SELECT * EXCLUDE ("right", flags),
${CHAINS_SQL}
FROM option_snapshots;
SELECT expiry_date, strike, option_right, mid, days_to_expiry FROM chains WHERE symbol = 'SPY' LIMIT 5;
\`\`\`

### Spark

Spark 4.2, started with
\`pyspark --packages io.delta:delta-spark_4.2_2.13:4.4.0 --conf spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension --conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog --conf spark.sql.session.timeZone=UTC\`
(downloads Delta once):

\`\`\`python
spark.read.format("delta").load("lake/simulated/option_snapshots").createOrReplaceTempView("option_snapshots")
chain = spark.sql("""
    SELECT *, \`right\` AS option_right, flags AS quality_flags,
        CASE WHEN bid > 0 AND ask >= bid THEN (bid + ask) / 2 END AS mid,
        to_date(expiry, 'yyyyMMdd') AS expiry_date,
        datediff(to_date(expiry, 'yyyyMMdd'), date) AS days_to_expiry
    FROM option_snapshots WHERE symbol = 'SPY'
""").drop("right", "flags")
chain.select("expiry_date", "strike", "option_right", "mid", "days_to_expiry").show(5)
\`\`\`

### Trino

With the Delta Lake connector and \`delta.register-table-procedure.enabled=true\` in its catalog (here named \`delta\`). The
catalog's file system must be able to read the location:

\`\`\`text
CREATE SCHEMA delta.ib;
CALL delta.system.register_table(
  schema_name => 'ib', table_name => 'option_snapshots', table_location => 'local:///ib/option_snapshots');
SELECT count(*) FROM delta.ib.option_snapshots WHERE symbol = 'SPY';
\`\`\`

### ClickHouse

From a folder that its \`user_files_path\` allows:

\`\`\`text
SELECT count() FROM deltaLakeLocal('/srv/lake/ib/option_snapshots') WHERE symbol = 'SPY';
\`\`\`
`

/** The view `chains` of `optionlake sql`. */
export function chainsSection(): string {
  const rows = CHAINS_COLUMNS.map(({ name, type, unit, nullable, doc }) =>
    [`\`${name}\``, type, unit, nullable ? 'yes' : 'no', doc].join(' | '),
  )
  return [
    '### The view chains',
    '',
    '`optionlake sql` and the library have a view `chains`: `option_snapshots` with these columns, and without `right` and',
    '`flags`, which collide with SQL and pandas. It is not stored; [Other engines](#other-engines) has the same for them.',
    '',
    '| column | type | unit | may be null | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n')
}
