//! Charges of a month as FOCUS 1.2 has them, as Parquet: the columns of the CSV file, with types.
//!
//! Rows are put together in groups of some thousands; a group is written when it is full, so that a
//! long file costs the memory of a group, and for the directory at its end some kilobytes for each
//! group before. Amounts and quantities are exact decimals.

use super::focus::{COLUMNS, Kind, Row, each_focus_row};
use super::table::Cell;
use super::{BillsOf, Sink};
use crate::books::Books;
use crate::domain::bill::focus::Units;
use crate::domain::error::Reason;
use crate::store::StoreError;
use crate::value::money::DECIMALS_MAX;
use parquet::basic::Compression;
use parquet::data_type::{
    ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use rust_decimal::Decimal;
use std::fmt::Display;
use std::sync::Arc;

/// Rows of a group.
const ROWS_PER_GROUP: usize = 4_096;

/// Digits of numbers: as many as readers take.
const PRECISION: u32 = 38;

/// Decimals of numbers: the most that a number of the books has, so that none is rounded.
const SCALE: u32 = DECIMALS_MAX;

/// Writes the charges of a month as Parquet.
///
/// # Errors
/// Store failures, and what the sink refuses.
pub async fn write_focus_parquet(
    books: &Books<'_>,
    of: &BillsOf,
    units: &Units,
    sink: &impl Sink,
) -> Result<(), Reason> {
    sink.begin()?;
    let mut file = File::begin(sink)?;
    each_focus_row(books, of, units, |row| file.add(row)).await?;
    file.end()
}

/// A file on its way to a sink.
struct File<'s, S> {
    sink: &'s S,
    writer: SerializedFileWriter<Vec<u8>>,
    group: Vec<Values>,
    rows: usize,
}

/// Values of a column, those that are there, and of each row whether one is.
struct Values {
    known: Known,
    levels: Vec<i16>,
}

enum Known {
    Texts(Vec<ByteArray>),
    Numbers(Vec<FixedLenByteArray>),
    Times(Vec<i64>),
}

impl<'s, S: Sink> File<'s, S> {
    fn begin(sink: &'s S) -> Result<Self, Reason> {
        let schema = parse_message_type(&schema()).map_err(unwritten)?;
        let properties = WriterProperties::builder()
            .set_created_by("billing".to_owned())
            .set_compression(Compression::SNAPPY)
            // Those of pages would stay in memory until the end.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties.into());
        Ok(Self { sink, writer: writer.map_err(unwritten)?, group: empty(), rows: 0 })
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), Reason> {
        for (values, column) in self.group.iter_mut().zip(COLUMNS) {
            values.add(column.cell_of(row))?;
        }
        self.rows += 1;
        if self.rows == ROWS_PER_GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), Reason> {
        let group = std::mem::replace(&mut self.group, empty());
        self.rows = 0;
        let mut writer = self.writer.next_row_group().map_err(unwritten)?;
        for values in group {
            let column = writer.next_column().map_err(unwritten)?;
            values.write(column.ok_or_else(|| misused("a column too many"))?)?;
        }
        writer.close().map_err(unwritten)?;
        self.writer.flush().map_err(unwritten)?;
        self.sink.write(&std::mem::take(self.writer.inner_mut()))
    }

    fn end(mut self) -> Result<(), Reason> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.sink.write(&self.writer.into_inner().map_err(unwritten)?)
    }
}

impl Values {
    fn add(&mut self, cell: Cell<'_>) -> Result<(), Reason> {
        match (&mut self.known, cell) {
            (_, Cell::Nothing) => {
                self.levels.push(0);
                return Ok(());
            }
            (Known::Texts(texts), Cell::Text(text)) => {
                texts.push(ByteArray::from(text.as_bytes().to_vec()));
            }
            (Known::Numbers(numbers), Cell::Number(number)) => numbers.push(exact(number)?),
            (Known::Times(times), Cell::Time(time)) => {
                times.push(time.instant().timestamp_millis());
            }
            _ => return Err(misused("a cell of another kind")),
        }
        self.levels.push(1);
        Ok(())
    }

    fn write(self, mut column: SerializedColumnWriter<'_>) -> Result<(), Reason> {
        let levels = Some(self.levels.as_slice());
        match &self.known {
            Known::Texts(texts) => column.typed::<ByteArrayType>().write_batch(texts, levels, None),
            Known::Numbers(numbers) => {
                column.typed::<FixedLenByteArrayType>().write_batch(numbers, levels, None)
            }
            Known::Times(times) => column.typed::<Int64Type>().write_batch(times, levels, None),
        }
        .map_err(unwritten)?;
        column.close().map_err(unwritten)
    }
}

fn empty() -> Vec<Values> {
    let of = |kind| match kind {
        Kind::Text => Known::Texts(Vec::new()),
        Kind::Number => Known::Numbers(Vec::new()),
        Kind::Time => Known::Times(Vec::new()),
    };
    COLUMNS.iter().map(|column| Values { known: of(column.kind), levels: Vec::new() }).collect()
}

/// The columns as Parquet declares them.
fn schema() -> String {
    let declared = COLUMNS.iter().map(|column| {
        let name = column.name;
        match column.kind {
            Kind::Text => format!("optional binary {name} (STRING);\n"),
            Kind::Number => {
                format!(
                    "optional fixed_len_byte_array(16) {name} (DECIMAL({PRECISION},{SCALE}));\n"
                )
            }
            Kind::Time => format!("optional int64 {name} (TIMESTAMP(MILLIS,true));\n"),
        }
    });
    format!("message focus {{\n{}}}", declared.collect::<String>())
}

/// The number in units of the last decimal, as sixteen bytes, the highest first.
fn exact(number: Decimal) -> Result<FixedLenByteArray, Reason> {
    let number = number.normalize();
    let missing = SCALE.checked_sub(number.scale()).ok_or_else(|| misused("a decimal too many"))?;
    let units =
        number.mantissa().checked_mul(10_i128.pow(missing)).ok_or(Reason::AmountTooLarge)?;
    Ok(FixedLenByteArray::from(units.to_be_bytes().to_vec()))
}

fn unwritten(error: impl Display) -> Reason {
    misused(&error.to_string())
}

fn misused(what: &str) -> Reason {
    StoreError::Misuse(format!("a Parquet file: {what}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_below_zero_and_as_large_as_any_amount() {
        for (number, units) in [
            ("0.00", 0_i128),
            ("12.3000000000", 1_230_000_000),
            ("-0.00000001", -1),
            ("10000000000000.00000001", 1_000_000_000_000_000_000_001),
            ("-9999999999999999999999999999", -999_999_999_999_999_999_999_999_999_900_000_000),
        ] {
            let exact = exact(number.parse().expect(number)).expect("fits");
            assert_eq!(exact.data(), units.to_be_bytes(), "{number}");
        }
        // Refused, not rounded.
        assert!(exact("0.000000001".parse().expect("a number")).is_err());
    }
}
