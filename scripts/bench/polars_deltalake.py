"""The same rows and queries in Polars with deltalake: partitioned by symbol and month of expiry, with stored keys filtered
out before each append. Called by bench-lake; prints one JSON object.

    polars_deltalake.py <folder of Hive partitions> <folder to work in> <facts as JSON>
"""

import json
import statistics
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import polars as pl
from deltalake import DeltaTable, WriterProperties, write_deltalake

rows_folder, work, facts = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
table = str(work / "option_snapshots")
KEY = ["timestamp", "symbol", "strike", "expiry", "right"]
FEW = facts["few"]
ZSTD = WriterProperties(compression="ZSTD")


def read_day(date):
    frames = []
    for symbol in facts["symbols"]:
        folder = rows_folder / f"symbol={symbol}" / f"date={date}"
        files = sorted(folder.glob("*.parquet"))
        frame = pl.concat([pl.read_parquet(one, hive_partitioning=False) for one in files])
        frames.append(frame.with_columns(symbol=pl.lit(symbol), date=pl.lit(date).str.to_date()))
    return pl.concat(frames)


def store(frame):
    frame = frame.sort("symbol", "yearmonth", "expiry", "right", "strike", "timestamp")
    write_deltalake(table, frame.to_arrow(), mode="append", partition_by=["symbol", "yearmonth"], writer_properties=ZSTD)


def at(ms):
    return datetime.fromtimestamp(ms / 1000, tz=timezone.utc)


def median_ms(ask, budget=6.0, most=15):
    ask()
    taken, began = [], time.perf_counter()
    while len(taken) < most and (len(taken) < 3 or time.perf_counter() - began < budget):
        start = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


began = time.perf_counter()
for date in facts["dates"][:-1]:
    store(read_day(date))
today = read_day(facts["dates"][-1])
slots = today["timestamp"].unique().sort()
store(today.filter(pl.col("timestamp").is_in(slots[:-20].implode())))
load_seconds = time.perf_counter() - began

appends = []
for slot in slots[-20:]:
    fresh = today.filter(pl.col("timestamp") == slot)
    start = time.perf_counter()
    months = fresh["yearmonth"].unique().to_list()
    stored = (
        pl.scan_delta(table)
        .filter(pl.col("symbol").is_in(facts["symbols"]) & pl.col("yearmonth").is_in(months) & (pl.col("timestamp") == slot))
        .select(KEY)
        .collect()
    )
    store(fresh.join(stored, on=KEY, how="anti"))
    appends.append(1000 * (time.perf_counter() - start))

delta = DeltaTable(table)


def rows():
    delta.update_incremental()
    return pl.scan_delta(delta).filter(pl.col("symbol") == facts["symbol"])


def chain(until):
    near = rows().filter(pl.col("timestamp").is_between(until - timedelta(days=1), until)).collect()
    return near.filter(pl.col("timestamp") == near["timestamp"].max()).to_dicts()


def near_money(slots):
    return (
        rows()
        .filter(pl.col("timestamp").is_between(at(slots[0]), at(slots[1])))
        .filter((pl.col("expiry") == facts["expiry"]) & (pl.col("yearmonth") == facts["expiry"][:6]))
        .filter((pl.col("strike") - pl.col("underlying_price")).abs() <= 0.5)
        .select(FEW)
        .collect()
        .to_dicts()
    )


def history():
    return (
        rows()
        .filter((pl.col("expiry") == facts["expiry"]) & (pl.col("yearmonth") == facts["expiry"][:6]))
        .filter((pl.col("strike") == facts["strike"]) & (pl.col("right") == "C"))
        .filter(pl.col("timestamp").is_between(at(facts["from"]), at(facts["to"])))
        .select(FEW)
        .collect()
        .to_dicts()
    )


def year_of_iv():
    days = pl.col("expiry").str.to_date("%Y%m%d") - pl.col("date")
    return (
        rows()
        .filter(pl.col("timestamp").dt.convert_time_zone("America/New_York").dt.strftime("%H:%M") == "15:45")
        .filter((pl.col("strike") - pl.col("underlying_price")).abs() <= 0.5)
        .filter(days.dt.total_days().is_between(25, 35))
        .group_by("date")
        .agg(pl.col("iv").mean())
        .collect()
        .to_dicts()
    )


def totals():
    delta.update_incremental()
    actions = pl.DataFrame(delta.get_add_actions(flatten=True))
    return actions.select(pl.col("num_records").sum(), pl.col("min.timestamp").min(), pl.col("max.timestamp").max())


answers = {
    "latest chain, from disk": median_ms(lambda: chain(at(facts["now"]))),
    "chain as of a minute, compacted": median_ms(lambda: chain(at(facts["minute"]))),
    "at the money over a day, compacted": median_ms(lambda: near_money(facts["yesterday"])),
    "at the money today, repeated": median_ms(lambda: near_money(facts["today"])),
    "one contract over 60 days": median_ms(history),
    "a year of daily iv30": median_ms(year_of_iv),
    "statistics": median_ms(totals),
    "slot commit": statistics.median(appends),
}
stored = totals()
size = sum(one.stat().st_size for one in Path(table).rglob("*.parquet"))
print(json.dumps({"answers": answers, "loadSeconds": load_seconds, "bytesPerRow": size / stored["num_records"][0]}))
