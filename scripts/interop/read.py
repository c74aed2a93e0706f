"""Reads a Delta table with an engine that optionlake has nothing to do with.

read.py ENGINE: for every line on standard input, the path of a table, it prints one JSON object: rows, sum and keys
(how many different ones), or the error. The sum is the one of scripts/torture/ops.ts.
"""

import json
import sys

KEY = ["timestamp", "symbol", "strike", "expiry", "right"]
SUM = "con_id % 100003 + CAST(round(bid * 100) AS BIGINT) * 31 + volume * 17 + open_interest"


def of_arrow(table):
    import pyarrow.compute as pc

    whole = pc.multiply(pc.divide(table["con_id"], 100003), 100003)
    cents = pc.cast(pc.round(pc.multiply(table["bid"], 100)), "int64")
    parts = [pc.subtract(table["con_id"], whole), pc.multiply(cents, 31), pc.multiply(table["volume"], 17), table["open_interest"]]
    keys = table.group_by(KEY).aggregate([]).num_rows
    return table.num_rows, sum(pc.sum(part).as_py() for part in parts), keys


def delta_rs(path):
    """delta-rs by itself: its own log reader and query engine."""
    from deltalake import DeltaTable, QueryBuilder

    quoted = ", ".join(f'"{name}"' for name in KEY)
    query = f"SELECT count(*) AS n, sum({SUM}) AS s, (SELECT count(*) FROM (SELECT DISTINCT {quoted} FROM t)) AS k FROM t"
    result = QueryBuilder().register("t", DeltaTable(path)).execute(query).read_all()
    row = {name: result[name][0].as_py() for name in ("n", "s", "k")}
    return row["n"], row["s"], row["k"]


def pyarrow_dataset(path):
    """pyarrow over the files and partitions that the log names."""
    from deltalake import DeltaTable

    return of_arrow(DeltaTable(path).to_pyarrow_dataset().to_table())


def polars(path):
    import polars as pl

    total = pl.col("con_id") % 100003 + (pl.col("bid") * 100).round().cast(pl.Int64) * 31
    total = total + pl.col("volume") * 17 + pl.col("open_interest")
    frame = pl.scan_delta(path).select(*KEY, total.alias("total")).collect()
    return frame.height, frame["total"].sum(), frame.select(KEY).n_unique()


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

    return read


def main():
    engine = sys.argv[1]
    read = spark() if engine == "spark" else {"delta-rs": delta_rs, "pyarrow": pyarrow_dataset, "polars": polars}[engine]
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            rows, total, keys = read(line.strip())
            answer = {"rows": rows, "sum": total, "keys": keys}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
