//! Compare a month of a partner's bills as the live service gives it with these books. Nothing is
//! changed.
//!
//! The other side comes as pages of `ListSubcustomerMonthlyBills`, one after the other, or as CSV
//! whose first row names its columns as that operation does. It is read a piece at a time: what lies
//! in memory is one page or row of it, and the lines to be compared.

use crate::books::Books;
use crate::domain::bill::{ChargeMode, MonthlyBill, MonthlyFilter};
use crate::domain::error::Reason;
use crate::domain::reconciliation::{Compared, LineAmounts, LineKey, Reconciliation};
use crate::value::id::PartnerId;
use crate::value::money::{Money, MoneyError};
use crate::value::page::Slice;
use crate::value::text::is_deceptive;
use crate::value::time::Month;
use csv_core::ReadRecordResult;
use serde::Deserialize;

/// Longest page of JSON, in bytes.
const PAGE_BYTES_MAX: usize = 1_048_576;

/// Longest row of CSV, in bytes, and most columns.
const ROW_BYTES_MAX: usize = 16_384;
const COLUMNS_MAX: usize = 128;

/// Most rows of the other side.
const ROWS_MAX: u64 = 200_000;

/// Longest identity or code, in characters.
const TEXT_CHARACTERS_MAX: usize = 256;

/// Rows of these books that are read in one go.
const BILLS_PER_READ: usize = 500;

/// The form of what is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Pages of `ListSubcustomerMonthlyBills`.
    Json,
    /// Comma-separated values.
    Csv,
}

impl Format {
    /// The form that a media type names.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" | "application/x-ndjson" => Some(Self::Json),
            "text/csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// The other side, while it comes in.
pub struct Upload {
    input: Input,
    taken: Taken,
}

enum Input {
    Json { pending: Vec<u8> },
    Csv(Box<Rows>),
}

impl Upload {
    /// Nothing yet.
    pub fn new(format: Format) -> Self {
        let input = match format {
            Format::Json => Input::Json { pending: Vec::new() },
            Format::Csv => Input::Csv(Box::new(Rows::new())),
        };
        Self { input, taken: Taken::default() }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// [`Reason::Field`], with the number of the row or page, for what is no such list or is too
    /// large; [`Reason::AmountTooLarge`].
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Reason> {
        match &mut self.input {
            Input::Json { pending } => {
                // Pages are read as they become whole; what is left is less than one.
                for part in piece.chunks(PAGE_BYTES_MAX) {
                    pending.extend_from_slice(part);
                    pages(pending, &mut self.taken)?;
                    if pending.len() > PAGE_BYTES_MAX {
                        let fault = format!("must have at most {PAGE_BYTES_MAX} bytes a page");
                        return Err(Reason::field("body", fault));
                    }
                }
                Ok(())
            }
            Input::Csv(rows) => rows.push(piece, &mut self.taken),
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// As of [`push`](Self::push), and for what breaks off.
    pub fn finish(mut self) -> Result<Reconciliation, Reason> {
        match &mut self.input {
            Input::Json { pending } if !pending.trim_ascii().is_empty() => {
                return Err(Reason::field("body", "breaks off in a page"));
            }
            Input::Json { .. } => {}
            // An empty piece is the end of the last row.
            Input::Csv(rows) => rows.push(&[], &mut self.taken)?,
        }
        Ok(self.taken.told)
    }
}

/// The rows that were taken in.
#[derive(Default)]
struct Taken {
    rows: u64,
    told: Reconciliation,
}

impl Taken {
    fn take(&mut self, row: Row) -> Result<(), Reason> {
        self.rows = self.rows.saturating_add(1);
        if self.rows > ROWS_MAX {
            return Err(Reason::field("body", format!("must have at most {ROWS_MAX} rows")));
        }
        let wrong = |(name, fault)| wrong_row(self.rows, &format!("{name} {fault}"));
        let (key, amounts) = row.read().map_err(wrong)?;
        self.told.add_there(key, amounts)
    }
}

fn wrong_row(number: u64, fault: &str) -> Reason {
    Reason::field("body", format!("row {number}: {fault}"))
}

/// A page of `ListSubcustomerMonthlyBills`, as far as it is compared.
#[derive(Deserialize)]
struct PageOfBills {
    bill_sums: Vec<Row>,
}

/// A row of either form.
#[derive(Default, Deserialize)]
struct Row {
    customer_id: Option<String>,
    cloud_service_type: Option<String>,
    resource_type_code: Option<String>,
    charge_mode: Option<String>,
    bill_type: Option<String>,
    amount: Option<Money>,
    debt_amount: Option<Money>,
    adjustment_amount: Option<Money>,
    discount_amount: Option<Money>,
}

impl Row {
    fn read(self) -> Result<(LineKey, LineAmounts), (&'static str, &'static str)> {
        let required = |name, text: Option<String>| match text {
            Some(text) if !text.is_empty() => checked(name, text),
            _ => Err((name, "is required")),
        };
        let key = LineKey {
            customer_id: required("customer_id", self.customer_id)?,
            cloud_service_type: required("cloud_service_type", self.cloud_service_type)?,
            resource_type_code: checked(
                "resource_type_code",
                self.resource_type_code.unwrap_or_default(),
            )?,
            charge_mode: required("charge_mode", self.charge_mode)?,
            bill_type: required("bill_type", self.bill_type)?,
        };
        let amounts = LineAmounts {
            amount: self.amount,
            debt: self.debt_amount,
            adjustment: self.adjustment_amount,
            discount: self.discount_amount,
        };
        Ok((key, amounts))
    }
}

fn checked(name: &'static str, text: String) -> Result<String, (&'static str, &'static str)> {
    if text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err((name, "is too long"));
    }
    if text.chars().any(is_deceptive) {
        return Err((name, "has NUL or a control of the direction of text in it"));
    }
    Ok(text)
}

/// Reads the pages that are whole, and leaves the rest.
fn pages(pending: &mut Vec<u8>, taken: &mut Taken) -> Result<(), Reason> {
    let mut pages = serde_json::Deserializer::from_slice(pending).into_iter::<PageOfBills>();
    let mut read = 0;
    while let Some(page) = pages.next() {
        match page {
            Ok(page) => {
                read = pages.byte_offset();
                page.bill_sums.into_iter().try_for_each(|row| taken.take(row))?;
            }
            Err(error) if error.is_eof() || is_at_the_end(&error, pending) => break,
            Err(error) => return Err(Reason::field("body", error.to_string())),
        }
    }
    pending.drain(..read);
    Ok(())
}

/// Whether the fault is at the last byte: a number that goes on in the next piece, as `12.` does, is
/// reported as invalid and not as one that breaks off.
fn is_at_the_end(error: &serde_json::Error, text: &[u8]) -> bool {
    let mut lines = text.rsplit(|byte| *byte == b'\n');
    let last = lines.next().unwrap_or_default().len();
    error.is_syntax() && error.line() == lines.count() + 1 && error.column() >= last
}

/// Rows of CSV, as far as they have come.
struct Rows {
    reader: csv_core::Reader,
    /// The fields of the row that is under way, one behind the other, and where each ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    ended: usize,
    columns: Option<Vec<String>>,
    /// The number of the last row, the one of the names not counted.
    number: u64,
    begun: bool,
}

impl Rows {
    fn new() -> Self {
        Self {
            reader: csv_core::Reader::new(),
            fields: vec![0; ROW_BYTES_MAX],
            ends: vec![0; COLUMNS_MAX],
            written: 0,
            ended: 0,
            columns: None,
            number: 0,
            begun: false,
        }
    }

    fn push(&mut self, mut piece: &[u8], taken: &mut Taken) -> Result<(), Reason> {
        // Programs for tables put a mark before the first byte.
        if !self.begun && !piece.is_empty() {
            self.begun = true;
            piece = piece.strip_prefix("\u{feff}".as_bytes()).unwrap_or(piece);
        }
        let is_end = piece.is_empty();
        loop {
            let fields = self.fields.get_mut(self.written..).unwrap_or_default();
            let ends = self.ends.get_mut(self.ended..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(piece, fields, ends);
            piece = piece.get(read..).unwrap_or_default();
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::InputEmpty if is_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(()),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    let fault = "is too long, or has too many columns";
                    return Err(wrong_row(self.number + 1, fault));
                }
                ReadRecordResult::Record => {
                    self.row(taken)?;
                    (self.written, self.ended) = (0, 0);
                }
            }
        }
    }

    /// Takes the row that has become whole.
    fn row(&mut self, taken: &mut Taken) -> Result<(), Reason> {
        let mut begin = 0;
        let mut cells = Vec::with_capacity(self.ended);
        for end in self.ends.iter().take(self.ended) {
            let cell = self.fields.get(begin..*end).unwrap_or_default();
            let text = str::from_utf8(cell);
            cells.push(text.map_err(|_| wrong_row(self.number + 1, "is not UTF-8"))?.trim());
            begin = *end;
        }
        let Some(columns) = &self.columns else {
            self.columns = Some(cells.into_iter().map(str::to_owned).collect());
            return Ok(());
        };
        self.number += 1;
        if cells.len() != columns.len() {
            return Err(wrong_row(self.number, "has another number of columns than the first one"));
        }
        let mut row = Row::default();
        for (name, cell) in columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            row.set(name, cell)
                .map_err(|fault| wrong_row(self.number, &format!("{name} {fault}")))?;
        }
        taken.take(row)
    }
}

impl Row {
    /// Sets what a column tells. Columns that are not compared are left out.
    fn set(&mut self, column: &str, cell: &str) -> Result<(), String> {
        let text = match column {
            "customer_id" => &mut self.customer_id,
            "cloud_service_type" => &mut self.cloud_service_type,
            "resource_type_code" => &mut self.resource_type_code,
            "charge_mode" => &mut self.charge_mode,
            "bill_type" => &mut self.bill_type,
            _ => {
                let amount = match column {
                    "amount" => &mut self.amount,
                    "debt_amount" => &mut self.debt_amount,
                    "adjustment_amount" => &mut self.adjustment_amount,
                    "discount_amount" => &mut self.discount_amount,
                    _ => return Ok(()),
                };
                *amount = Some(cell.parse().map_err(|error: MoneyError| error.to_string())?);
                return Ok(());
            }
        };
        *text = Some(cell.to_owned());
        Ok(())
    }
}

/// Compares what was uploaded with a partner's month in these books.
///
/// # Errors
/// [`Reason::Field`] for too many lines; [`Reason::AmountTooLarge`]; store failures.
pub async fn reconcile(
    books: &Books<'_>,
    partner: &PartnerId,
    cycle: Month,
    told: &Reconciliation,
) -> Result<Compared, Reason> {
    let mut both = told.clone();
    for charge_mode in ChargeMode::ALL {
        let filter = MonthlyFilter::default();
        let mut slice = Slice::first(BILLS_PER_READ);
        loop {
            let page = books.monthly_bills(partner, cycle, charge_mode, &filter, slice).await?;
            for bill in &page.items {
                let (key, amounts) = of_bill(bill);
                both.add_here(key, amounts)?;
            }
            slice.offset += u64::try_from(page.items.len()).unwrap_or(u64::MAX);
            if page.items.is_empty() || slice.offset >= page.total_count {
                break;
            }
        }
    }
    both.compare()
}

fn of_bill(bill: &MonthlyBill) -> (LineKey, LineAmounts) {
    let key = LineKey {
        customer_id: bill.customer_id.to_string(),
        cloud_service_type: bill.cloud_service_type.to_string(),
        resource_type_code: bill.resource_type_code.to_string(),
        charge_mode: bill.charge_mode.code().to_owned(),
        bill_type: bill.bill_type.code().to_owned(),
    };
    let amounts = LineAmounts {
        amount: bill.amount,
        debt: bill.debt_amount,
        adjustment: bill.adjustment_amount,
        discount: bill.discount_amount,
    };
    (key, amounts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reconciliation::Verdict;

    const JSON: &str = r#"{"bill_sums": [
        {"customer_id": "c", "cloud_service_type": "ec2", "cloud_service_type_name": "服务",
         "resource_type_code": "vm", "charge_mode": "1", "bill_type": "0", "amount": 12.30,
         "debt_amount": 0, "account_details": [{"amount": 1}], "discount_amount": null}],
        "count": 2, "currency": "CNY"}
        {"bill_sums": [{"customer_id": "d, \"e\"", "cloud_service_type": "ec2",
         "resource_type_code": "vm", "charge_mode": "3", "bill_type": "1", "amount": -0.01}]}"#;

    const CSV: &str = "\u{feff}customer_id,amount,charge_mode,note,bill_type,cloud_service_type,\
        resource_type_code,debt_amount\r\nc,12.30,1,\"two\nlines\",0,ec2,vm,0\r\n\
        \"d, \"\"e\"\"\",-0.01,3,,1,ec2,vm,\r\n";

    fn told(format: Format, pieces: &[&[u8]]) -> Result<Vec<(LineKey, Verdict)>, Reason> {
        let mut upload = Upload::new(format);
        pieces.iter().try_for_each(|piece| upload.push(piece))?;
        Ok(upload.finish()?.compare()?.lines)
    }

    fn refused(format: Format, text: &str) -> String {
        told(format, &[text.as_bytes()]).expect_err(text).client_message().into_owned()
    }

    #[test]
    fn reads_both_forms_wherever_the_pieces_end() {
        let expected = told(Format::Json, &[JSON.as_bytes()]).expect("read");
        let sums: Vec<(&str, &Verdict)> =
            expected.iter().map(|(key, verdict)| (key.customer_id.as_str(), verdict)).collect();
        let only = |text: &str| Verdict::OnlyThere(text.parse().expect(text));
        assert_eq!(sums, [("c", &only("12.30")), ("d, \"e\"", &only("-0.01"))]);
        for (format, text) in [(Format::Json, JSON), (Format::Csv, CSV)] {
            // The mark before the first byte is looked for in the first piece alone.
            for size in 3..text.len() {
                let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
                assert_eq!(told(format, &pieces), Ok(expected.clone()), "{format:?} of {size}");
            }
            let trimmed = text.trim_end();
            assert_eq!(told(format, &[trimmed.as_bytes()]), Ok(expected.clone()), "{format:?}");
        }
        assert_eq!(told(Format::Json, &[]), Ok(vec![]));
        assert_eq!(told(Format::Csv, &[b"customer_id,amount\n"]), Ok(vec![]));
    }

    #[test]
    fn refuses_what_is_no_such_list() {
        let columns = "customer_id,cloud_service_type,charge_mode,bill_type,amount\n";
        for (format, text, fault) in [
            (Format::Json, "{\"bill_sums\": [".to_owned(), "breaks off"),
            (Format::Json, "{}".to_owned(), "bill_sums"),
            (Format::Json, "[]x".to_owned(), "invalid"),
            (Format::Json, r#"{"bill_sums": [{"amount": 1}]}"#.to_owned(), "row 1: customer_id"),
            (Format::Json, r#"{"bill_sums": [{"amount": 1e99}]}"#.to_owned(), ""),
            (Format::Json, format!("{{\"x\": \"{}", " ".repeat(PAGE_BYTES_MAX)), "a page"),
            (Format::Csv, format!("{columns}c,ec2,1,0,1\nc,ec2,1,0,x"), "row 2: amount"),
            (Format::Csv, format!("{columns}c,ec2,1,0"), "row 1: has another number"),
            (Format::Csv, format!("{columns},ec2,1,0,1"), "row 1: customer_id is required"),
            (Format::Csv, format!("{columns}{},ec2,1,0,1", "x".repeat(257)), "is too long"),
            (Format::Csv, format!("{columns}{},ec2", "x".repeat(ROW_BYTES_MAX)), "too long"),
            (Format::Csv, ",".repeat(COLUMNS_MAX), "too many columns"),
            (Format::Csv, format!("{columns}\u{202e}c,ec2,1,0,1"), "direction of text"),
        ] {
            let refusal = refused(format, &text);
            assert!(refusal.contains(fault), "{refusal}: {fault}");
        }
        let latin = told(Format::Csv, &[columns.as_bytes(), b"\xe9,ec2,1,0,1\n"]);
        assert!(latin.is_err());
    }

    #[test]
    fn media_types_name_the_form() {
        for (text, format) in [
            ("application/json", Some(Format::Json)),
            ("Application/JSON; charset=utf-8", Some(Format::Json)),
            ("text/csv;charset=utf-8", Some(Format::Csv)),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(Format::of_media_type(text), format, "{text}");
        }
    }
}
