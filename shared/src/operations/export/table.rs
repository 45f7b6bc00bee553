//! Tables as CSV: rows of cells, exact, and nothing in them that a spreadsheet would run.

use super::Sink;
use crate::domain::error::Reason;
use crate::store::{KeyValueError, StoreError};
use crate::value::money::{Money, Quantity};
use crate::value::time::Timestamp;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::io;

/// What a spreadsheet takes a text for a formula by, if it begins with one: also in full width, and
/// after what it leaves out.
const BEGINS_A_FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// One cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell<'r> {
    /// There is nothing to be said.
    Nothing,
    /// A text.
    Text(Cow<'r, str>),
    /// A number, with the digits that it has.
    Number(Decimal),
    /// An instant.
    Time(Timestamp),
}

impl<'r> Cell<'r> {
    /// A text, or nothing.
    pub(super) fn optional(text: Option<&'r str>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// A text.
    pub(super) fn text(text: &'r str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// A text that is made for the table.
    pub(super) fn owned(text: impl ToString) -> Self {
        Self::Text(Cow::Owned(text.to_string()))
    }

    /// A code that is a number, or nothing.
    pub(super) fn code(code: Option<i64>) -> Self {
        code.map_or(Self::Nothing, |code| Self::Number(code.into()))
    }

    /// A quantity, or nothing.
    pub(super) fn quantity(quantity: Option<Quantity>) -> Self {
        quantity.map_or(Self::Nothing, |quantity| Self::Number(quantity.decimal()))
    }

    /// An instant, or nothing.
    pub(super) fn time(time: Option<Timestamp>) -> Self {
        time.map_or(Self::Nothing, Self::Time)
    }

    /// As CSV has it.
    fn written(&self) -> Cow<'_, str> {
        match self {
            Self::Nothing => Cow::Borrowed(""),
            Self::Text(text) => defused(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Time(time) => Cow::Owned(time.to_string()),
        }
    }
}

impl From<Money> for Cell<'_> {
    fn from(amount: Money) -> Self {
        Self::Number(amount.decimal())
    }
}

/// The text, with an apostrophe before what a spreadsheet would take for a formula.
fn defused(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches([' ', '\n']).starts_with(BEGINS_A_FORMULA) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

/// A CSV file on its way to a sink.
pub(super) struct Table<'s, S: Sink>(csv::Writer<Into<'s, S>>);

struct Into<'s, S>(&'s S);

impl<S: Sink> io::Write for Into<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'s, S: Sink> Table<'s, S> {
    /// A table with these columns and no rows yet.
    pub(super) fn begin<'n>(
        sink: &'s S,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, Reason> {
        sink.begin()?;
        let mut writer = csv::Writer::from_writer(Into(sink));
        writer.write_record(names).map_err(not_taken)?;
        Ok(Self(writer))
    }

    /// Adds a row, which has a cell for each column.
    pub(super) fn row<'c>(
        &mut self,
        cells: impl IntoIterator<Item = Cell<'c>>,
    ) -> Result<(), Reason> {
        for cell in cells {
            self.0.write_field(cell.written().as_bytes()).map_err(not_taken)?;
        }
        // Ends the row: a row of another number of cells is refused.
        self.0.write_record(None::<&[u8]>).map_err(not_taken)
    }

    /// The table is whole.
    pub(super) fn end(mut self) -> Result<(), Reason> {
        self.0.flush().map_err(|error| not_taken(error.into()))
    }
}

fn not_taken(error: csv::Error) -> Reason {
    StoreError::Unavailable(KeyValueError(format!("a table is not written: {error}"))).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    struct Kept(RefCell<Vec<u8>>);

    impl Sink for Kept {
        fn begin(&self) -> Result<(), Reason> {
            self.0.borrow_mut().clear();
            Ok(())
        }

        fn write(&self, bytes: &[u8]) -> Result<(), Reason> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(())
        }
    }

    fn written(rows: Vec<Vec<Cell<'_>>>) -> String {
        let kept = Kept(RefCell::new(b"of before".to_vec()));
        let mut table = Table::begin(&kept, ["a", "b"]).expect("begins");
        for row in rows {
            table.row(row).expect("a row");
        }
        table.end().expect("ends");
        String::from_utf8(kept.0.take()).expect("UTF-8")
    }

    #[test]
    fn numbers_keep_their_digits_and_texts_are_quoted_where_they_must_be() {
        let money: Money = "-12.300".parse().expect("an amount");
        let time = "2026-10-31T16:00:00Z".parse().expect("a time");
        let rows = vec![
            vec![Cell::from(money), Cell::text("云服务器, \"2\"\nlines")],
            vec![Cell::Nothing, Cell::Time(time)],
        ];
        let expected = "a,b\n-12.300,\"云服务器, \"\"2\"\"\nlines\"\n,2026-10-31T16:00:00Z\n";
        assert_eq!(written(rows), expected);
        assert_eq!(written(Vec::new()), "a,b\n");
    }

    #[test]
    fn a_text_that_begins_a_formula_is_none_any_more() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n-1"] {
            assert_eq!(defused(formula), format!("'{formula}"));
        }
        for text in ["", "a=1", "1-1", "'=1", "云-1", "null"] {
            assert_eq!(defused(text), text);
        }
    }
}
