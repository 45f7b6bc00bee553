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

/// For each line of an order, whether a coupon with these limits may pay it. Of one kind of limit
/// any value suffices; all kinds must be met.
pub fn payable_lines(order: &Order, limits: &[UseLimit]) -> Vec<bool> {
    let meets = |product: &Product, key: &str| {
        let mut values = limits.iter().filter(|limit| limit.limit_key == key).peekable();
        let value = match key {
            LIMIT_CLOUD_SERVICE_TYPE | LIMIT_SERVICE_TYPE => product.service_type_code.as_str(),
            LIMIT_PRODUCT_ID => &product.product_id,
            _ => &product.region_code,
        };
        values.peek().is_none() || values.any(|limit| limit.value.value1.as_deref() == Some(value))
    };
    let keys = [LIMIT_CLOUD_SERVICE_TYPE, LIMIT_SERVICE_TYPE, LIMIT_PRODUCT_ID, LIMIT_REGION];
    let may_pay = |line: &super::OrderLine| keys.iter().all(|key| meets(&line.product, key));
    order.lines.iter().map(may_pay).collect()
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
    let has = |key: &str, value: &str| {
        let is_value = |limit: &UseLimit| limit.value.value1.as_deref() == Some(value);
        limits.iter().any(|limit| limit.limit_key == key && is_value(limit))
    };
    if EXCLUSIONS.iter().any(|(key, excluded)| kind == Some(*excluded) && has(key, "0")) {
        return Err(Reason::CouponExcludesDiscount);
    }
    for limit in limits.iter().filter(|limit| limit.limit_key == LIMIT_DISCOUNT) {
        let ratio: Option<Quantity> = limit.value.value1.as_deref().and_then(|it| it.parse().ok());
        if let Some(ratio) = ratio
            && !order.any_ratio_from(discount, ratio)?
        {
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
