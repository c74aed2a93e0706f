"""Changes and reads Delta tables with delta-rs, for the campaign `foreign`.

Each line on standard input is a command in JSON: {"op", "table", ...}. Each is answered by one line of JSON: the version
of the table after the command and what the command asks for, or "error".
"""

import json
import sys

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, QueryBuilder, write_deltalake


def arrow_type(field):
    """The type to build a column with: times are sent as epoch milliseconds, dates as text."""
    if pa.types.is_timestamp(field.type):
        return pa.timestamp("us", tz="UTC")
    if pa.types.is_date(field.type):
        return pa.date32()
    return pa.string() if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type) else field.type


def column_of(field, values):
    kind = arrow_type(field)
    if pa.types.is_timestamp(kind):
        return pa.array([None if value is None else value * 1000 for value in values], pa.int64()).cast(kind)
    if pa.types.is_date(kind):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def append(table, rows, extra):
    """Appends rows; `extra` names a text column that is added to the table if it does not have it."""
    fields = list(pa.schema(DeltaTable(table).schema().to_arrow()))
    names = [field.name for field in fields]
    columns = {field.name: column_of(field, [row.get(field.name) for row in rows]) for field in fields}
    if extra is not None and extra not in names:
        columns[extra] = pa.array([row.get(extra) for row in rows], pa.string())
    write_deltalake(table, pa.table(columns), mode="append", schema_mode="merge")


def plain(column):
    """Values as JSON: times in microseconds, dates as text."""
    if pa.types.is_timestamp(column.type):
        return pc.cast(pc.cast(column, pa.timestamp("us", tz="UTC")), pa.int64()).to_pylist()
    if pa.types.is_date(column.type):
        return pc.cast(column, pa.string()).to_pylist()
    return column.to_pylist()


def rows_of(table, version):
    found = DeltaTable(table, version=version).to_pyarrow_table()
    return {"columns": found.column_names, "values": [plain(found[name]) for name in found.column_names]}


def totals(table, select):
    row = QueryBuilder().register("t", DeltaTable(table)).execute(f"SELECT {select} FROM t").read_all()
    return {"totals": [row[name][0].as_py() for name in row.column_names]}


def filters(partition):
    return None if partition is None else [(name, "=", value) for name, value in partition.items()]


def run(command):
    op, table = command["op"], command["table"]
    if op == "rows":
        return rows_of(table, command.get("version"))
    if op == "totals":
        return totals(table, command["select"])
    if op == "append":
        append(table, command["rows"], command.get("extra"))
        return {}
    delta = DeltaTable(table)
    if op == "compact":
        delta.optimize.compact(partition_filters=filters(command.get("partition")))
    elif op == "z_order":
        delta.optimize.z_order(command["columns"], partition_filters=filters(command.get("partition")))
    elif op == "vacuum":
        deleted = delta.vacuum(
            retention_hours=command["retentionHours"], dry_run=False, enforce_retention_duration=False, full=command["full"]
        )
        return {"deleted": len(deleted)}
    elif op == "checkpoint":
        delta.create_checkpoint()
    elif op == "cleanup":
        delta.cleanup_metadata()
    elif op == "delete":
        delta.delete(command["where"])
    elif op == "update":
        delta.update(updates=command["set"], predicate=command["where"])
    elif op == "properties":
        delta.alter.set_table_properties(command["properties"], raise_if_not_exists=False)
    elif op == "restore":
        delta.restore(command["version"])
    else:
        raise ValueError(f"unknown operation {op}")
    return {}


def main():
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = run(command)
            if command["op"] not in ("rows", "totals"):
                answer["version"] = DeltaTable(command["table"]).version()
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
