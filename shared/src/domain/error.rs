//! Why an operation is refused. Knows no HTTP: [`crate::api`] gives status and wire codes.

use crate::security::secret::SecretError;
use crate::store::StoreError;
use std::borrow::Cow;

/// Why an operation is refused, or cannot be answered.
///
/// Deliberately without `Display`: what a client may read is [`Reason::client_message`], what the
/// log gets is [`Reason::log_message`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A field of the request is missing, malformed or out of range.
    Field {
        /// The field, as the wire names it.
        name: &'static str,
        /// What it must be.
        fault: Cow<'static, str>,
    },
    /// This kind of caller may not do this.
    CallerNotPermitted,
    /// The reseller named is not one of the caller's, or the caller can have none.
    NotYourReseller,
    /// The quota is unknown, not the caller's to use, or in a status that forbids it.
    QuotaUnusable,
    /// The quota is not effective yet, or has expired.
    QuotaNotInEffect,
    /// The limits asked for are wider than those of the quota.
    LimitsBeyondQuota,
    /// The coupon is not usable, so that nothing can be taken back from it.
    CouponNotReclaimable,
    /// The coupon is of a customer that pays the cloud directly.
    ReferralCoupon,
    /// The quota is unknown, or not the caller's to give from.
    QuotaNotYours,
    /// The quota is in a status that forbids to give from it.
    QuotaNotGrantable,
    /// Too many at one time want to change the quota.
    QuotaBusy,
    /// The customer is unknown or not this partner's.
    NotYourCustomer,
    /// The customer pays the cloud directly and cannot receive value from the partner.
    ReferralCustomer,
    /// The customer is a member whose finances its master keeps, and cannot receive coupons.
    UnifiedMember,
    /// The quota has less left than is asked for.
    QuotaExhausted,
    /// No such customer below this partner.
    PartnerHasNoSuchCustomer,
    /// A login name without the form of one.
    LoginNameMalformed,
    /// A mobile number without the form of one.
    MobileMalformed,
    /// A password that is too simple, or says what others know.
    PasswordMalformed,
    /// Another customer has the login name.
    LoginNameTaken,
    /// Another customer has the mobile number.
    MobileTaken,
    /// Another customer has the account at the partner's platform.
    XaccountTaken,
    /// A verification code whose time is over.
    CodeExpired,
    /// A verification code that was answered wrongly too often.
    CodeFailedTooOften,
    /// Not the verification code.
    CodeWrong,
    /// The mobile number was sent as many codes as it may be.
    SendLimitReached,
    /// The address of a partner was tried out as often as it may be.
    TestedTooOften,
    /// There is no way for codes to get where they belong.
    NoCodeDelivery,
    /// There is no page on which a customer could be authenticated.
    NoAuthenticationPage,
    /// The account is part of another one, which alone is authenticated.
    SubAccount,
    /// The receiver of events did not take a code. Says why, for the log.
    CodeNotDelivered(String),
    /// Not a tenant that only plays: its codes cannot be read, and nothing is taken back unasked.
    NotADemoTenant,
    /// A transfer of nothing, or of less.
    AmountNotPositive,
    /// A transfer from an account to itself.
    SameAccount,
    /// The amount and the accounts are not of one currency.
    CurrencyMismatch,
    /// The debit account has less than the amount.
    InsufficientBalance,
    /// A balance would leave the range that amounts have.
    AmountTooLarge,
    /// The customer is this partner's, but not one that the partner funds.
    NoPermissionOnCustomer,
    /// The calling partner has less to allocate than is asked for.
    PartnerCannotPay,
    /// The reseller in whose name is allocated has less than is asked for.
    ResellerCannotPay,
    /// The statement of a customer that its partner funds is the partner's, not the customer's.
    ResaleStatement,
    /// A customer that a reseller bills is shown no balance.
    BilledByReseller,
    /// The client token was used before, for another request.
    TokenReused,
    /// A book line refers to something that does not exist.
    UnknownReference {
        /// What kind of thing.
        kind: &'static str,
        /// Its identity as the line gives it.
        id: String,
    },
    /// A book line's identity is taken, with other content.
    ContentDiffers,
    /// A book line contradicts itself or what is already there.
    Contradiction(&'static str),
    /// A submission for real-name review has a file that is neither picture nor document.
    AttachmentFormat,
    /// The customer is authenticated already, or under review.
    AlreadyAuthenticated,
    /// The customer was never a person that could become an enterprise.
    BusinessCheck,
    /// The customer has submitted too often of late.
    TooManyAttempts,
    /// As many customers use the certificate as may.
    CertificateUsedUp,
    /// The verification code of a bank card no longer counts.
    CardCodeExpired,
    /// A master whose money is its partner's cannot hand it on.
    MasterIsFunded,
    /// Not a member of the master that has money of its own and is of the same legal entity.
    NotAnIndependentMember,
    /// Not a member of the master.
    NoSuchMember,
    /// Not a member that the master can take coupons back from.
    NoMasterMemberRelation,
    /// The coupon cannot be transferred to a member. Says why.
    CouponNotTransferable(&'static str),
    /// The coupon cannot be taken back from a member. Says why.
    CouponNotRetrievable(&'static str),
    /// Too many at one time want to change the coupon.
    CouponBusy,
    /// The name of a transfer was used before.
    TransIdUsed,
    /// The credit has expired.
    CreditExpired,
    /// A frozen master creates no members.
    MasterFrozen,
    /// Another customer has the login name that a member is to have.
    MemberNameTaken,
    /// Not the verification code of a member, or one that was answered wrongly too often.
    MemberCodeWrong,
    /// Only the master of an enterprise sends codes to members.
    OnlyMastersSend,
    /// A member whose finances its master keeps sends no codes.
    UnifiedMemberSends,
    /// The mobile number of a member was sent as many codes as it may be.
    MemberSendLimitReached,
    /// The receiver of events did not take a member's code. Says why, for the log.
    MemberCodeNotDelivered(String),
    /// No submission of this identity.
    NoSuchSubmission,
    /// The submission has been decided before.
    AlreadyDecided,
    /// No message of this identity.
    NoSuchDelivery,
    /// No snapshot of this name.
    NoSuchSnapshot,
    /// No restore is under way.
    NoSuchRestore,
    /// No such order, or not the caller's.
    OrderNotFound,
    /// No such order in the tenant's books, or part of a combined one.
    NoSuchOrder,
    /// The order does not wait for payment.
    OrderNotPayable,
    /// The order was not paid in time.
    PaymentDeadlinePassed,
    /// The order cannot be paid with this discount.
    DiscountUnusable,
    /// The order cannot be paid with this coupon: it is used, kept by another order, or for
    /// something else.
    CouponUnusable,
    /// The coupon cannot be used together with the discount.
    CouponExcludesDiscount,
    /// The discount leaves less of the price than the coupon needs.
    DiscountBelowCoupon,
    /// The coupons cannot be used together.
    CouponsExclude,
    /// Part of a combined order, which alone can be changed.
    ChildOrder,
    /// The order does not wait for payment.
    OrderNotCancellable,
    /// The order gives nothing back.
    NotARefundOrder,
    /// An attached resource, which goes with its main one.
    NotAMainResource,
    /// There is no price for such a term.
    TermNotOffered,
    /// The order was placed, and could not be paid.
    AutoPaymentFailed,
    /// An order about the resource waits for payment.
    ResourceInUnpaidOrder,
    /// An order about the resource is being carried out.
    ResourceInRunningOrder,
    /// No such resource, or not the caller's.
    ResourceNotFound,
    /// The resource was released, unsubscribed or switched.
    ResourceGone,
    /// The resource cannot be given back, it was before.
    ResourceUnsubscribed,
    /// The resource has no term that has not begun.
    NothingRenewed,
    /// Another order about the resource is being carried out.
    TransactionRunning,
    /// The resource has expired.
    AutoRenewalUnavailable,
    /// The resource does not renew itself.
    AutoRenewalOff,
    /// The resource cannot go on as pay-per-use.
    ToOnDemandUnavailable,
    /// The customer is frozen: it can buy, renew and change nothing.
    CustomerFrozen,
    /// The resource would be paid for longer than a resource may be.
    TermTooLong,
    /// Two orders of one millisecond got the same identity by chance.
    OrderIdTaken,
    /// The order is not paid, or done already.
    OrderNotProcessing,
    /// The order does not wait for approval.
    OrderNotPendingApproval,
    /// Part of something that is given back as a whole.
    MustGoAsAWhole,
    /// The customer has not authorised its partner to order on its behalf.
    NotAuthorised,
    /// The partner has asked for no authorisation.
    NoAuthorisationAsked,
    /// The customer's association cannot begin, change or end. Says why.
    CannotAssociate(&'static str),
    /// The other side has asked for a change, which is to be answered first.
    ChangeAsked,
    /// The other side asks for no change.
    NoChangeAsked,
    /// The side has asked for a change not long ago.
    AskedOfLate,
    /// No invitation of this name that can still be accepted.
    NoSuchInvitation,
    /// A clock that would go back.
    ClockGoesBack,
    /// The catalogue has no such product, or no price of it for the term at the moment.
    ProductNotFound,
    /// The product has no price for this kind of usage.
    UsageFactorUnknown,
    /// The unit of the usage does not convert into that of the price.
    UsageUnitMismatch,
    /// A price beyond the largest amount.
    PriceTooLarge,
    /// A price is asked for of a resource twice.
    ResourcesRepeated,
    /// A price is asked for of a resource that was released, or never was.
    RateOfMissing,
    /// A price is asked for of a resource that is in an order which waits for payment.
    RateOfUnpaid,
    /// A price is asked for of an attached resource, which goes with its main one.
    RateOfAttached,
    /// A price is asked for of a term that the resource cannot be renewed for.
    RateTermNotOffered,
    /// A price is asked for of a resource that is being unsubscribed or changed.
    RateOfChanging,
    /// A price is asked for of a resource that cannot be renewed.
    RateNotRenewable,
    /// A month cannot be closed: its bills are not what the ledger says. Names what differs.
    MonthDoesNotAddUp(String),
    /// A month cannot be closed: lines keep coming into it.
    MonthInUse,
    /// Personal data cannot be sealed or opened.
    Secret(SecretError),
    /// A stored record does not read back. Names the record.
    Corrupt(String),
    /// The store failed.
    Store(StoreError),
}

impl Reason {
    /// A field's fault.
    pub fn field(name: &'static str, fault: impl Into<Cow<'static, str>>) -> Self {
        Self::Field { name, fault: fault.into() }
    }

    /// Whether the fault is this program's or the store's: then a request fails as a whole, and not
    /// one of its items alone.
    pub fn is_internal(&self) -> bool {
        matches!(self, Self::Secret(_) | Self::Corrupt(_) | Self::Store(_))
    }

    /// What the caller may read. Says nothing about what belongs to others.
    pub fn client_message(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Field { name, fault } => return Cow::Owned(format!("{name}: {fault}")),
            Self::CallerNotPermitted => "access denied",
            Self::NotYourReseller => "no permission to act for this reseller",
            Self::QuotaUnusable => "the quota does not exist or its status is incorrect",
            Self::QuotaNotInEffect => "the quota is not effective yet or has expired",
            Self::LimitsBeyondQuota => "the limits go beyond those of the quota",
            Self::CouponNotReclaimable => "the coupon has expired or was used up or reclaimed",
            Self::ReferralCoupon => "coupons of this association type cannot be reclaimed",
            Self::QuotaNotYours => "illegal operation: no quota to give from",
            Self::QuotaNotGrantable => "the status of the quota does not allow it to be given",
            Self::QuotaBusy => "an earlier operation on the quota is still running, try again",
            Self::NotYourCustomer => "not a customer of this partner",
            Self::ReferralCustomer => "customers of this association type cannot receive coupons",
            Self::UnifiedMember => {
                "a member whose finances its master keeps cannot receive coupons"
            }
            Self::QuotaExhausted => "the balance of the quota is insufficient",
            Self::PartnerHasNoSuchCustomer => "the customer of the partner does not exist",
            Self::LoginNameMalformed => "the login name has an incorrect format",
            Self::MobileMalformed => "the mobile number has an incorrect format",
            Self::PasswordMalformed => "the password has an incorrect format",
            Self::LoginNameTaken => "the login name already exists",
            Self::MobileTaken => "the mobile number already exists",
            Self::XaccountTaken => "the xaccount_id is already used",
            Self::CodeExpired => "the verification code has expired",
            Self::CodeFailedTooOften => "the verification code failed too often, send another one",
            Self::CodeWrong => "the verification code is wrong",
            Self::SendLimitReached => {
                "the limit of codes is reached: for a number 15 an hour and 60 a day, \
                 for a partner 600 an hour and 3000 a day"
            }
            Self::TestedTooOften => "the limit of test events is reached: 20 an hour",
            Self::NoCodeDelivery => {
                "no verification code can be sent: the operator has set up no receiver of events"
            }
            Self::NoAuthenticationPage => {
                "there is no page to authenticate on: the operator has set no real_name_page"
            }
            Self::SubAccount => "only main accounts are authenticated",
            Self::CodeNotDelivered(_) => "the verification code was not delivered, try again",
            Self::NotADemoTenant => "this is for demo tenants only: see the variable demo_tenants",
            Self::AmountNotPositive => "the amount must be greater than 0",
            Self::SameAccount => "an account cannot transfer to itself",
            Self::CurrencyMismatch => "the currencies differ",
            Self::InsufficientBalance => "the balance is insufficient",
            Self::AmountTooLarge => "the amount or a balance would be too large",
            Self::NoPermissionOnCustomer => "no permission on this customer",
            Self::PartnerCannotPay => "the balance of the partner is insufficient",
            Self::ResellerCannotPay => "the balance of the reseller is insufficient",
            Self::ResaleStatement => "customers of the resale model cannot query their ledger",
            Self::BilledByReseller => "customers that a reseller bills have no balance",
            Self::TokenReused => "the client token was used for another request",
            Self::UnknownReference { kind, id } => {
                return Cow::Owned(format!("unknown {kind} {id:?}"));
            }
            Self::ContentDiffers => "already there with other content",
            Self::Contradiction(detail) => detail,
            Self::AttachmentFormat => "the files must be jpg, jpeg, bmp, png, gif or pdf",
            Self::AlreadyAuthenticated => "the customer is authenticated or under review",
            Self::BusinessCheck => "the customer is not authenticated as an individual",
            Self::TooManyAttempts => "too many authentication attempts, try again tomorrow",
            Self::CertificateUsedUp => "too many customers use this certificate number",
            Self::CardCodeExpired => "the verification code has expired",
            Self::MasterIsFunded => "a master that its partner funds cannot transfer money",
            Self::NotAnIndependentMember => "not a member with an account of its own",
            Self::NoMasterMemberRelation => {
                "not a member of this master with an account of its own"
            }
            Self::CouponNotTransferable(fault) => {
                return Cow::Owned(format!("coupon_id: {fault}"));
            }
            Self::CouponNotRetrievable(fault) => {
                return Cow::Owned(format!("sub_coupon_id: {fault}"));
            }
            Self::CouponBusy => "the operation failed, try again",
            Self::NoSuchMember => "the account does not exist",
            Self::TransIdUsed => "the trans_id was used before",
            Self::CreditExpired => "the validity of the credit has passed",
            Self::MasterFrozen => "the master is frozen",
            Self::MemberNameTaken => "the account name already exists",
            Self::MemberCodeWrong => "the verification code is wrong",
            Self::OnlyMastersSend => "only the master of an enterprise sends codes to members",
            Self::UnifiedMemberSends => "a member under financial custody sends no codes",
            Self::MemberSendLimitReached => {
                "the limit of codes is reached: 15 an hour and 60 a day"
            }
            Self::MemberCodeNotDelivered(_) => {
                "the verification code was created, but not delivered: try again"
            }
            Self::NoSuchSubmission => "review_id: there is no such submission",
            Self::AlreadyDecided => "the submission has been decided",
            Self::OrderNotFound => "there is no such order",
            Self::NoSuchOrder => "order_id: there is no such order",
            Self::OrderNotPayable => "the status of the order does not allow it to be paid",
            Self::PaymentDeadlinePassed => "the order was not paid in time",
            Self::DiscountUnusable => "the discount cannot be used for this order",
            Self::CouponUnusable => "the coupon or card is used, or cannot be used for this order",
            Self::CouponExcludesDiscount => "the coupon cannot be used together with the discount",
            Self::DiscountBelowCoupon => "the discount ratio is below the minimum of the coupon",
            Self::CouponsExclude => "cash coupons and discount coupons cannot be used together",
            Self::ChildOrder => "use the id of the combined transaction",
            Self::OrderNotCancellable => {
                "the status of the order does not allow it to be cancelled"
            }
            Self::NotARefundOrder => "not an unsubscription or downgrade order",
            Self::NotAMainResource => "only main resources can be given",
            Self::TermNotOffered => "the product is not offered for this term",
            Self::AutoPaymentFailed => "automatic payment failed, the order awaits payment",
            Self::ResourceInUnpaidOrder => "the resource is in an order that is not paid",
            Self::ResourceInRunningOrder => "the resource is in an order that is being processed",
            Self::ResourceNotFound => "there is no such resource",
            Self::ResourceGone => "the resource is closed",
            Self::ResourceUnsubscribed => "the resource is closed or was unsubscribed",
            Self::NothingRenewed => "the resource has no renewed period",
            Self::TransactionRunning => "a transaction about the resource is running",
            Self::AutoRenewalUnavailable => "auto-renewal cannot be set for the resource",
            Self::AutoRenewalOff => "auto-renewal is not on",
            Self::ToOnDemandUnavailable => "the resource cannot be switched to pay-per-use",
            Self::CustomerFrozen => "the account is frozen",
            Self::TermTooLong => "the term would be longer than allowed",
            Self::OrderIdTaken => "the identity of the order is taken, try again",
            Self::OrderNotProcessing => "the order is not being processed",
            Self::OrderNotPendingApproval => "the order does not await approval",
            Self::MustGoAsAWhole => "the resource must be unsubscribed with its main resource",
            Self::NotAuthorised => "the customer has not authorised the partner to order for it",
            Self::NoAuthorisationAsked => "the partner has asked for no authorisation",
            Self::CannotAssociate(fault) => fault,
            Self::ChangeAsked => "the other side has asked for a change: answer that first",
            Self::NoChangeAsked => "the other side asks for no change",
            Self::AskedOfLate => "a change was asked for in the last three months",
            Self::NoSuchInvitation => "there is no such invitation, or it was used or has expired",
            Self::ClockGoesBack => "now: must be later than the tenant's time",
            Self::NoSuchSnapshot => "name: there is no such snapshot",
            Self::NoSuchRestore => "tenant_id: no restore is under way",
            Self::NoSuchDelivery => "delivery_id: there is no such delivery",
            Self::ProductNotFound => "the product does not exist",
            Self::UsageFactorUnknown => "the usage factor does not exist",
            Self::UsageUnitMismatch => "the unit of the usage is wrong",
            Self::PriceTooLarge => "the price is above the maximum",
            Self::ResourcesRepeated => "the ids of the resources must be unique",
            Self::RateOfMissing => "the resource does not exist or was deleted",
            Self::RateOfUnpaid => "the resource is in an order that waits for payment",
            Self::RateOfAttached => "not a main resource",
            Self::RateTermNotOffered => "the resource cannot be renewed for this term",
            Self::RateOfChanging => "the resource is being unsubscribed or changed",
            Self::RateNotRenewable => "the product of the resource cannot be renewed",
            Self::MonthDoesNotAddUp(what) => {
                return Cow::Owned(format!("the month does not add up: {what}"));
            }
            Self::MonthInUse => "lines keep coming into the month, try again",
            Self::Secret(_) | Self::Corrupt(_) | Self::Store(_) => {
                "the operation could not be carried out"
            }
        })
    }

    /// What the operator's log gets, causes included.
    pub fn log_message(&self) -> Cow<'static, str> {
        match self {
            Self::Secret(error) => Cow::Owned(error.to_string()),
            Self::Corrupt(record) => Cow::Owned(format!("record {record} does not read back")),
            Self::Store(error) => Cow::Owned(error.to_string()),
            Self::CodeNotDelivered(cause) | Self::MemberCodeNotDelivered(cause) => {
                Cow::Owned(format!("code not delivered: {cause}"))
            }
            other => other.client_message(),
        }
    }
}

impl From<SecretError> for Reason {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}

impl From<StoreError> for Reason {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_never_reads_a_cause() {
        let store = Reason::Store(StoreError::NoHead("head.demo".into()));
        assert!(!store.client_message().contains("head"));
        assert!(store.log_message().contains("head.demo"));
        let corrupt = Reason::Corrupt("a:Bp1".into());
        assert!(!corrupt.client_message().contains("Bp1"));
        assert!(corrupt.log_message().contains("Bp1"));
    }

    #[test]
    fn a_field_fault_names_the_field() {
        let reason = Reason::field("face_value", "must be greater than 0");
        assert_eq!(reason.client_message(), "face_value: must be greater than 0");
    }
}
