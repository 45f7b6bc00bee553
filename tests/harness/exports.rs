//! Files that are taken away, read by programs that nobody here wrote.

use std::io::Write;
use std::process::{Command, Stdio};

use rust_decimal::Decimal;

use crate::harness::app::App;
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::signer::Key;

pub const OPERATOR: &str = "/operator/v1/exports";
pub const OPERATOR_PARQUET: &str = "/operator/v1/exports/parquet";
pub const PARTNER_CENTRE: &str = "/partner-centre/v1/exports";
pub const PARTNER_CENTRE_PARQUET: &str = "/partner-centre/v1/exports/parquet";

/// Of a statement: from before all that tests book, as by default it is that of the last year.
pub const EVER: &str = "trade_time_begin=2000-01-01";

/// Reads CSV strictly, and writes its rows as JSON: each as the texts of its columns, by name.
const READ_CSV: &str = "
import csv, io, json, sys
text = sys.stdin.buffer.read().decode('utf-8')
rows = csv.reader(io.StringIO(text, newline=''), strict=True)
names = next(rows)
assert len(set(names)) == len(names), names
rows = list(rows)
assert all(len(row) == len(names) for row in rows)
json.dump([dict(zip(names, row)) for row in rows], sys.stdout)
";

/// The columns of charges that are no texts.
const COLUMNS_OF_CHARGES: &str = "
import csv, decimal, io, json, sys
numbers = {'BilledCost', 'ContractedCost', 'EffectiveCost', 'ListCost', 'PricingQuantity',
           'ConsumedQuantity', 'x_BillDetailType', 'x_ChargingMode', 'x_Origin'}
times = {'BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd'}
";

/// Reads Parquet, checks the types of its columns, and writes its rows as CSV has them.
const READ_PARQUET: &str = "
import pyarrow as arrow, pyarrow.parquet as parquet
table = parquet.read_table(io.BytesIO(sys.stdin.buffer.read()))
def kind(name):
    if name in numbers: return arrow.decimal128(38, 8)
    return arrow.timestamp('ms', tz='UTC') if name in times else arrow.string()
for field in table.schema:
    assert field.type == kind(field.name), field
def text(value):
    if value is None: return ''
    if isinstance(value, decimal.Decimal): return f'{value.normalize():f}'
    return value if isinstance(value, str) else f'{value:%Y-%m-%dT%H:%M:%SZ}'
rows = table.to_pylist()
json.dump([{name: text(value) for name, value in row.items()} for row in rows], sys.stdout)
";

/// Reads the charges of a CSV file in the form that those of a Parquet file are read in.
const READ_CHARGES: &str = "
def plain(name, text):
    return f'{decimal.Decimal(text).normalize():f}' if text and name in numbers else text
file = io.StringIO(sys.stdin.buffer.read().decode('utf-8'), newline='')
rows = csv.DictReader(file, strict=True)
json.dump([{name: plain(name, text) for name, text in row.items()} for row in rows], sys.stdout)
";

/// A file of the operator's.
pub fn taken(app: &App, query: &str) -> Reply {
    whole(app.operator("GET", &format!("{OPERATOR}?{query}"), ""), query)
}

/// A file of a partner's.
pub fn taken_by(app: &App, key: &Key, query: &str) -> Reply {
    whole(app.get(key, &format!("{PARTNER_CENTRE}?{query}")), query)
}

fn whole(reply: Reply, query: &str) -> Reply {
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply
}

/// What a file is called.
pub fn name(reply: &Reply) -> &str {
    let disposition = reply.header("content-disposition").expect("a file");
    let name = disposition.strip_prefix("attachment; filename=\"").expect("a name");
    name.strip_suffix('"').expect("its end")
}

/// The rows of a CSV file, as Python reads them.
pub fn rows(reply: &Reply) -> Vec<Json> {
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
    read_by_python(READ_CSV, &reply.body).as_list().to_vec()
}

/// The charges of a file of either kind, as Python reads them: numbers without zeros at their end.
pub fn charges(reply: &Reply) -> Vec<Json> {
    let program = match reply.header("content-type") {
        Some("application/vnd.apache.parquet") => READ_PARQUET,
        Some("text/csv; charset=utf-8") => READ_CHARGES,
        other => panic!("a file of {other:?}"),
    };
    let program = format!("{COLUMNS_OF_CHARGES}{program}");
    read_by_python(&program, &reply.body).as_list().to_vec()
}

/// What a Python program writes of a file, as JSON.
pub fn read_by_python(program: &str, file: &[u8]) -> Json {
    let python = std::env::var("PYTHON_SDK").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let written = fed(command, file);
    Json::parse(&written).expect("JSON")
}

/// What a program writes when it is given a file; it must succeed.
pub fn fed(mut command: Command, file: &[u8]) -> String {
    let mut child = command.spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("its input");
    let file = file.to_vec();
    // In a thread of its own: a program may write before it has read all.
    let feeding = std::thread::spawn(move || input.write_all(&file));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    feeding.join().expect("no panic").expect("the file is read");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The number in a column of a row.
pub fn number(row: &Json, column: &str) -> Decimal {
    let text = row.text_at(column);
    text.parse().unwrap_or_else(|_| panic!("{column} is {text:?}"))
}

/// The sum of a column.
pub fn total(rows: &[Json], column: &str) -> Decimal {
    rows.iter().map(|row| number(row, column)).sum()
}

/// The texts of a column.
pub fn column<'r>(rows: &'r [Json], name: &str) -> Vec<&'r str> {
    rows.iter().map(|row| row.text_at(name)).collect()
}
