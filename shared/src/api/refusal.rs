//! Why a request is refused, as HTTP status, wire code and text. Nowhere else are there any.

use super::credential::Client;
use super::operation::Operation;
use crate::domain::error::Reason;
use crate::operations::import::Imported;
use crate::security::secret::SecretError;
use crate::security::signature::SignatureError;
use crate::store::{KeyValueError, StoreError};
use crate::value::id::{CustomerId, ResourceId};
use serde::Serialize;

/// Longest text of an error, in characters. A text may repeat what the client sent.
const TEXT_CHARACTERS_MAX: usize = 512;

/// A body that cannot be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It broke off. Holds the cause.
    Interrupted(String),
    /// The client announced more than it sends in time.
    TooSlow,
}

/// Why a request gets no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No operation has this path.
    NoSuchApi,
    /// The path has operations, for these methods only.
    MethodNotAllowed(&'static [Operation]),
    /// The body is larger than a request may be.
    BodyTooLarge,
    /// The body broke off, or did not come in time.
    BodyIncomplete(BodyError),
    /// No credentials, or wrong ones. The caller does not learn what is wrong; the log does.
    Unauthenticated(String),
    /// As [`Unauthenticated`](Self::Unauthenticated), for the signature of a key that can be used: it
    /// counts against the client.
    WrongSignature {
        /// The key.
        access_key_id: String,
        /// Where the request came from.
        client: Client,
    },
    /// A token that opens nothing. The caller does not learn why; the log does.
    BadToken(String),
    /// A parameter, header or field is missing, unknown or has a wrong value. Says which.
    Parameter(String),
    /// The value of a field has the right form and is none of those it can have. Says which.
    /// `CreateSubCustomer` has a code of its own for it.
    Value(String),
    /// Whether a customer was created is unknown. The answer carries what it would be called.
    AssociationUnknown {
        /// Its identity.
        domain_id: CustomerId,
        /// Its login name.
        domain_name: String,
    },
    /// A rule of the operation.
    Reason(Reason),
    /// More requests of the operation than a second has.
    TooManyRequests,
    /// The operator's routes are closed while the variable `operator_token` is not right. Says why.
    OperatorClosed(&'static str),
    /// No or a wrong operator token. The log has which.
    OperatorUnauthenticated(String),
    /// The operator's token does not have the role that the route needs.
    OperatorRole(&'static str),
    /// A form that no page of the console has sent. The sender does not learn why; the log does.
    ForeignForm(&'static str),
    /// No operator with this name.
    UnknownOperator,
    /// No tenant with this id.
    UnknownTenant,
    /// No access key with this id.
    UnknownAccessKey,
    /// The variable `master_key` does not allow to store or read a secret. Only operators see it.
    MasterKey(SecretError),
    /// A line of a book was refused.
    Line {
        /// Its number, from 1.
        line: u64,
        /// The result of the lines before it.
        imported: Imported,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// A head, page or record is not what was written. Says which, since only operators see it.
    Damaged(String),
    /// The store did not answer as it must.
    Store(StoreError),
    /// A fault of this program or of its host. The text is for the log only.
    Internal(String),
}

/// A wire code with its text, of one entry in an answer's `error_details`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorDetail {
    /// The wire code.
    pub error_code: &'static str,
    /// The text.
    pub error_msg: String,
    id: String,
}

impl ErrorDetail {
    /// What is wrong with the item of this id.
    pub fn new(id: impl Into<String>, reason: &Reason) -> Self {
        let (_, error_code) = status_and_code(reason);
        let error_msg = shortened(&reason.client_message());
        Self { error_code, error_msg, id: id.into() }
    }
}

/// A wire code with its text, of a resource in an answer's `fail_resource_infos`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedResource {
    error_code: &'static str,
    error_msg: String,
    resource_id: ResourceId,
}

impl FailedResource {
    /// What is wrong with this resource.
    pub fn new(resource_id: &ResourceId, reason: &Reason) -> Self {
        let ErrorDetail { error_code, error_msg, .. } = ErrorDetail::new("", reason);
        Self { error_code, error_msg, resource_id: resource_id.clone() }
    }
}

impl Refusal {
    /// Why an audit could not be finished, as the operator is told it: with the key of what is
    /// damaged.
    pub fn of_audit(reason: Reason) -> Self {
        match reason {
            Reason::Store(
                error @ (StoreError::Corrupt { .. }
                | StoreError::MissingPage(_)
                | StoreError::NoHead(_)),
            ) => Self::Damaged(error.to_string()),
            Reason::Corrupt(_) => Self::Damaged(reason.log_message().into_owned()),
            reason => reason.into(),
        }
    }

    /// A parameter, header or field with what is wrong about it.
    pub fn parameter(name: &str, fault: &str) -> Self {
        Self::Parameter(format!("{name}: {fault}"))
    }

    /// The field or parameter that is at fault, where it is a single one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Reason(Reason::Field { name, .. }) => Some(name),
            Self::Parameter(fault) => fault.split_once(": ").map(|(name, _)| name),
            _ => None,
        }
    }

    /// The same for an operator, who is told that it is the master key.
    pub(crate) fn for_operator(self) -> Self {
        match self {
            Self::Reason(Reason::Secret(error)) => error.into(),
            // Codes of single operations are no codes of the operator's routes.
            Self::Reason(Reason::OrderNotFound | Reason::ChildOrder) => Reason::NoSuchOrder.into(),
            Self::Reason(Reason::ProductNotFound) => {
                Reason::field("lines", "the catalogue has no such product or term").into()
            }
            Self::Reason(Reason::CouponUnusable) => {
                Reason::field("coupon_ids", "must be usable, and kept by no other order").into()
            }
            Self::Reason(Reason::CustomerFrozen) => {
                Reason::Contradiction("the customer is frozen").into()
            }
            other => other,
        }
    }

    /// The same, but with `reason` in place of a store that was changed by others too often.
    pub fn contended_as(self, reason: Reason) -> Self {
        match self {
            Self::Store(StoreError::Contended) => Self::Reason(reason),
            other => other,
        }
    }

    /// This refusal of a customer's creation: when it leaves open whether the customer was created,
    /// the answer tells what to look for.
    pub fn of_creation(self, domain_id: &CustomerId, domain_name: &str) -> Self {
        match self {
            Self::Store(StoreError::OutcomeUnknown) => Self::AssociationUnknown {
                domain_id: domain_id.clone(),
                domain_name: domain_name.to_owned(),
            },
            other => other,
        }
    }

    /// What the log is told and the client is not.
    pub(crate) fn cause(&self) -> Option<String> {
        match self {
            Self::Reason(
                reason @ (Reason::Secret(_)
                | Reason::Corrupt(_)
                | Reason::CodeNotDelivered(_)
                | Reason::MemberCodeNotDelivered(_)),
            ) => Some(reason.log_message().into_owned()),
            Self::Store(error) => Some(error.to_string()),
            Self::Internal(cause) => Some(cause.clone()),
            Self::Unauthenticated(fault) => Some(format!("refused: {fault}")),
            Self::WrongSignature { .. } => Some(format!("refused: {}", SignatureError::Mismatch)),
            Self::BadToken(fault) => Some(format!("token refused: {fault}")),
            Self::OperatorUnauthenticated(fault) => {
                Some(format!("operator token refused: {fault}"))
            }
            Self::BodyIncomplete(BodyError::Interrupted(cause)) => {
                Some(format!("body broke off: {cause}"))
            }
            Self::ForeignForm(fault) => Some(format!("form refused: {fault}")),
            Self::Line { line, refusal, .. } => {
                refusal.cause().map(|cause| format!("line {line}: {cause}"))
            }
            Self::NoSuchApi
            | Self::MethodNotAllowed(_)
            | Self::BodyTooLarge
            | Self::BodyIncomplete(BodyError::TooSlow)
            | Self::Parameter(_)
            | Self::Value(_)
            | Self::AssociationUnknown { .. }
            | Self::Reason(_)
            | Self::TooManyRequests
            | Self::OperatorClosed(_)
            | Self::OperatorRole(_)
            | Self::UnknownOperator
            | Self::UnknownTenant
            | Self::UnknownAccessKey
            | Self::MasterKey(_)
            | Self::Damaged(_) => None,
        }
    }

    /// What an operator or the log is told.
    pub(crate) fn log_message(&self) -> String {
        self.cause().unwrap_or_else(|| self.wire().2)
    }

    /// The wire code.
    pub fn error_code(&self) -> &'static str {
        self.wire().1
    }

    /// Status, wire code and text.
    pub(crate) fn wire(&self) -> (u16, &'static str, String) {
        let (status, code, text) = match self {
            Self::NoSuchApi => (404, "APIGW.0101", "The API does not exist"),
            Self::MethodNotAllowed(_) => (405, "APIGW.0101", "The API does not have this method"),
            Self::BodyTooLarge => (413, "APIGW.0201", "The request body is larger than 1 MiB"),
            Self::BodyIncomplete(BodyError::Interrupted(_)) => {
                (400, "APIGW.0201", "The request body broke off")
            }
            Self::BodyIncomplete(BodyError::TooSlow) => {
                (408, "APIGW.0201", "The request body did not arrive in time")
            }
            Self::Unauthenticated(_) | Self::WrongSignature { .. } => {
                (401, "APIGW.0301", "Incorrect IAM authentication information")
            }
            Self::BadToken(_) => (401, "CBC.0154", "The token is invalid or has expired"),
            Self::Parameter(fault) => return (400, "CBC.0100", fault.clone()),
            Self::Value(fault) => return (400, "CBC.0101", fault.clone()),
            Self::AssociationUnknown { .. } => {
                let text = "the outcome is unknown: look for the customer with ListSubCustomers";
                (500, "CBC.99000050", text)
            }
            Self::Reason(reason) => {
                let (status, code) = status_and_code(reason);
                return (status, code, reason.client_message().into_owned());
            }
            Self::TooManyRequests => {
                (429, "APIGW.0308", "The throttling threshold has been reached: API calls a second")
            }
            Self::OperatorClosed(fault) => return (403, "CBC.0151", format!("closed: {fault}")),
            Self::OperatorUnauthenticated(_) => (401, "CBC.0154", "the operator token is wrong"),
            Self::OperatorRole(needed) => {
                return (403, "CBC.0151", format!("access denied: the role {needed} is needed"));
            }
            Self::ForeignForm(_) => (403, "CBC.0151", "access denied: the form is not this page's"),
            Self::UnknownOperator => (404, "CBC.0101", "name: there is no such operator"),
            Self::UnknownTenant => (404, "CBC.0101", "tenant_id: there is no such tenant"),
            Self::UnknownAccessKey => {
                (404, "CBC.0101", "access_key_id: there is no such access key")
            }
            Self::MasterKey(error) => return (400, "CBC.0100", error.to_string()),
            Self::Line { refusal, .. } => return refusal.wire(),
            Self::Damaged(fault) => return (500, "CBC.0999", fault.clone()),
            Self::Store(error @ StoreError::Unfit(_)) => {
                return (503, "CBC.0999", error.to_string());
            }
            Self::Store(error) => store_wire(error),
            Self::Internal(_) => (500, "CBC.0999", "internal error"),
        };
        (status, code, text.to_owned())
    }
}

/// Status and wire code of a rule. An item of an answer has the code only.
fn status_and_code(reason: &Reason) -> (u16, &'static str) {
    match reason {
        Reason::Field { .. }
        | Reason::AmountNotPositive
        | Reason::AmountTooLarge
        | Reason::SameAccount
        | Reason::CurrencyMismatch
        | Reason::UnknownReference { .. }
        | Reason::ContentDiffers
        | Reason::Contradiction(_) => (400, "CBC.0100"),
        Reason::MonthDoesNotAddUp(_) | Reason::MonthInUse => (409, "CBC.0100"),
        Reason::CallerNotPermitted | Reason::NotAuthorised => (403, "CBC.0151"),
        Reason::NotYourReseller => (400, "CBC.99000037"),
        Reason::QuotaUnusable => (400, "CBC.99000012"),
        Reason::QuotaNotInEffect => (400, "CBC.99000017"),
        Reason::LimitsBeyondQuota => (400, "CBC.99000023"),
        Reason::CouponNotReclaimable => (200, "CBC.99000048"),
        Reason::ReferralCoupon => (400, "CBC.99000045"),
        Reason::QuotaNotYours => (403, "CBC.0150"),
        Reason::QuotaNotGrantable => (400, "CBC.99000015"),
        Reason::QuotaBusy => (400, "CBC.50000045"),
        Reason::NotYourCustomer => (400, "CBC.99000035"),
        Reason::ReferralCustomer => (400, "CBC.99000014"),
        Reason::UnifiedMember => (400, "CBC.50000034"),
        Reason::QuotaExhausted => (400, "CBC.99000013"),
        Reason::PartnerHasNoSuchCustomer => (500, "CBC.5002"),
        Reason::InsufficientBalance => (400, "CBC.99005003"),
        Reason::NoPermissionOnCustomer => (400, "CBC.99000000"),
        Reason::PartnerCannotPay | Reason::ResellerCannotPay => (400, "CBC.5003"),
        Reason::ResaleStatement => (400, "CBC.99000084"),
        Reason::BilledByReseller => (400, "CBC.99000049"),
        Reason::LoginNameMalformed => (400, "CBC.99000031"),
        Reason::MobileMalformed => (400, "CBC.5017"),
        Reason::PasswordMalformed => (400, "CBC.99000036"),
        Reason::LoginNameTaken => (400, "CBC.99000038"),
        Reason::MobileTaken => (400, "CBC.99000029"),
        Reason::XaccountTaken => (400, "CBC.99000039"),
        Reason::CodeExpired => (400, "CBC.99004008"),
        Reason::CodeFailedTooOften => (400, "CBC.99004009"),
        Reason::CodeWrong => (400, "CBC.99004010"),
        Reason::SendLimitReached | Reason::TestedTooOften => (400, "CBC.99004015"),
        Reason::NoCodeDelivery | Reason::CodeNotDelivered(_) | Reason::NoAuthenticationPage => {
            (500, "CBC.0999")
        }
        Reason::SubAccount => (400, "CBC.99007297"),
        Reason::NotADemoTenant => (403, "CBC.0151"),
        Reason::TokenReused => (409, "CBC.0150"),
        Reason::AttachmentFormat => (400, "CBC.99000100"),
        Reason::AlreadyAuthenticated => (400, "CBC.99007188"),
        Reason::BusinessCheck => (400, "CBC.99007004"),
        Reason::TooManyAttempts => (400, "CBC.99007191"),
        Reason::CertificateUsedUp => (400, "CBC.99007189"),
        Reason::CardCodeExpired => (400, "CBC.99000027"),
        Reason::MasterIsFunded | Reason::NotAnIndependentMember => (400, "CBC.99007004"),
        Reason::CouponNotTransferable(_) | Reason::CouponNotRetrievable(_) => (400, "CBC.99007004"),
        Reason::NoMasterMemberRelation => (400, "CBC.99000086"),
        Reason::CouponBusy => (400, "CBC.99000087"),
        Reason::NoSuchMember => (400, "CBC.99000047"),
        Reason::TransIdUsed => (400, "CBC.99007009"),
        Reason::CreditExpired => (400, "CBC.99007181"),
        Reason::MasterFrozen => (500, "CBC.7004"),
        Reason::MemberNameTaken => (400, "CBC.99000031"),
        Reason::MemberCodeWrong => (400, "CBC.99000026"),
        Reason::OnlyMastersSend => (400, "CBC.70300008"),
        Reason::UnifiedMemberSends => (400, "CBC.70300009"),
        Reason::MemberSendLimitReached => (400, "CBC.99000082"),
        Reason::MemberCodeNotDelivered(_) => (400, "CBC.99004003"),
        Reason::NoSuchSubmission
        | Reason::NoSuchDelivery
        | Reason::NoSuchOrder
        | Reason::NoSuchSnapshot
        | Reason::NoSuchRestore => (404, "CBC.0101"),
        Reason::OrderNotFound => (400, "CBC.30000010"),
        Reason::OrderNotPayable => (400, "CBC.99003106"),
        Reason::PaymentDeadlinePassed => (400, "CBC.99003110"),
        Reason::DiscountUnusable => (400, "CBC.99003108"),
        Reason::CouponUnusable => (400, "CBC.99003112"),
        Reason::CouponExcludesDiscount => (400, "CBC.99003116"),
        Reason::DiscountBelowCoupon => (400, "CBC.99003117"),
        Reason::CouponsExclude => (400, "CBC.99003147"),
        Reason::ChildOrder => (400, "CBC.99000089"),
        Reason::OrderNotCancellable => (400, "CBC.99005010"),
        Reason::NotARefundOrder => (400, "CBC.99005026"),
        Reason::NotAMainResource => (400, "CBC.30010036"),
        Reason::TermNotOffered => (400, "CBC.30010069"),
        Reason::AutoPaymentFailed => (400, "CBC.30050006"),
        Reason::ResourceInUnpaidOrder => (400, "CBC.99003100"),
        Reason::ResourceInRunningOrder => (400, "CBC.99003144"),
        Reason::ResourceNotFound => (400, "CBC.99003012"),
        Reason::ResourceGone => (400, "CBC.99003016"),
        Reason::ResourceUnsubscribed => (400, "CBC.30000067"),
        Reason::NothingRenewed => (400, "CBC.99003128"),
        Reason::TransactionRunning => (400, "CBC.99003651"),
        Reason::AutoRenewalUnavailable => (400, "CBC.99003602"),
        Reason::AutoRenewalOff => (400, "CBC.99003605"),
        Reason::ToOnDemandUnavailable => (400, "CBC.99003608"),
        Reason::CustomerFrozen => (400, "CBC.99003626"),
        Reason::TermTooLong => (400, "CBC.99003154"),
        Reason::OrderIdTaken => (409, "CBC.0150"),
        Reason::OrderNotProcessing => (409, "CBC.0150"),
        Reason::OrderNotPendingApproval | Reason::NoAuthorisationAsked => (409, "CBC.0150"),
        Reason::CannotAssociate(_) | Reason::AskedOfLate => (400, "CBC.99007004"),
        Reason::ChangeAsked | Reason::NoChangeAsked => (409, "CBC.0150"),
        Reason::NoSuchInvitation => (404, "CBC.0101"),
        Reason::MustGoAsAWhole => (400, "CBC.99003185"),
        Reason::ClockGoesBack => (400, "CBC.0100"),
        Reason::AlreadyDecided => (409, "CBC.0150"),
        Reason::ProductNotFound => (400, "CBC.99006006"),
        Reason::UsageFactorUnknown => (400, "CBC.99006074"),
        Reason::UsageUnitMismatch => (400, "CBC.99006050"),
        Reason::PriceTooLarge => (400, "CBC.99006055"),
        Reason::ResourcesRepeated => (400, "CBC.30050012"),
        Reason::RateOfMissing => (400, "CBC.30050009"),
        Reason::RateOfUnpaid => (400, "CBC.30050010"),
        Reason::RateOfAttached => (400, "CBC.30050007"),
        Reason::RateTermNotOffered => (400, "CBC.30050008"),
        Reason::RateOfChanging => (400, "CBC.30050011"),
        Reason::RateNotRenewable => (400, "CBC.30050013"),
        Reason::Secret(_) | Reason::Corrupt(_) => (500, "CBC.0999"),
        Reason::Store(error) => {
            let (status, code, _) = store_wire(error);
            (status, code)
        }
    }
}

fn store_wire(error: &StoreError) -> (u16, &'static str, &'static str) {
    match error {
        StoreError::Contended => (429, "CBC.0250", "too many requests at one time, try again"),
        StoreError::TransactionTooLarge => {
            (400, "CBC.0100", "the request changes too much at one time: ask for less")
        }
        StoreError::Unavailable(_) => (503, "CBC.0999", "the store does not answer, try again"),
        StoreError::OutcomeUnknown => {
            let text = "the outcome is unknown: look, or repeat with the same X-Client-Token";
            (503, "CBC.0999", text)
        }
        StoreError::Unfit(_) => (503, "CBC.0999", "the store is unfit for the ledger"),
        StoreError::OtherFormat { .. } => {
            (503, "CBC.0999", "the store was written by another version")
        }
        StoreError::NoHead(_)
        | StoreError::Corrupt { .. }
        | StoreError::MissingPage(_)
        | StoreError::Misuse(_) => (500, "CBC.0999", "internal error"),
    }
}

pub(super) fn shortened(text: &str) -> String {
    text.chars().take(TEXT_CHARACTERS_MAX).collect()
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Store(error) => Self::Store(error),
            reason => Self::Reason(reason),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<KeyValueError> for Refusal {
    fn from(error: KeyValueError) -> Self {
        Self::Store(error.into())
    }
}

impl From<SecretError> for Refusal {
    fn from(error: SecretError) -> Self {
        Self::MasterKey(error)
    }
}
