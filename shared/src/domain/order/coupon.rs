//! Which coupons can pay which lines of an order, and with which discounts they go together.

use super::{DiscountKind, Order, OrderType};
use crate::domain::coupon::{
    CouponType, LIMIT_CLOUD_SERVICE_TYPE, LIMIT_ORDER_KIND, LIMIT_PRODUCT_ID, LIMIT_SHARE,
    LimitInfo, UseLimit,
};
use crate::domain::error::Reason;
use crate::domain::payment::PartKind;
use crate::domain::resource::Product;
use crate::value::money::Quantity;

/// Most coupons and cards of one payment.
pub const COUPONS_MAX: usize = 3;

/// Most cash coupons of one payment.
pub const CASH_COUPONS_MAX: usize = 1;

/// The published name of a limit to cloud services, which these books call
/// [`LIMIT_CLOUD_SERVICE_TYPE`].
const LIMIT_SERVICE_TYPE: &str = "serviceType";

/// Limit to regions.
const LIMIT_REGION: &str = "regionCode";

/// Kinds of discounts that a coupon may exclude, each by its limit: with the value 0 it does.
const EXCLUSIONS: [(&str, DiscountKind); 3] = [
    ("simultaneousUseWithEmpowerDiscount", DiscountKind::Partner),
    ("simultaneousUseWithContractDiscount", DiscountKind::Commercial),
    ("simultaneousUseWithPromotionDiscount", DiscountKind::Promotion),
];

/// The least ratio of a price with a discount to the list price.
const LIMIT_DISCOUNT: &str = "minConsumeDiscount";

/// Kinds of orders, as a coupon is limited to them.
const ORDER_KINDS: [&str; 3] = ["new", "renew", "change"];

/// How a coupon is numbered as a part of a payment.
pub fn part_kind(coupon_type: CouponType) -> PartKind {
    match coupon_type {
        CouponType::Cash => PartKind::CashCoupon,
        CouponType::FlexiPurchase => PartKind::FlexiCoupon,
    }
}

/// Most coupons of a kind in one payment.
pub fn quantity_max(coupon_type: CouponType) -> usize {
    match coupon_type {
        CouponType::Cash => CASH_COUPONS_MAX,
        CouponType::FlexiPurchase => COUPONS_MAX,
    }
}

/// What of a product the limits of a coupon look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fitting<'p> {
    /// The cloud service.
    pub service: &'p str,
    /// The product.
    pub product_id: &'p str,
    /// The region.
    pub region: &'p str,
}

impl<'p> From<&'p Product> for Fitting<'p> {
    fn from(product: &'p Product) -> Self {
        Self {
            service: product.service_type_code.as_str(),
            product_id: &product.product_id,
            region: &product.region_code,
        }
    }
}

/// Limits to what a coupon may pay for.
const LIMITS: [&str; 4] =
    [LIMIT_CLOUD_SERVICE_TYPE, LIMIT_SERVICE_TYPE, LIMIT_PRODUCT_ID, LIMIT_REGION];

/// Whether a coupon with these limits may pay for a product. Of one kind of limit any value
/// suffices; all kinds must be met.
pub fn fits(product: Fitting<'_>, limits: &[UseLimit]) -> bool {
    LIMITS.iter().all(|key| {
        let mut values = limits.iter().filter(|limit| limit.limit_key == *key).peekable();
        let value = match *key {
            LIMIT_CLOUD_SERVICE_TYPE | LIMIT_SERVICE_TYPE => product.service,
            LIMIT_PRODUCT_ID => product.product_id,
            _ => product.region,
        };
        values.peek().is_none() || values.any(|limit| limit.value.value1.as_deref() == Some(value))
    })
}

/// Whether these limit what a coupon may pay for.
pub fn is_limited(limits: &[UseLimit]) -> bool {
    limits.iter().any(|limit| LIMITS.contains(&limit.limit_key.as_str()))
}

/// For each line of an order, whether a coupon with these limits may pay it.
pub fn payable_lines(order: &Order, limits: &[UseLimit]) -> Vec<bool> {
    let fits_kind = fits_order(order.order_type, limits);
    let fits_line = |product| fits_kind && fits(Fitting::from(product), limits);
    order.lines.iter().map(|line| fits_line(&line.product)).collect()
}

/// Whether a coupon with these limits may pay for an order of this type.
fn fits_order(order_type: OrderType, limits: &[UseLimit]) -> bool {
    let kind = match order_type {
        OrderType::Renewal => "renew",
        OrderType::Change => "change",
        OrderType::Subscription
        | OrderType::Unsubscription
        | OrderType::ToOnDemand
        | OrderType::ToPeriod
        | OrderType::Trial
        | OrderType::TrialToCommercial
        | OrderType::FeeAdjustment => "new",
    };
    let mut kinds = limits.iter().filter(|limit| limit.limit_key == LIMIT_ORDER_KIND).peekable();
    kinds.peek().is_none() || kinds.any(|limit| limit.value.value1.as_deref() == Some(kind))
}

/// The largest share of an order's price that a coupon with these limits may pay. What is paid by
/// use knows no such limit.
pub fn share_max(limits: &[UseLimit]) -> Option<Quantity> {
    let of_share = limits.iter().filter(|limit| limit.limit_key == LIMIT_SHARE);
    let shares = of_share.filter_map(|limit| share(limit.value.value1.as_deref()?));
    shares.reduce(|least, share| if least.is_more_than(share) { share } else { least })
}

/// A share above 0 and at most 1.
fn share(text: &str) -> Option<Quantity> {
    let share: Quantity = text.parse().ok()?;
    let is_share = share.is_positive() && !share.is_more_than(1.into());
    is_share.then_some(share)
}

/// Checks those limits of a quota that orders are paid by.
///
/// # Errors
/// [`Reason::Contradiction`] for a share or a kind of order that is none.
pub fn check_limits(limits: &[LimitInfo]) -> Result<(), Reason> {
    for limit in limits {
        let mut values = limit.limit_values.iter().map(|value| value.value1.as_deref());
        let is_known = |value: Option<&str>| match limit.limit_key.as_str() {
            LIMIT_SHARE => value.is_some_and(|text| share(text).is_some()),
            LIMIT_ORDER_KIND => value.is_some_and(|text| ORDER_KINDS.contains(&text)),
            _ => true,
        };
        if !values.all(is_known) {
            return Err(Reason::Contradiction(
                "maxDeductionRatio is above 0 and at most 1, subscribeType is new, renew or change",
            ));
        }
    }
    Ok(())
}

/// Whether a coupon with these limits excludes a kind of discount.
pub fn excludes(limits: &[UseLimit], kind: DiscountKind) -> bool {
    let is_zero = |limit: &UseLimit| limit.value.value1.as_deref() == Some("0");
    let has_zero = |key: &str| limits.iter().any(|limit| limit.limit_key == key && is_zero(limit));
    EXCLUSIONS.iter().any(|(key, excluded)| *excluded == kind && has_zero(key))
}

/// The least ratios of a price with a discount to the list price that these limits ask for.
pub fn least_ratios(limits: &[UseLimit]) -> impl Iterator<Item = Quantity> {
    let of_discount = limits.iter().filter(|limit| limit.limit_key == LIMIT_DISCOUNT);
    of_discount.filter_map(|limit| limit.value.value1.as_deref()?.parse().ok())
}

/// Checks that a coupon with these limits goes together with the discount of a payment.
///
/// # Errors
/// [`Reason::CouponExcludesDiscount`], then [`Reason::DiscountBelowCoupon`].
pub fn check_discount(
    order: &Order,
    discount: Option<u32>,
    limits: &[UseLimit],
) -> Result<(), Reason> {
    let Some(place) = discount else {
        return Ok(());
    };
    let kind = usize::try_from(place).ok().and_then(|place| order.discounts.get(place));
    let kind = kind.map(|discount| discount.kind);
    if kind.is_some_and(|kind| excludes(limits, kind)) {
        return Err(Reason::CouponExcludesDiscount);
    }
    for ratio in least_ratios(limits) {
        if !order.any_ratio_from(discount, ratio)? {
            return Err(Reason::DiscountBelowCoupon);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{discount, order};
    use super::*;
    use crate::domain::coupon::LimitValue;

    fn limits(limits: &[(&str, &str)]) -> Vec<UseLimit> {
        let limit = |(key, value): &(&str, &str)| UseLimit {
            limit_key: (*key).to_owned(),
            value: LimitValue { value1: Some((*value).to_owned()), value2: None },
        };
        limits.iter().map(limit).collect()
    }

    #[test]
    fn a_coupon_pays_lines_that_meet_all_kinds_of_its_limits() {
        let mut order = order();
        order.lines[1].product.region_code = "cn-north-4".to_owned();
        order.lines[1].product.service_type_code = "hws.service.type.ebs".parse().expect("code");
        for (asked, answer) in [
            (&[][..], [true, true]),
            (&[("cloud_service_type", "hws.service.type.ec2")], [true, false]),
            (&[("serviceType", "hws.service.type.ebs")], [false, true]),
            (&[("product_id", "P1")], [true, true]),
            (&[("product_id", "P2")], [false, false]),
            (&[("product_id", "P2"), ("product_id", "P1")], [true, true]),
            (&[("product_id", "P1"), ("regionCode", "cn-north-4")], [false, true]),
            (&[("minConsumeDiscount", "0.9")], [true, true]),
        ] {
            assert_eq!(payable_lines(&order, &limits(asked)), answer, "{asked:?}");
        }
    }

    #[test]
    fn a_coupon_may_be_limited_to_kinds_of_orders() {
        for (kinds, order_type, answer) in [
            (&[][..], OrderType::Renewal, true),
            (&["renew"], OrderType::Renewal, true),
            (&["new"], OrderType::Renewal, false),
            (&["new", "renew"], OrderType::Renewal, true),
            (&["new"], OrderType::Subscription, true),
            (&["new"], OrderType::ToPeriod, true),
            (&["change"], OrderType::Subscription, false),
            (&["change"], OrderType::Change, true),
        ] {
            let asked: Vec<(&str, &str)> = kinds.iter().map(|it| (LIMIT_ORDER_KIND, *it)).collect();
            let order = super::super::Order { order_type, ..order() };
            let lines = payable_lines(&order, &limits(&asked));
            assert_eq!(lines, [answer; 2], "{kinds:?} {order_type:?}");
        }
    }

    #[test]
    fn a_coupon_may_be_limited_to_a_share_of_an_order() {
        let shares = |texts: &[&str]| {
            let asked: Vec<(&str, &str)> = texts.iter().map(|text| (LIMIT_SHARE, *text)).collect();
            share_max(&limits(&asked)).map(|share| share.to_string())
        };
        assert_eq!(shares(&[]), None);
        assert_eq!(shares(&["0.5"]).as_deref(), Some("0.5"));
        assert_eq!(shares(&["1", "0.25"]).as_deref(), Some("0.25"));
        for (key, value, is_known) in [
            (LIMIT_SHARE, "1", true),
            (LIMIT_SHARE, "0.01", true),
            (LIMIT_SHARE, "0", false),
            (LIMIT_SHARE, "1.01", false),
            (LIMIT_SHARE, "-0.5", false),
            (LIMIT_SHARE, "half", false),
            (LIMIT_ORDER_KIND, "change", true),
            (LIMIT_ORDER_KIND, "anything", false),
            ("minConsumeDiscount", "half", true),
        ] {
            let value = LimitValue { value1: Some(value.to_owned()), value2: None };
            let limit = LimitInfo { limit_key: key.to_owned(), limit_values: vec![value] };
            assert_eq!(check_limits(&[limit]).is_ok(), is_known, "{key}");
        }
    }

    #[test]
    fn a_coupon_may_exclude_a_discount() {
        use DiscountKind::{Commercial, Partner, PriceAdjustment, Promotion};
        let amounts = &["20", "10"][..];
        let kinds = [Promotion, Commercial, Partner, PriceAdjustment];
        let order = super::super::Order {
            discounts: kinds.map(|kind| discount("d", kind, amounts)).to_vec(),
            ..order()
        };
        let excluded = Err(Reason::CouponExcludesDiscount);
        for (asked, place, answer) in [
            (("simultaneousUseWithPromotionDiscount", "0"), Some(0), excluded.clone()),
            (("simultaneousUseWithContractDiscount", "0"), Some(1), excluded.clone()),
            (("simultaneousUseWithEmpowerDiscount", "0"), Some(2), excluded),
            (("simultaneousUseWithEmpowerDiscount", "1"), Some(2), Ok(())),
            (("simultaneousUseWithEmpowerDiscount", "0"), Some(1), Ok(())),
            (("simultaneousUseWithEmpowerDiscount", "0"), Some(3), Ok(())),
            (("simultaneousUseWithEmpowerDiscount", "0"), None, Ok(())),
            (("minConsumeDiscount", "0.8"), Some(1), Ok(())),
            (("minConsumeDiscount", "0.81"), Some(1), Err(Reason::DiscountBelowCoupon)),
            (("minConsumeDiscount", "0.81"), None, Ok(())),
        ] {
            assert_eq!(check_discount(&order, place, &limits(&[asked])), answer, "{asked:?}");
        }
    }
}
