//! Which coupons can pay which lines of an order, and with which discounts they go together.

use super::{DiscountKind, Order};
use crate::domain::coupon::{CouponType, LIMIT_CLOUD_SERVICE_TYPE, LIMIT_PRODUCT_ID, UseLimit};
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
    order.lines.iter().map(|line| fits(Fitting::from(&line.product), limits)).collect()
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
