//! Charges of a month as FOCUS 1.2 has them: the columns, and the file as CSV.

use super::table::{Cell, Table};
use super::{BillsOf, Sink, each_bill_line};
use crate::books::Books;
use crate::domain::bill::focus::{CLOUD, Charge, Units, service_category};
use crate::domain::bill::{ChargingMode, FeeRecord};
use crate::domain::error::Reason;
use crate::value::id::{CustomerId, PartnerId};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Texts.
    Text,
    /// Numbers.
    Number,
    /// Instants.
    Time,
}

/// A column.
pub(super) struct Column {
    /// As FOCUS names it; what it has no column for begins with `x_`.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What of a row.
    pub cell: for<'r> fn(&'r Row<'_>) -> Cell<'r>,
}

/// A charge, with the names of those whom it concerns.
pub(super) struct Row<'r> {
    charge: &'r Charge<'r>,
    parties: &'r Parties,
}

/// Whom the lines of a customer concern.
#[derive(Default)]
struct Parties {
    of: Option<(PartnerId, CustomerId)>,
    issuer: String,
    customer: String,
}

macro_rules! columns {
    ($($name:literal $kind:ident => |$row:ident| $cell:expr,)*) => {
        /// The columns: first those that are mandatory, then others of FOCUS, then our own.
        pub(super) const COLUMNS: &[Column] = &[$(Column {
            name: $name,
            kind: Kind::$kind,
            cell: |$row| $cell,
        }),*];
    };
}

columns! {
    "BilledCost" Number => |row| row.charge.billed_cost.into(),
    "BillingAccountId" Text => |row| Cell::text(row.payer()),
    "BillingAccountName" Text => |row| Cell::text(row.payer_name()),
    "BillingCurrency" Text => |row| Cell::text(row.charge.billed_cost.currency().code()),
    "BillingPeriodEnd" Time => |row| {
        Cell::Time(row.record().bill_cycle.plus(1).first().begin_utc_plus_8())
    },
    "BillingPeriodStart" Time => |row| {
        Cell::Time(row.record().bill_cycle.first().begin_utc_plus_8())
    },
    "ChargeCategory" Text => |row| Cell::text(row.charge.category.code()),
    // A line of a month corrects none of an earlier one: what goes back is billed when it does.
    "ChargeClass" Text => |_row| Cell::Nothing,
    "ChargeDescription" Text => |row| Cell::optional(row.description()),
    "ChargePeriodEnd" Time => |row| Cell::Time(row.charge.end),
    "ChargePeriodStart" Time => |row| Cell::Time(row.charge.begin),
    "ContractedCost" Number => |row| row.charge.contracted_cost.into(),
    "EffectiveCost" Number => |row| row.charge.billed_cost.into(),
    "InvoiceIssuerName" Text => |row| Cell::text(row.issuer()),
    "ListCost" Number => |row| row.charge.list_cost.into(),
    "PricingQuantity" Number => |row| Cell::quantity(row.charge.quantity.as_ref().map(|it| it.0)),
    "PricingUnit" Text => |row| {
        Cell::optional(row.charge.quantity.as_ref().map(|(_, unit)| unit.as_str()))
    },
    // As FOCUS has it of cloud services that are bought through somebody who bills them.
    "ProviderName" Text => |row| Cell::text(row.issuer()),
    "PublisherName" Text => |row| Cell::text(row.charge.publisher()),
    "ServiceCategory" Text => |row| Cell::text(service_category(row.service()).0),
    "ServiceName" Text => |row| Cell::text(row.service_name()),

    "AvailabilityZone" Text => |row| Cell::optional(row.record().zone_code.as_deref()),
    "ChargeFrequency" Text => |row| Cell::text(row.charge.frequency.code()),
    "ConsumedQuantity" Number => |row| Cell::quantity(row.charge.consumed().map(|it| it.0)),
    "ConsumedUnit" Text => |row| {
        Cell::optional(row.charge.consumed().map(|(_, unit)| unit.as_str()))
    },
    // What is billed here is no part of an invoice yet.
    "InvoiceId" Text => |_row| Cell::Nothing,
    "PricingCategory" Text => |row| Cell::optional(row.charge.pricing.map(|it| it.code())),
    "RegionId" Text => |row| Cell::optional(row.record().region_code.as_deref()),
    "RegionName" Text => |row| {
        let record = row.record();
        let name = record.region_name.as_ref().filter(|_| record.region_code.is_some());
        Cell::optional(name.or(record.region_code.as_ref()).map(String::as_str))
    },
    "ResourceId" Text => |row| Cell::optional(row.record().resource_id.as_deref()),
    "ResourceName" Text => |row| {
        let name = row.record().resource_name.as_deref();
        Cell::optional(name.filter(|_| row.record().resource_id.is_some()))
    },
    "ResourceType" Text => |row| {
        let record = row.record();
        let kind = record.resource_type_name.as_ref().or(record.resource_type_code.as_ref());
        let kind = kind.map_or("Other", String::as_str);
        Cell::optional(record.resource_id.as_ref().map(|_| kind))
    },
    "ServiceSubcategory" Text => |row| Cell::text(service_category(row.service()).1),
    "SubAccountId" Text => |row| Cell::text(row.record().customer_id.as_str()),
    "SubAccountName" Text => |row| Cell::text(&row.parties.customer),
    "Tags" Text => |row| row.tags(),

    "x_FeeRecordId" Text => |row| Cell::text(row.record().id.as_str()),
    "x_TradeId" Text => |row| Cell::optional(row.record().trade_id.as_deref()),
    "x_PartnerId" Text => |row| Cell::text(row.record().partner_id.as_str()),
    "x_BillDetailType" Number => |row| {
        Cell::code(row.record().bill_detail_type.map(|it| it.code()))
    },
    "x_ChargingMode" Number => |row| Cell::code(row.record().charging_mode.map(ChargingMode::code)),
    "x_ServiceTypeCode" Text => |row| Cell::optional(row.record().service_type_code.as_deref()),
    "x_ProductId" Text => |row| Cell::optional(row.record().product_id.as_deref()),
    "x_EnterpriseProjectId" Text => |row| Cell::text(row.record().project()),
    "x_Origin" Number => |row| Cell::code(Some(row.record().origin().code())),
}

impl Column {
    /// The cell of a row, which is of the column's kind.
    pub(super) fn cell_of<'r>(&self, row: &'r Row<'_>) -> Cell<'r> {
        let cell = (self.cell)(row);
        let is_of_its_kind = match &cell {
            Cell::Nothing => true,
            Cell::Text(_) => self.kind == Kind::Text,
            Cell::Number(_) => self.kind == Kind::Number,
            Cell::Time(_) => self.kind == Kind::Time,
        };
        debug_assert!(is_of_its_kind, "{}", self.name);
        cell
    }
}

impl Row<'_> {
    fn record(&self) -> &FeeRecord {
        self.charge.record
    }

    /// The customer that the bill is sent to.
    fn payer(&self) -> &str {
        let record = self.record();
        record.payer_id.as_ref().unwrap_or(&record.customer_id).as_str()
    }

    fn payer_name(&self) -> &str {
        match &self.record().payer_id {
            Some(payer) if *payer != self.record().customer_id => payer.as_str(),
            _ => &self.parties.customer,
        }
    }

    fn issuer(&self) -> &str {
        if self.charge.is_billed_by_cloud() { CLOUD } else { &self.parties.issuer }
    }

    fn service(&self) -> &str {
        self.record().service_type_code.as_deref().unwrap_or_default()
    }

    fn service_name(&self) -> &str {
        let record = self.record();
        let name = record.service_type_name.as_ref().or(record.service_type_code.as_ref());
        name.map_or("Other", String::as_str)
    }

    fn description(&self) -> Option<&str> {
        let record = self.record();
        let described = [
            &record.product_spec_desc,
            &record.product_name,
            &record.sku_code,
            &record.resource_type_name,
            &record.resource_type_code,
        ];
        described.into_iter().find_map(Option::as_deref)
    }

    /// The tags as an object of JSON.
    fn tags(&self) -> Cell<'_> {
        let Some(pairs) = self.record().tag_pairs.as_ref().filter(|pairs| !pairs.is_empty()) else {
            return Cell::Nothing;
        };
        let value = |value: &str| serde_json::Value::from(value);
        let tags: serde_json::Map<_, _> =
            pairs.iter().map(|pair| (pair.tag_key.clone(), value(&pair.tag_value))).collect();
        Cell::owned(serde_json::Value::from(tags))
    }
}

/// Hands the rows of a month to `take`.
///
/// # Errors
/// Store failures, and what `take` refuses.
pub(super) async fn each_focus_row(
    books: &Books<'_>,
    of: &BillsOf,
    units: &Units,
    mut take: impl FnMut(&Row<'_>) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut parties = Parties::default();
    each_bill_line(books, of, async |record| {
        parties.be_of(books, &record).await?;
        for charge in Charge::of(&record, units)? {
            take(&Row { charge: &charge, parties: &parties })?;
        }
        Ok(())
    })
    .await
}

/// Writes the charges of a month as CSV.
///
/// # Errors
/// Store failures, and what the sink refuses.
pub(super) async fn write_focus(
    books: &Books<'_>,
    of: &BillsOf,
    units: &Units,
    sink: &impl Sink,
) -> Result<(), Reason> {
    let mut table = Table::begin(sink, COLUMNS.iter().map(|column| column.name))?;
    let row = |row: &Row<'_>| table.row(COLUMNS.iter().map(|column| column.cell_of(row)));
    each_focus_row(books, of, units, row).await?;
    table.end()
}

impl Parties {
    /// Looks up the names of a line's partner and customer, unless they are those of the line before.
    async fn be_of(&mut self, books: &Books<'_>, record: &FeeRecord) -> Result<(), Reason> {
        let FeeRecord { partner_id, customer_id, .. } = record;
        if self
            .of
            .as_ref()
            .is_some_and(|(partner, customer)| partner == partner_id && customer == customer_id)
        {
            return Ok(());
        }
        let partner = books.partner(partner_id).await?;
        let named = partner.and_then(|partner| partner.name.or(partner.account_name));
        self.issuer = named.unwrap_or_else(|| partner_id.to_string());
        let customer = books.customer(customer_id).await?;
        let named = customer.and_then(|customer| customer.account_name);
        self.customer = named.unwrap_or_else(|| customer_id.to_string());
        self.of = Some((partner_id.clone(), customer_id.clone()));
        Ok(())
    }
}
