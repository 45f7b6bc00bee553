//! Reading one line of a book.

use super::CatalogueEntry;
use crate::books::record::stored;
use crate::domain::account::AccountType;
use crate::domain::bandwidth::UsageDay;
use crate::domain::bill::{FeeRecord, MonthlyBill};
use crate::domain::card::StoredValueCard;
use crate::domain::coupon::{CloudCouponSource, CouponType, LimitInfo, QuotaStatus, QuotaType};
use crate::domain::discount::{Agreement, AgreementItem, PartnerDiscount, PromotionDiscount};
use crate::domain::enterprise::{FinanceMode, LegalEntity, MemberStatus};
use crate::domain::error::Reason;
use crate::domain::ledger::TradeType;
use crate::domain::package::{Package, PackageUse};
use crate::domain::partner::{Customer, Partner};
use crate::domain::realname::Review;
use crate::domain::term::PeriodType;
use crate::security::secret::SecretKey;
use crate::security::vault::Contact;
use crate::value::id::{
    AccessKeyId, BookingId, CatalogueCode, CouponId, CustomerId, OrderId, OrganizationId,
    PartnerId, ProductId, QuotaId, ResourceId, TenantId, TypeCode,
};
use crate::value::money::{Money, decimal_string};
use crate::value::text::json_is_deceptive;
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor,
};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Longest line, in bytes.
pub const LINE_BYTES_MAX: usize = 32 * 1024;

/// Longest text in a line, in bytes: what filters look through stays small. Fields have limits of
/// their own below this.
const TEXT_BYTES_MAX: usize = 2 * 1024;

stored! {
    Booking, CloudCouponLine, CouponQuota, EnterpriseLine, MemberLine, OrganizationLine, QuotaGrant,
    ResourceLine,
}

/// One line: whose book, and what it brings in.
#[derive(Debug)]
pub struct Line {
    /// The tenant. Lines of the catalogue have none.
    pub tenant_id: Option<TenantId>,
    /// What the line is.
    pub content: Content,
}

/// What a line is.
#[derive(Debug)]
pub enum Content {
    /// Creates the tenant. Belongs into the register of tenants.
    Tenant(Tenant),
    /// Creates a key pair. Belongs into the register of access keys.
    AccessKey(AccessKey),
    /// Something of the tenant's own, for [`super::apply`].
    Entry(Entry),
    /// Something of the catalogue, for [`super::catalogue::apply`].
    Catalogue(CatalogueEntry),
}

/// What belongs into a tenant's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A partner.
    Partner(Partner, Contact),
    /// A customer.
    Customer(Box<Customer>, Contact),
    /// Money from outside.
    Booking(Booking),
    /// A quota from outside.
    CouponQuota(CouponQuota),
    /// Part of a quota given to a reseller.
    QuotaGrant(QuotaGrant),
    /// A real-name review.
    RealnameReview(Review),
    /// A line of a detailed bill.
    FeeRecord(Box<FeeRecord>),
    /// A sum of a month.
    MonthlyBill(Box<MonthlyBill>),
    /// A day's values of bandwidth that is billed by its 95th percentile.
    UsageDay(Box<UsageDay>),
    /// A resource package.
    ResourcePackage(Box<Package>),
    /// What was taken from a resource package.
    PackageUse(Box<PackageUse>),
    /// A customer's framework agreement.
    BusinessAgreement(Agreement),
    /// An item of one.
    BusinessDiscount(Box<AgreementItem>),
    /// A discount that a partner gives a customer.
    PartnerDiscount(PartnerDiscount),
    /// A promotion.
    PromotionDiscount(PromotionDiscount),
    /// A yearly/monthly resource.
    Resource(Box<ResourceLine>),
    /// The master of an enterprise.
    Enterprise(EnterpriseLine),
    /// Part of an enterprise.
    Organization(OrganizationLine),
    /// A member of an enterprise.
    EnterpriseMember(MemberLine),
    /// A stored-value card.
    StoredValueCard(StoredValueCard),
    /// A coupon that the cloud has issued itself.
    CloudCoupon(Box<CloudCouponLine>),
}

/// A `tenant` line.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// What the operator calls it.
    #[n(0)]
    pub name: Option<String>,
}

impl Tenant {
    /// What distinguishes this line from another one for the same tenant.
    pub fn fingerprint(&self) -> Vec<u8> {
        minicbor::to_vec(self).unwrap_or_default()
    }
}

/// An `access_key` line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// The public half.
    pub access_key_id: AccessKeyId,
    /// The secret half.
    pub secret_key: SecretKey,
    /// The partner whose key it is,
    pub partner_id: Option<PartnerId>,
    /// or the customer.
    pub customer_id: Option<CustomerId>,
}

/// A `booking` line.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// Identity.
    #[n(0)]
    pub booking_id: BookingId,
    /// The partner that gets it.
    #[n(1)]
    pub partner_id: Option<PartnerId>,
    /// The customer that gets it, when it is no partner: what it pays in itself.
    #[n(7)]
    pub customer_id: Option<CustomerId>,
    /// Into which account.
    #[n(2)]
    pub account_type: AccountType,
    /// How much.
    #[serde(deserialize_with = "decimal_string::required")]
    #[n(3)]
    pub amount: Money,
    /// How the statement names it.
    #[n(4)]
    pub trade_type: Option<TradeType>,
    /// When.
    #[n(5)]
    pub at: Timestamp,
    /// The operator's words.
    #[n(6)]
    pub memo: Option<String>,
    /// Until when a customer's credit can be used; without, always.
    #[n(8)]
    pub expire_time: Option<Timestamp>,
}

/// A `coupon_quota` line.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CouponQuota {
    /// Identity.
    #[n(0)]
    pub quota_id: QuotaId,
    /// Who gets it.
    #[n(1)]
    pub partner_id: PartnerId,
    /// What it issues.
    #[n(2)]
    pub quota_type: QuotaType,
    /// How much.
    #[serde(deserialize_with = "decimal_string::required")]
    #[n(3)]
    pub quota_value: Money,
    /// Its status.
    #[n(4)]
    pub quota_status: QuotaStatus,
    /// When it was granted.
    #[n(5)]
    pub create_time: Timestamp,
    /// From when it can be used.
    #[n(6)]
    pub effective_time: Timestamp,
    /// From when on it no longer can.
    #[n(7)]
    pub expire_time: Timestamp,
    /// What its coupons are limited to.
    #[serde(default)]
    #[n(8)]
    pub limit_infos: Vec<LimitInfo>,
    /// Whether its coupons, which are flexi-purchase coupons then, are pick-up coupons; without,
    /// they are not.
    #[n(9)]
    pub pick_up: Option<bool>,
}

/// A `quota_grant` line.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaGrant {
    /// The quota to give from.
    #[n(0)]
    pub parent_quota_id: QuotaId,
    /// Identity of the new quota.
    #[n(1)]
    pub quota_id: QuotaId,
    /// The reseller that receives.
    #[n(2)]
    pub indirect_partner_id: PartnerId,
    /// How much.
    #[serde(deserialize_with = "decimal_string::required")]
    #[n(3)]
    pub amount: Money,
    /// When.
    #[n(4)]
    pub at: Timestamp,
}

/// A `cloud_coupon` line: a coupon that the cloud has issued to a customer itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudCouponLine {
    /// Identity.
    #[n(0)]
    pub coupon_id: CouponId,
    /// Whose it is.
    #[n(1)]
    pub customer_id: CustomerId,
    /// What it is.
    #[n(2)]
    pub coupon_type: CouponType,
    /// What for.
    #[n(3)]
    pub source: CloudCouponSource,
    /// What its promotion plan is called.
    #[n(4)]
    pub plan_name: Option<String>,
    /// What it is worth.
    #[serde(deserialize_with = "decimal_string::required")]
    #[n(5)]
    pub face_value: Money,
    /// When it was issued.
    #[n(6)]
    pub create_time: Timestamp,
    /// From when it can be used.
    #[n(7)]
    pub effective_time: Timestamp,
    /// From when on it no longer can.
    #[n(8)]
    pub expire_time: Timestamp,
    /// Cloud services that it is for; all without.
    #[n(9)]
    pub cloud_service_types: Option<Vec<String>>,
    /// Products that it is for; all without.
    #[n(10)]
    pub product_ids: Option<Vec<String>>,
}

/// A `resource` line: what a customer bought elsewhere, and pays here when it is renewed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceLine {
    /// Identity at its service.
    #[n(0)]
    pub resource_id: ResourceId,
    /// Whose it is.
    #[n(1)]
    pub customer_id: CustomerId,
    /// The order that provided it.
    #[n(2)]
    pub order_id: OrderId,
    /// What it is called.
    #[n(3)]
    pub resource_name: Option<String>,
    /// The main resource of an attached one.
    #[n(4)]
    pub main_resource_id: Option<ResourceId>,
    /// The service.
    #[n(5)]
    pub service_type_code: TypeCode,
    /// The type of resources.
    #[n(6)]
    pub resource_type_code: TypeCode,
    /// The specification.
    #[n(7)]
    pub resource_spec: CatalogueCode,
    /// The region.
    #[n(8)]
    pub region_code: CatalogueCode,
    /// The availability zone.
    #[n(9)]
    pub zone_code: Option<CatalogueCode>,
    /// The product.
    #[n(10)]
    pub product_id: ProductId,
    /// Size, for what is sold by it.
    #[n(11)]
    pub resource_size: Option<u32>,
    /// Unit of the size.
    #[n(12)]
    pub size_measure_id: Option<u32>,
    /// When it was provisioned.
    #[n(13)]
    pub effective_time: Timestamp,
    /// The last second of its term.
    #[n(14)]
    pub expire_time: Timestamp,
    /// Unit of its term.
    #[n(15)]
    pub period_type: PeriodType,
    /// How many of them.
    #[n(16)]
    pub period_num: u32,
}

/// An `enterprise` line: a customer that has members from now on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseLine {
    /// The master.
    #[n(0)]
    pub customer_id: CustomerId,
    /// The root of its organisation.
    #[n(1)]
    pub org_id: OrganizationId,
    /// What that is called.
    #[n(2)]
    pub name: Option<String>,
}

/// An `organization` line: a part of an enterprise.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationLine {
    /// The master.
    #[n(0)]
    pub customer_id: CustomerId,
    /// Identity.
    #[n(1)]
    pub org_id: OrganizationId,
    /// What it is part of.
    #[n(2)]
    pub parent_id: OrganizationId,
    /// What it is called.
    #[n(3)]
    pub name: Option<String>,
    /// Identity of that relation.
    #[n(4)]
    pub relation_id: Option<String>,
}

/// An `enterprise_member` line: a customer that belongs to a master from now on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberLine {
    /// The master.
    #[n(0)]
    pub master_id: CustomerId,
    /// The member.
    #[n(1)]
    pub customer_id: CustomerId,
    /// Where in the organisation it is; without, at the root.
    #[n(2)]
    pub org_id: Option<OrganizationId>,
    /// The name that the master gave it.
    #[n(3)]
    pub display_name: Option<String>,
    /// Who pays for it; without, the member.
    #[n(4)]
    pub financial_custody: Option<FinanceMode>,
    /// Whose legal entity it is of; without, the master's.
    #[n(5)]
    pub sub_customer_association_type: Option<LegalEntity>,
    /// Its status; without, normal.
    #[n(6)]
    pub status: Option<MemberStatus>,
    /// What the master may do with its account.
    #[serde(default)]
    #[n(7)]
    pub permission_ids: Vec<String>,
    /// When it joined.
    #[n(8)]
    pub joined_at: Timestamp,
}

/// The header of a line.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    tenant_id: Option<TenantId>,
}

impl Line {
    /// Reads one line.
    ///
    /// # Errors
    /// [`Reason::Field`] when it is too long, no JSON object, of an unknown kind, or a field is
    /// missing, unknown or malformed.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        if text.len() > LINE_BYTES_MAX {
            let fault = format!("must have at most {LINE_BYTES_MAX} bytes");
            return Err(Reason::field("line", fault));
        }
        if text.len() > TEXT_BYTES_MAX
            && !has_short_texts(&serde_json::from_str(text).map_err(unreadable)?)
        {
            let fault = format!("a text must have at most {TEXT_BYTES_MAX} bytes");
            return Err(Reason::field("line", fault));
        }
        if json_is_deceptive(text) {
            let fault = "has NUL or a control of the direction of text in it";
            return Err(Reason::field("line", fault));
        }
        let header: Header<'_> = serde_json::from_str(text).map_err(unreadable)?;
        let content = match &*header.kind {
            "tenant" => Content::Tenant(fields(text)?),
            "access_key" => Content::AccessKey(fields(text)?),
            "partner" => {
                let (partner, contact) = fields_and_contact(text, &["mobile_phone", "email"])?;
                Content::Entry(Entry::Partner(partner, contact))
            }
            "customer" => {
                let (customer, contact) = fields_and_contact(text, &["telephone", "email"])?;
                Content::Entry(Entry::Customer(Box::new(customer), contact))
            }
            "booking" => Content::Entry(Entry::Booking(fields(text)?)),
            "coupon_quota" => Content::Entry(Entry::CouponQuota(fields(text)?)),
            "quota_grant" => Content::Entry(Entry::QuotaGrant(fields(text)?)),
            "realname_review" => Content::Entry(Entry::RealnameReview(fields(text)?)),
            "fee_record" => Content::Entry(Entry::FeeRecord(fields(text)?)),
            "monthly_bill" => Content::Entry(Entry::MonthlyBill(fields(text)?)),
            "usage_95" => Content::Entry(Entry::UsageDay(fields(text)?)),
            "resource_package" => Content::Entry(Entry::ResourcePackage(fields(text)?)),
            "package_use" => Content::Entry(Entry::PackageUse(fields(text)?)),
            "business_agreement" => Content::Entry(Entry::BusinessAgreement(fields(text)?)),
            "business_discount" => Content::Entry(Entry::BusinessDiscount(fields(text)?)),
            "partner_discount" => Content::Entry(Entry::PartnerDiscount(fields(text)?)),
            "resource" => Content::Entry(Entry::Resource(fields(text)?)),
            "cloud_coupon" => Content::Entry(Entry::CloudCoupon(fields(text)?)),
            "stored_value_card" => Content::Entry(Entry::StoredValueCard(fields(text)?)),
            "promotion_discount" => Content::Entry(Entry::PromotionDiscount(fields(text)?)),
            "enterprise" => Content::Entry(Entry::Enterprise(fields(text)?)),
            "organization" => Content::Entry(Entry::Organization(fields(text)?)),
            "enterprise_member" => Content::Entry(Entry::EnterpriseMember(fields(text)?)),
            kind => {
                let entry = catalogue_entry(kind, text)?;
                return Ok(Self { tenant_id: None, content: Content::Catalogue(entry) });
            }
        };
        if header.tenant_id.is_none() {
            return Err(Reason::field("tenant_id", "is required"));
        }
        Ok(Self { tenant_id: header.tenant_id, content })
    }
}

/// Reads a line of the catalogue, which belongs to no tenant.
fn catalogue_entry(kind: &str, text: &str) -> Result<CatalogueEntry, Reason> {
    Ok(match kind {
        "service_type" => CatalogueEntry::ServiceType(all_fields(text)?),
        "resource_type" => CatalogueEntry::ResourceType(all_fields(text)?),
        "usage_type" => CatalogueEntry::UsageType(all_fields(text)?),
        "measure_unit" => CatalogueEntry::MeasureUnit(all_fields(text)?),
        "conversion" => CatalogueEntry::Conversion(all_fields(text)?),
        "region" => CatalogueEntry::Region(all_fields(text)?),
        "product" => CatalogueEntry::Product(all_fields(text)?),
        "price" => CatalogueEntry::Price(all_fields(text)?),
        "incentive_policy" => CatalogueEntry::IncentivePolicy(all_fields(text)?),
        "province" => CatalogueEntry::Province(all_fields(text)?),
        "city" => CatalogueEntry::City(all_fields(text)?),
        "county" => CatalogueEntry::County(all_fields(text)?),
        _ => return Err(Reason::field("kind", "must be a kind of line that a book has")),
    })
}

/// Whether no text in it is longer than one may be.
fn has_short_texts(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => text.len() <= TEXT_BYTES_MAX,
        Value::Array(items) => items.iter().all(has_short_texts),
        Value::Object(fields) => fields.values().all(has_short_texts),
    }
}

fn unreadable(error: serde_json::Error) -> Reason {
    Reason::field("line", error.to_string())
}

/// What every line has.
const HEADER: [&str; 2] = ["kind", "tenant_id"];

/// Reads what a line has beside its header.
fn fields<T: DeserializeOwned>(text: &str) -> Result<T, Reason> {
    selected(text, &|name| !HEADER.contains(&name))
}

/// Reads what a line has beside its header, the fields of its contact apart.
fn fields_and_contact<T: DeserializeOwned>(
    text: &str,
    contact: &[&str],
) -> Result<(T, Contact), Reason> {
    let record = selected(text, &|name| !HEADER.contains(&name) && !contact.contains(&name))?;
    Ok((record, selected(text, &|name| contact.contains(&name))?))
}

/// Reads what a line of the catalogue has beside its kind: a tenant is no field of it.
fn all_fields<T: DeserializeOwned>(text: &str) -> Result<T, Reason> {
    selected(text, &|name| name != "kind")
}

/// Reads the fields of a line whose name `wanted` wants.
fn selected<T: DeserializeOwned>(text: &str, wanted: &dyn Fn(&str) -> bool) -> Result<T, Reason> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let fields = Fields { wanted, record: PhantomData };
    let fields = deserializer.deserialize_map(fields).map_err(unreadable)?;
    deserializer.end().map_err(unreadable)?;
    Ok(fields)
}

/// Reads a `T` from an object that also has other fields.
struct Fields<'w, T> {
    wanted: &'w dyn Fn(&str) -> bool,
    record: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<'_, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let selection = Selection { map, wanted: self.wanted };
        T::deserialize(MapAccessDeserializer::new(selection))
    }
}

/// An object without some of its fields. A plain wrapper, so that digits are not lost in a buffer.
struct Selection<'w, A> {
    map: A,
    wanted: &'w dyn Fn(&str) -> bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Selection<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        while let Some(key) =
            self.map.next_key_seed(Key { seed: &mut seed, wanted: self.wanted })?
        {
            match key {
                Some(key) => return Ok(Some(key)),
                None => _ = self.map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a key with the seed, or leaves the seed for the next key when it is not wanted.
struct Key<'s, K> {
    seed: &'s mut Option<K>,
    wanted: &'s dyn Fn(&str) -> bool,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, K> {
    type Value = Option<K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<'_, K> {
    type Value = Option<K::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if !(self.wanted)(name) {
            return Ok(None);
        }
        self.seed.take().map(|seed| seed.deserialize(StrDeserializer::new(name))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Line, String> {
        Line::parse(text).map_err(|reason| reason.client_message().into_owned())
    }

    const BOOKING: &str = r#"{"kind": "booking", "tenant_id": "t", "booking_id": "b",
        "partner_id": "p", "account_type": 1, "amount": "10.00", "trade_type": "RECHARGE",
        "at": "2026-01-05T02:00:00Z"}"#;

    #[test]
    fn reads_a_line_whatever_the_order_of_its_fields() {
        let reordered = r#"{"amount": "10.00", "at": "2026-01-05T02:00:00Z", "account_type": 1,
            "partner_id": "p", "booking_id": "b", "trade_type": "RECHARGE", "tenant_id": "t",
            "\u006bind": "booking"}"#;
        for text in [BOOKING, reordered] {
            let line = parse(text).expect(text);
            assert_eq!(line.tenant_id.expect("a tenant").as_str(), "t");
            let Content::Entry(Entry::Booking(booking)) = line.content else { panic!("{text}") };
            assert_eq!(booking.amount.to_string(), "10.00");
            assert_eq!(booking.trade_type, Some(TradeType::Recharge));
        }
    }

    #[test]
    fn refuses_what_is_no_line_of_a_book() {
        for text in [
            "",
            "null",
            "[]",
            "{}",
            "{\"kind\": \"booking\"}",
            r#"{"kind": "other", "tenant_id": "t"}"#,
            r#"{"kind": "tenant", "tenant_id": ""}"#,
            r#"{"kind": "tenant", "name": "n"}"#,
            r#"{"kind": "province", "tenant_id": "t", "province_code": "11", "name": "n"}"#,
            r#"{"kind": "province", "province_code": "11", "name": ""}"#,
            r#"{"kind": "tenant", "tenant_id": "t", "name": "n"} x"#,
            r#"{"kind": "tenant", "tenant_id": "t", "name": "\u202e"}"#,
            r#"{"kind": "tenant", "tenant_id": "t", "name": "n", "name": "n"}"#,
            r#"{"kind": "tenant", "kind": "tenant", "tenant_id": "t", "name": "n"}"#,
            r#"{"kind": "tenant", "tenant_id": "t", "colour": "red"}"#,
            &BOOKING.replace("\"10.00\"", "10.00"),
            &BOOKING.replace("10.00", "10.000000001"),
            &BOOKING.replace("10.00", "ten"),
            &BOOKING.replace("02:00:00Z", "02:00:00"),
            &BOOKING.replace("\"account_type\": 1", "\"account_type\": 5"),
            &BOOKING.replace("RECHARGE", "GIFT"),
            &"x".repeat(LINE_BYTES_MAX + 1),
        ] {
            assert!(parse(text).is_err(), "{text:.200}");
        }
    }

    #[test]
    fn reads_a_price_of_a_term_or_of_usage() {
        let head = r#"{"kind": "price", "product_id": "p", "effective_time":
            "2026-01-05T02:00:00Z", "amount": "1.5""#;
        for rest in [
            r#", "period_type": 2}"#,
            r#", "period_type": 3, "period_num": 3, "expire_time": "2026-01-05T02:00:01Z"}"#,
            r#", "usage_type_code": "Duration", "measure_id": 4}"#,
        ] {
            let line = parse(&format!("{head}{rest}")).expect(rest);
            assert!(line.tenant_id.is_none(), "{rest}");
            assert!(matches!(line.content, Content::Catalogue(CatalogueEntry::Price(_))));
        }
        for rest in [
            "}",
            r#", "period_type": 1}"#,
            r#", "period_type": 2, "period_num": 0}"#,
            r#", "period_num": 1}"#,
            r#", "period_type": 2, "expire_time": "2026-01-05T02:00:00Z"}"#,
            r#", "period_type": 2, "measure_id": 4}"#,
            r#", "usage_type_code": "Duration"}"#,
            r#", "usage_type_code": "Duration", "measure_id": 4, "period_type": 2}"#,
        ] {
            assert!(parse(&format!("{head}{rest}")).is_err(), "{rest}");
        }
        let negative = format!("{head}, \"period_type\": 2}}").replace("1.5", "-1.5");
        assert!(parse(&negative).is_err());
    }

    #[test]
    fn reads_discounts_that_say_one_thing() {
        let item = |rest: &str| {
            let head = r#"{"kind": "business_discount", "tenant_id": "t", "item_id": "i",
                "commerce_id": "CA", "customer_id": "c", "charging_mode": "MONTHLY""#;
            parse(&format!("{head}, {rest}}}")).is_ok()
        };
        assert!(item(r#""product_id": "p", "discount_ratio": "0.8""#));
        assert!(item(r#""product_id": "p", "sales_price": "12.5""#));
        assert!(item(r#""service_type_code": "s", "region_code": "r", "discount_ratio": "1""#));
        assert!(!item(r#""product_id": "p""#));
        assert!(!item(r#""discount_ratio": "0.8""#));
        assert!(!item(r#""product_id": "p", "service_type_code": "s", "discount_ratio": "0.8""#));
        assert!(!item(r#""product_id": "p", "region_code": "r", "discount_ratio": "0.8""#));
        assert!(!item(r#""service_type_code": "s", "sales_price": "12.5""#));
        assert!(!item(r#""product_id": "p", "sales_price": "-1""#));
        assert!(!item(r#""product_id": "p", "discount_ratio": "0.8", "sales_price": "1""#));
        for ratio in ["1.1", "-0.1", "0.123456789", "x", "1e400"] {
            assert!(!item(&format!(r#""product_id": "p", "discount_ratio": "{ratio}""#)));
        }

        let given = |kind: &str, rest: &str| {
            let head = format!(
                r#"{{"kind": "{kind}", "tenant_id": "t", "discount_id": "d", "customer_id": "c",
                "discount_name": "n", "effective_time": "2026-01-05T02:00:00Z""#
            );
            parse(&format!("{head}, {rest}}}")).is_ok()
        };
        let (partner, promotion) = ("partner_discount", "promotion_discount");
        assert!(given(partner, r#""discount_type": 607, "discount_ratio": "0.9""#));
        assert!(given(partner, r#""discount_type": 606, "reduction": "10""#));
        assert!(given(promotion, r#""reduction": "10", "service_type_codes": ["s"]"#));
        assert!(!given(partner, r#""discount_type": 607, "reduction": "10""#));
        assert!(!given(partner, r#""discount_type": 605, "discount_ratio": "0.9""#));
        assert!(!given(partner, r#""discount_ratio": "0.9""#));
        assert!(!given(promotion, r#""discount_type": 606, "discount_ratio": "0.9""#));
        assert!(!given(promotion, r#""reduction": "0""#));
        assert!(!given(promotion, r#""discount_ratio": "0.9", "reduction": "1""#));
        let ended = r#""discount_ratio": "0.9", "expire_time": "2026-01-05T02:00:00Z""#;
        assert!(!given(promotion, ended));
    }

    #[test]
    fn refuses_a_text_that_is_too_long_wherever_it_is() {
        let line =
            |name: &str| format!(r#"{{"kind": "tenant", "tenant_id": "t", "name": "{name}"}}"#);
        assert!(parse(&line(&"n".repeat(TEXT_BYTES_MAX))).is_ok());
        let fault = parse(&line(&"n".repeat(TEXT_BYTES_MAX + 1))).expect_err("too long");
        assert!(fault.contains("a text must have at most 2048 bytes"), "{fault}");
        let nested = BOOKING.replace("\"10.00\"", &format!(r#"[{{"a": "{}"}}]"#, "x".repeat(3000)));
        assert!(parse(&nested).expect_err("too long").contains("at most 2048 bytes"));
    }

    #[test]
    fn an_access_key_never_prints_its_secret() {
        let text = r#"{"kind": "access_key", "tenant_id": "t", "access_key_id": "AK",
            "secret_key": "very-secret-0123", "partner_id": "p"}"#;
        let line = parse(text).expect("a line");
        assert!(!format!("{line:?}").contains("very-secret-0123"));
        let Content::AccessKey(key) = line.content else { panic!("{text}") };
        assert_eq!(key.secret_key.expose(), b"very-secret-0123");
        for short in ["", "very-secret-012"] {
            assert!(parse(&text.replace("very-secret-0123", short)).is_err());
        }
        assert!(parse(&text.replace("very-secret-0123", "new\\nline")).is_err());
    }
}
