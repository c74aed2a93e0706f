"""Reads Delta tables with an engine that does not belong to optionlake.

Usage: read_delta.py ENGINE. Each line on standard input is a query in JSON; each is answered by one line of JSON, with
"error" if it failed. {"table"} is answered by rows, keys (distinct ones) and the sum of SUM_SQL in
test/support/writer-operations.ts. {"table", "columns", "doubles"} is answered by rows, known (values that are not null,
for each column) and the sum of all doubles.
"""

import json
import sys

KEY = ["timestamp", "symbol", "strike", "expiry", "right"]
SUM = "con_id % 100003 + CAST(round(bid * 100) AS BIGINT) * 31 + volume * 17 + open_interest"
SUM += " + CAST(round(iv * 1000000) AS BIGINT) * 7 + CAST(round(gamma * 100000000) AS BIGINT) * 3"


def arrow_totals(table):
    import pyarrow.compute as pc

    whole = pc.multiply(pc.divide(table["con_id"], 100003), 100003)
    cents = pc.cast(pc.round(pc.multiply(table["bid"], 100)), "int64")
    greeks = [pc.multiply(pc.cast(pc.round(pc.multiply(table[name], 10**digits)), "int64"), by) for name, digits, by in (("iv", 6, 7), ("gamma", 8, 3))]
    parts = [pc.subtract(table["con_id"], whole), pc.multiply(cents, 31), pc.multiply(table["volume"], 17), table["open_interest"], *greeks]
    keys = table.group_by(KEY).aggregate([]).num_rows
    return table.num_rows, sum(pc.sum(part).as_py() for part in parts), keys


def counts_sql(columns, doubles, quote):
    name = lambda column: f"{quote}{column}{quote}"
    sums = " + ".join(f"coalesce(sum({name(column)}), 0.0)" for column in doubles) or "0.0"
    return "SELECT count(*) AS rows, " + "".join(f"count({name(c)}) AS k{at}, " for at, c in enumerate(columns)) + f"{sums} AS total FROM t"


def counts_of(row, columns):
    return row["rows"], [row[f"k{at}"] for at in range(len(columns))], row["total"]


def delta_rs(path):
    """delta-rs alone: its own log reader and query engine."""
    from deltalake import DeltaTable, QueryBuilder

    quoted = ", ".join(f'"{name}"' for name in KEY)
    query = f"SELECT count(*) AS n, sum({SUM}) AS s, (SELECT count(*) FROM (SELECT DISTINCT {quoted} FROM t)) AS k FROM t"
    result = QueryBuilder().register("t", DeltaTable(path)).execute(query).read_all()
    row = {name: result[name][0].as_py() for name in ("n", "s", "k")}
    return row["n"], row["s"], row["k"]


def delta_rs_counts(path, columns, doubles):
    from deltalake import DeltaTable, QueryBuilder

    result = QueryBuilder().register("t", DeltaTable(path)).execute(counts_sql(columns, doubles, '"')).read_all()
    return counts_of({name: result[name][0].as_py() for name in result.column_names}, columns)


def pyarrow_dataset(path):
    """pyarrow, over the files and partitions that delta-rs finds in the log."""
    from deltalake import DeltaTable

    return arrow_totals(DeltaTable(path).to_pyarrow_dataset().to_table())


def pyarrow_counts(path, columns, doubles):
    from deltalake import DeltaTable
    import pyarrow.compute as pc

    table = DeltaTable(path).to_pyarrow_dataset().to_table()
    known = [table.num_rows - table[column].null_count for column in columns]
    return table.num_rows, known, sum(pc.sum(table[column]).as_py() or 0 for column in doubles)


def polars(path):
    import polars as pl

    total = pl.col("con_id") % 100003 + (pl.col("bid") * 100).round().cast(pl.Int64) * 31
    total = total + pl.col("volume") * 17 + pl.col("open_interest")
    total = total + (pl.col("iv") * 10**6).round().cast(pl.Int64) * 7 + (pl.col("gamma") * 10**8).round().cast(pl.Int64) * 3
    frame = pl.scan_delta(path).select(*KEY, total.alias("total")).collect()
    return frame.height, frame["total"].sum(), frame.select(KEY).n_unique()


def polars_counts(path, columns, doubles):
    import polars as pl

    frame = pl.scan_delta(path).collect()
    return frame.height, [frame[column].count() for column in columns], sum(frame[column].sum() for column in doubles)


def spark():
    from pyspark.sql import SparkSession

    package, cache = sys.argv[2], sys.argv[3]
    builder = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars.packages", package)
        .config("spark.jars.ivy", cache)
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.host", "127.0.0.1")
    )
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")

    def read(path):
        frame = session.read.format("delta").load(path)
        frame.createOrReplaceTempView("t")
        quoted = ", ".join(f"`{name}`" for name in KEY)
        row = session.sql(f"SELECT count(*) n, sum({SUM}) s, count(DISTINCT {quoted}) k FROM t").collect()[0]
        return row.n, row.s, row.k

    def count(path, columns, doubles):
        session.read.format("delta").load(path).createOrReplaceTempView("t")
        return counts_of(session.sql(counts_sql(columns, doubles, "`")).collect()[0], columns)

    return read, count


ENGINES = {
    "delta-rs": lambda: (delta_rs, delta_rs_counts),
    "pyarrow": lambda: (pyarrow_dataset, pyarrow_counts),
    "polars": lambda: (polars, polars_counts),
    "spark": spark,
}


def main():
    read, count = ENGINES[sys.argv[1]]()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            query = json.loads(line)
            if "columns" in query:
                rows, known, total = count(query["table"], query["columns"], query["doubles"])
                answer = {"rows": rows, "known": known, "sum": total}
            else:
                rows, total, keys = read(query["table"])
                answer = {"rows": rows, "sum": total, "keys": keys}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
