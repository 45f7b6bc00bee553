//! Stored forms that belong to the books alone. Fields are numbered; later ones are optional.

use super::codes::{NumberRecord, SenderRecord};
use super::orders::OrderOwner;
use crate::domain::account::{Account, AccountId};
use crate::domain::amortisation::TermOfLine;
use crate::domain::association::{AssociationEvent, ChangeRequest, Invitation};
use crate::domain::authorisation::Authorisation;
use crate::domain::bandwidth::UsageDay;
use crate::domain::bill::{
    BilledMonths, Closing, CustomerSum, Debt, FeeRecord, MonthlyBill, PartnerSum,
};
use crate::domain::card::StoredValueCard;
use crate::domain::catalogue::{
    City, Conversion, County, IncentivePolicy, MeasureUnit, Price, Product, Province, Region,
    ResourceType, ServiceType, Spec, UsageType,
};
use crate::domain::coupon::{Coupon, Quota};
use crate::domain::delivery::Delivery;
use crate::domain::discount::{Agreement, AgreementItem, Discount};
use crate::domain::enterprise::{Member, Organization};
use crate::domain::error::Reason;
use crate::domain::ledger::Transfer;
use crate::domain::notification::Notification;
use crate::domain::order::Order;
use crate::domain::package::{Package, PackageUse};
use crate::domain::partner::{Customer, Partner};
use crate::domain::realname::{Applicant, Review, Submission};
use crate::domain::resource::{OnDemandResource, RenewalConfig, Resource};
use crate::domain::second_factor::SecondFactor;
use crate::domain::settings::Settings;
use crate::security::secret::Sealed;
use crate::security::vault::Contact;
use crate::value::id::PackageId;
use crate::value::money::Money;
use crate::value::time::{Month, Timestamp};
use minicbor::bytes::ByteVec;
use minicbor::decode::Error as DecodeError;
use minicbor::encode::Error as EncodeError;
use minicbor::{Decode, Encode};
use std::convert::Infallible;

/// An account, under its identity.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AccountRecord {
    #[n(0)]
    pub balance: Money,
    #[n(1)]
    pub credit_limit: Option<Money>,
}

impl AccountRecord {
    pub(crate) fn of(account: &Account) -> Self {
        Self { balance: account.balance, credit_limit: account.credit_limit }
    }

    pub(crate) fn into_account(self, id: AccountId) -> Account {
        Account { id, balance: self.balance, credit_limit: self.credit_limit }
    }
}

/// One side of a transfer, under the account and the transfer.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LineRecord {
    /// Negative where value left.
    #[n(0)]
    pub amount: Money,
    #[n(1)]
    pub balance_after: Money,
}

/// What is kept of a client token: its first part.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TokenRecord {
    /// SHA-256 of the request it was used for.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub request_sha256: [u8; 32],
    /// When it may be forgotten.
    #[n(1)]
    pub expires_at: Timestamp,
    /// Number of parts that hold the answer, after this one.
    #[n(2)]
    pub parts: u16,
}

/// A stored form.
///
/// What its type derives for CBOR is generic, and would be compiled again into each component that
/// uses it. These two are compiled once, with the library.
pub(crate) trait Stored: Sized {
    fn to_bytes(&self) -> Result<Vec<u8>, EncodeError<Infallible>>;

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError>;
}

/// Makes types with a CBOR encoding [`Stored`] ones.
macro_rules! stored {
    ($($record:ty),+ $(,)?) => {$(
        impl $crate::books::record::Stored for $record {
            fn to_bytes(
                &self,
            ) -> Result<Vec<u8>, ::minicbor::encode::Error<::std::convert::Infallible>> {
                ::minicbor::to_vec(self)
            }

            fn from_bytes(bytes: &[u8]) -> Result<Self, ::minicbor::decode::Error> {
                ::minicbor::decode(bytes)
            }
        }
    )+};
}

pub(crate) use stored;

stored! {
    AccountRecord, Agreement, AgreementItem, Applicant, AssociationEvent, Authorisation, BilledMonths,
    ChangeRequest, City, Closing, Contact, Conversion, County, Coupon, Customer, CustomerSum, Debt,
    Delivery, Discount, FeeRecord, IncentivePolicy, Invitation, LineRecord, MeasureUnit, Member, Money,
    Month, MonthlyBill, NumberRecord, OnDemandResource, Order, OrderOwner, Organization, Package,
    PackageId, PackageUse, Partner, PartnerSum, Price, Product, Province, Quota, Region, RenewalConfig,
    Notification, SecondFactor,
    Resource, ResourceType, Review, Sealed, SenderRecord, ServiceType, Settings, Spec, StoredValueCard,
    String, Submission, TermOfLine, TokenRecord, Transfer, UsageDay, UsageType, Vec<ByteVec>, i64, u32,
}

pub(crate) fn encode<T: Stored>(record: &T) -> Result<Vec<u8>, Reason> {
    record.to_bytes().map_err(|error| Reason::Corrupt(error.to_string()))
}

/// Decodes a stored record; the key names it in errors.
pub(crate) fn decode<T: Stored>(key: &[u8], bytes: &[u8]) -> Result<T, Reason> {
    T::from_bytes(bytes)
        .map_err(|error| Reason::Corrupt(format!("{}: {error}", key.escape_ascii())))
}
