"""Reads and changes Delta tables with an engine that does not belong to optionlake.

Usage: external_engine.py ENGINE [ARGUMENT...]. Each line on standard input is a request in JSON; each is answered by one
line of JSON, with "error" if it failed.

{"read": FOLDER, "columns": [...]} is answered by "rows". A value is text, or null: whole numbers in decimal, doubles as
the whole number that has the same 64 bits, timestamps as microseconds and dates as days since 1970.

{"run": CODE, "lake": FOLDER} runs the code of an operation, and is answered by its "result" as text. For delta-rs it is
Python in which each table of the lake is a DeltaTable with the table's name; for Spark it is SQL in which the table's name
stands for its folder.
"""

import glob
import json
import os
import re
import sys
from os.path import dirname, join

TABLES = (
    "option_snapshots",
    "slots",
    "market_metrics",
    "daily_observations",
    "future_snapshots",
    "underlying_bars",
    "surfaces",
    "surface_grid",
)


def text_columns(table):
    """The columns of an Arrow table as lists of text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for column in table.columns:
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_timestamp(column.type):
            column = pc.cast(pc.cast(column, pa.timestamp("us", column.type.tz)), pa.int64())
        elif pa.types.is_date32(column.type):
            column = pc.cast(column, pa.int32())
        elif pa.types.is_float64(column.type):
            column = column.view(pa.int64())
        columns.append([None if value is None else str(value) for value in column.to_pylist()])
    return columns


def quoted(columns, quote='"'):
    return ", ".join(f"{quote}{name}{quote}" for name in columns)


def delta_rs():
    """delta-rs alone: its own log reader and query engine."""
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder

    def read(path, columns):
        query = f"SELECT {quoted(columns)} FROM t"
        return pa.table(QueryBuilder().register("t", DeltaTable(path)).execute(query).read_all())

    def run(code, lake):
        import deltalake
        import pyarrow.compute as pc

        scope = {"deltalake": deltalake, "pa": pa, "pc": pc}
        for name in TABLES:
            # A table may be created later, or be one that this engine cannot open.
            if re.search(rf"\b{name}\b", code):
                scope[name] = DeltaTable(join(lake, name))
        lines = code.strip().split("\n")
        exec("\n".join(lines[:-1]), scope)
        return eval(lines[-1], scope)

    return read, run


def pyarrow_dataset():
    """pyarrow, over the files and partitions that delta-rs finds in the log."""
    from deltalake import DeltaTable

    return lambda path, columns: DeltaTable(path).to_pyarrow_dataset().to_table(columns=columns), None


def polars():
    import polars as pl

    return lambda path, columns: pl.scan_delta(path).select(columns).collect().to_arrow(), None


def duckdb_delta():
    """DuckDB with its Delta extension, which is Delta Kernel for Rust."""
    import duckdb
    import duckdb_extension_delta

    extension, = glob.glob(join(dirname(duckdb_extension_delta.__file__), "extensions", f"v{duckdb.__version__}", "*"))
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    connection.execute("SET TimeZone = 'UTC'")

    def read(path, columns):
        return connection.execute(f"SELECT {quoted(columns)} FROM delta_scan('file://{path}')").to_arrow_table()

    return read, None


def duckdb_files():
    """DuckDB without an extension, over the files and partition values that delta-rs finds in the log."""
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")

    def read(path, columns):
        table = DeltaTable(path)
        partitions = table.metadata().partition_columns
        files = [{"file": join(path, add["path"]), **{name: add[f"partition.{name}"] for name in partitions}}
                 for add in pa.table(table.get_add_actions(flatten=True)).to_pylist()]
        # An empty table has no files to read.
        if not files:
            return pa.table({name: [] for name in columns})
        connection.register("files", pa.Table.from_pylist(files))
        names = [add["file"].replace("'", "''") for add in files]
        data = f"read_parquet({names}, union_by_name = true, hive_partitioning = false, filename = true)"
        stored = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {data}").fetchall()}
        # A column that was added to the table need not be in any of its files.
        own = lambda name: f'd."{name}"' if name in stored else f'NULL::VARCHAR AS "{name}"'
        wanted = ", ".join(f'f."{name}"' if name in partitions else own(name) for name in columns)
        query = f"SELECT {wanted} FROM {data} d JOIN files f ON d.filename = f.file"
        return connection.execute(query).to_arrow_table()

    return read, None


def spark():
    from pyspark.sql import SparkSession

    jars = glob.glob(join(sys.argv[2], "*.jar"))
    builder = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", ",".join(jars))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", join(sys.argv[2], "warehouse"))
        # For tiny tables, compiling costs more than it saves.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.sources.parallelPartitionDiscovery.parallelism", "1")
        .config("spark.databricks.delta.snapshotPartitions", "1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
    )
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")

    def read(path, columns):
        session.catalog.clearCache()
        return session.read.format("delta").load(path).select(*[f"`{name}`" for name in columns]).toArrow()

    def run(code, lake):
        answer = None
        for statement in code.split(";"):
            for name in TABLES:
                statement = re.sub(rf"\b{name}\b", f"delta.`{join(lake, name)}`", statement)
            answer = session.sql(statement).collect()
        return answer

    return read, run


ENGINES = {
    "delta-rs": delta_rs,
    "pyarrow": pyarrow_dataset,
    "polars": polars,
    "duckdb-delta": duckdb_delta,
    "duckdb-files": duckdb_files,
    "spark": spark,
}


def answer_to(request, read, run):
    if "run" in request:
        return {"result": str(run(request["run"], request["lake"]))}
    columns = text_columns(read(request["read"], request["columns"]))
    return {"rows": list(zip(*columns))}


def main():
    # Spark prints to standard output, too.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    read, run = ENGINES[sys.argv[1]]()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            answer = answer_to(json.loads(line), read, run)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main()
