"""Runs an example of docs/lake.md, read from standard input, and prints totals of the `chain` that it leaves, as JSON.

Usage: run_snippet.py ENGINE [FOLDER_OF_JARS]. The working directory has the lake of the page.
"""

import contextlib
import glob
import json
import sys
from os.path import join


def spark_session():
    from pyspark.sql import SparkSession

    jars = glob.glob(join(sys.argv[2], "*.jar"))
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", ",".join(jars))
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", join(sys.argv[2], "warehouse"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


SQL = ["count(*)", "count(mid)", "sum(mid)", "sum(days_to_expiry)", "count(option_right)", "sum(quality_flags)"]

TOTALS = {
    "pandas": lambda chain: [
        len(chain),
        chain["mid"].count(),
        chain["mid"].sum(),
        chain["days_to_expiry"].sum(),
        chain.option_right.count(),
        chain.quality_flags.sum(),
    ],
    "Polars": lambda chain: [
        chain.height,
        chain["mid"].count(),
        chain["mid"].sum(),
        chain["days_to_expiry"].sum(),
        chain["option_right"].count(),
        chain["quality_flags"].sum(),
    ],
    "DuckDB in Python": lambda chain: chain.aggregate(", ".join(SQL)).fetchall()[0],
    "Spark": lambda chain: chain.selectExpr(*SQL).collect()[0],
}


def main():
    engine = sys.argv[1]
    names = {"spark": spark_session()} if engine == "Spark" else {}
    # What the example prints for people is not part of the answer.
    with contextlib.redirect_stdout(sys.stderr):
        exec(compile(sys.stdin.read(), f"<{engine}>", "exec"), names)
    print(json.dumps([float(value) for value in TOTALS[engine](names["chain"])]))


main()
