//! What requests for files have in common: the operator's, and those of the partner centre.

use super::call::Call;
use super::download::Download;
use super::message::{Answer, File, Headers};
use super::query::Query;
use super::refusal::Refusal;
use crate::domain::account::{AccountId, AccountType};
use crate::domain::bill::focus::Units;
use crate::domain::error::Reason;
use crate::domain::partner::CallingPartner;
use crate::operations::export::{self, BillsOf, Export};
use crate::operations::statements::check_funded;
use crate::value::code::codes;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::time::{Date, Month};

const CSV: &str = "text/csv; charset=utf-8";
const PARQUET: &str = "application/vnd.apache.parquet";
const TEXT: &str = "text/plain; charset=utf-8";

/// Takes a file away of what is a partner's own, or one of its resellers'. `headers` are sent beside
/// the usual ones.
///
/// # Errors
/// [`Refusal::Parameter`]; [`Reason::NotYourReseller`], the refusals of
/// [`check_funded`], store failures.
pub async fn export_of_partner(
    call: &Call,
    caller: &CallingPartner,
    headers: Headers,
) -> Result<Answer, Refusal> {
    let (indirect_partner_id, asked): (Option<PartnerId>, _) =
        call.query(|query| Ok((query.value("indirect_partner_id")?, Asked::read(query)?)))?;
    let units = match asked.has_units() {
        true => call.read_catalogue(async |catalogue| export::units(catalogue).await).await?,
        false => Units::default(),
    };
    let download = Download::new(call.host(), asked.file()).with_headers(headers);
    call.read(async |books| {
        let partner_id = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
        if let Asked::Statement { customer_id: Some(customer_id), .. } = &asked {
            check_funded(books, &partner_id, customer_id).await?;
        }
        let export = asked.of(Some(&partner_id), &units)?;
        export.write(books, call.now(), &download).await
    })
    .await?;
    Ok(download.finish()?)
}

/// Takes the charges of a month of a partner's customers, or of those of one of its resellers, away as
/// Parquet. `headers` are sent beside the usual ones.
///
/// # Errors
/// [`Refusal::Parameter`]; [`Reason::NotYourReseller`], store failures.
#[cfg(feature = "parquet")]
pub async fn export_parquet_of_partner(
    call: &Call,
    caller: &CallingPartner,
    headers: Headers,
) -> Result<Answer, Refusal> {
    let (indirect_partner_id, month): (Option<PartnerId>, _) =
        call.query(|query| Ok((query.value("indirect_partner_id")?, MonthOf::read(query)?)))?;
    let units = call.read_catalogue(async |catalogue| export::units(catalogue).await).await?;
    let download = Download::new(call.host(), month.parquet_file()).with_headers(headers);
    call.read(async |books| {
        let partner_id = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
        export::write_focus_parquet(books, &month.of(Some(&partner_id)), &units, &download).await
    })
    .await?;
    Ok(download.finish()?)
}

codes! {
    /// What a file has in it.
    Kind: text {
        /// The statement of an account.
        Statement = "statement",
        /// Bill lines of a month.
        Bills = "bills",
        /// Sums of a month.
        Sums = "sums",
        /// Bill lines as FOCUS has them.
        Focus = "focus",
        /// The ledger as a journal of hledger.
        Journal = "journal",
    }
}

/// What is asked for, whichever partner it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The statement of the account of a customer, or else of the partner.
    Statement {
        /// The customer.
        customer_id: Option<CustomerId>,
        /// Which of its accounts.
        account_type: AccountType,
        /// The first and the last date.
        dates: [Option<Date>; 2],
    },
    /// Bill lines of a month.
    Bills(MonthOf),
    /// Sums of a month.
    Sums(MonthOf),
    /// Bill lines as FOCUS has them.
    Focus(MonthOf),
    /// The ledger.
    Journal,
}

/// The bills of a month, of one customer or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthOf {
    bill_cycle: Month,
    customer_id: Option<CustomerId>,
}

impl Asked {
    /// Reads the parameters. Those of another kind of file are refused.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first that is missing or wrong.
    pub fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(match query.required_choice("kind", Kind::from_code)? {
            Kind::Statement => Self::Statement {
                customer_id: query.value("customer_id")?,
                account_type: query
                    .number_choice("account_type", AccountType::from_code)?
                    .unwrap_or(AccountType::Balance),
                dates: [query.value("trade_time_begin")?, query.value("trade_time_end")?],
            },
            Kind::Bills => Self::Bills(MonthOf::read(query)?),
            Kind::Sums => Self::Sums(MonthOf::read(query)?),
            Kind::Focus => Self::Focus(MonthOf::read(query)?),
            Kind::Journal => Self::Journal,
        })
    }

    /// The customer that it is of, if it is of one.
    pub fn customer_id(&self) -> Option<&CustomerId> {
        match self {
            Self::Statement { customer_id, .. } => customer_id.as_ref(),
            Self::Bills(of) | Self::Sums(of) | Self::Focus(of) => of.customer_id.as_ref(),
            Self::Journal => None,
        }
    }

    /// The name of the file, and what it is.
    pub fn file(&self) -> File {
        let (name, content_type) = match self {
            Self::Statement { dates: [Some(first), Some(last)], .. } => {
                (format!("statement-{first}-{last}.csv"), CSV)
            }
            Self::Statement { .. } => ("statement.csv".to_owned(), CSV),
            Self::Bills(of) => (format!("bills-{}.csv", of.bill_cycle), CSV),
            Self::Sums(of) => (format!("sums-{}.csv", of.bill_cycle), CSV),
            Self::Focus(of) => (format!("focus-{}.csv", of.bill_cycle), CSV),
            Self::Journal => ("ledger.journal".to_owned(), TEXT),
        };
        File { name, content_type }
    }

    /// Whether the file names units.
    pub fn has_units(&self) -> bool {
        matches!(self, Self::Focus(_))
    }

    /// The file of a partner; where it may be of all partners, of none in particular.
    ///
    /// # Errors
    /// [`Reason::Field`] for the statement of nobody.
    pub fn of(&self, partner_id: Option<&PartnerId>, units: &Units) -> Result<Export, Reason> {
        Ok(match self {
            Self::Statement { customer_id, account_type, dates } => {
                let account = match (customer_id, partner_id) {
                    (Some(customer_id), _) => of_customer(customer_id.clone(), *account_type),
                    (None, Some(partner_id)) => of_partner(partner_id.clone(), *account_type),
                    (None, None) => {
                        let fault = "is required, or customer_id in its place";
                        return Err(Reason::field("partner_id", fault));
                    }
                };
                Export::Statement { account, dates: *dates }
            }
            Self::Bills(of) => Export::Bills(of.of(partner_id)),
            Self::Sums(of) => Export::Sums(of.of(partner_id)),
            Self::Focus(of) => Export::Focus(of.of(partner_id), units.clone()),
            Self::Journal => Export::Journal(partner_id.cloned()),
        })
    }
}

impl MonthOf {
    /// Reads the parameters.
    ///
    /// # Errors
    /// [`Refusal::Parameter`].
    pub fn read(query: &mut Query) -> Result<Self, Refusal> {
        let bill_cycle = query.required("bill_cycle")?;
        Ok(Self { bill_cycle, customer_id: query.value("customer_id")? })
    }

    /// The customer whose they are, if it is one.
    pub fn customer_id(&self) -> Option<&CustomerId> {
        self.customer_id.as_ref()
    }

    /// The file as Parquet.
    pub fn parquet_file(&self) -> File {
        let name = format!("focus-{}.parquet", self.bill_cycle);
        File { name, content_type: PARQUET }
    }

    /// Those of a partner, or of all partners.
    pub fn of(&self, partner_id: Option<&PartnerId>) -> BillsOf {
        BillsOf {
            bill_cycle: self.bill_cycle,
            partner_id: partner_id.cloned(),
            customer_id: self.customer_id.clone(),
        }
    }
}

fn of_partner(id: PartnerId, account_type: AccountType) -> AccountId {
    match account_type {
        AccountType::Balance => AccountId::PartnerBalance(id),
        AccountType::Credit => AccountId::PartnerCredit(id),
    }
}

fn of_customer(id: CustomerId, account_type: AccountType) -> AccountId {
    match account_type {
        AccountType::Balance => AccountId::CustomerBalance(id),
        AccountType::Credit => AccountId::CustomerCredit(id, None),
    }
}
