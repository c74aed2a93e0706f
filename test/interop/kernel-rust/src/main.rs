//! Reads Delta tables with Delta Kernel for Rust. The requests and answers are those of external_engine.py.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

use delta_kernel::Snapshot;
use delta_kernel::arrow::array::{Array, AsArray};
use delta_kernel::arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use delta_kernel::engine::arrow_data::EngineDataArrowExt;
use delta_kernel_default_engine::DefaultEngineBuilder;
use delta_kernel_default_engine::storage::store_from_url;
use serde_json::{Value, json};

type Answer = Result<Value, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", json!({"ready": true}))?;
    out.flush()?;
    for line in io::stdin().lock().lines() {
        let answer = rows(&line?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn rows(request: &str) -> Answer {
    let request: Value = serde_json::from_str(request)?;
    let path = request["read"].as_str().ok_or("no table")?;
    let names: Vec<&str> = request["columns"].as_array().ok_or("no columns")?.iter().filter_map(Value::as_str).collect();
    let url = delta_kernel::try_parse_uri(path)?;
    let engine = Arc::new(DefaultEngineBuilder::new(store_from_url(&url)?).build());
    let snapshot = Snapshot::builder_for(url).build(engine.as_ref())?;
    let schema = snapshot.schema().project(&names)?;
    let scan = snapshot.scan_builder().with_schema(schema).build()?;
    let mut found: Vec<Vec<Value>> = Vec::new();
    for data in scan.execute(engine)? {
        let batch = data?.try_into_record_batch()?;
        for at in 0..batch.num_rows() {
            let row: Result<Vec<Value>, String> = names
                .iter()
                .map(|name| value_at(batch.column_by_name(name).ok_or(format!("no {name}"))?, at))
                .collect();
            found.push(row?);
        }
    }
    Ok(json!({"rows": found}))
}

fn value_at(column: &dyn Array, at: usize) -> Result<Value, String> {
    if column.is_null(at) {
        return Ok(Value::Null);
    }
    let text = match column.data_type() {
        DataType::Float64 => (column.as_primitive::<Float64Type>().value(at).to_bits() as i64).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(at).to_string(),
        DataType::Timestamp(_, _) => column.as_primitive::<TimestampMicrosecondType>().value(at).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(at).to_string(),
        DataType::Date32 => column.as_primitive::<Date32Type>().value(at).to_string(),
        DataType::Utf8 => column.as_string::<i32>().value(at).to_string(),
        other => return Err(format!("a column of type {other}")),
    };
    Ok(Value::String(text))
}
