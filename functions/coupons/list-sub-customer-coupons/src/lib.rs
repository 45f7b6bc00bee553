//! List the coupons that the caller owns: a customer's, or those of a partner's own account.
//!
//! `ListSubCustomerCoupons`, `GET /v2/promotions/benefits/coupons`.

use billing::api::{Answer, Caller, Literal, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::coupon::{
    CouponFilter, CouponList, CouponStatus, CouponType, FetchMethod, MediaType, ShownCoupon,
    UseLimit,
};
use billing::domain::error::Reason;
use billing::domain::partner::{CallingCustomer, CallingPartner, Principal};
use billing::value::id::{CouponId, CustomerId, OrderId, PartnerId};
use billing::value::money::{Currency, Money};
use billing::value::page::Slice;
use billing::value::time::{Period, Timestamp};
use serde::Serialize;

/// How long an expired coupon is still listed.
const EXPIRED_MONTHS_MAX: u32 = 12;

/// Discount and product coupons: these books have none.
const OTHER_COUPON_TYPES: [i64; 2] = [2, 3];

const PAGES: PageRule = PageRule { offset_alone: Literal::Absent, ..PageRule::USUAL };

billing::component! { GET ListSubCustomerCoupons => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let owner = Owner::of(call.caller())?;
    let now = call.now();
    let request = call.query(Request::read)?;

    let Request { filter, indirect_partner_id, slice } = request;
    let coupons = call
        .read(async |books| {
            let customer = match (&owner, &indirect_partner_id) {
                (Owner::Customer(customer), None) => customer.customer_id.clone(),
                (Owner::Customer(_), Some(_)) => return Err(Reason::NotYourReseller),
                (Owner::Partner(partner), id) => {
                    let partner = books.acting_for(partner, id.as_ref()).await?;
                    CustomerId::of_account(&partner)
                }
            };
            let list = CouponList::Owned(customer);
            let now = books.at(now);
            let filter = filter.clone().since(now.months_before(EXPIRED_MONTHS_MAX));
            books.coupons(&list, &filter, now, slice).await
        })
        .await?;

    Answer::ok(&ListSubCustomerCouponsResponse {
        count: coupons.total_count,
        user_coupons: coupons.items.into_iter().map(UserCoupon::from).collect(),
    })
}

/// Whose coupons are asked for. A partner sees those of its own account and its resellers' alone:
/// its customers' coupons are theirs.
enum Owner {
    Customer(CallingCustomer),
    Partner(CallingPartner),
}

impl Owner {
    fn of(caller: &Caller) -> Result<Self, Refusal> {
        match &caller.principal {
            Principal::Customer(customer) => Ok(Self::Customer(customer.clone())),
            Principal::Partner(_) => caller.partner().cloned().map(Self::Partner),
        }
    }
}

struct Request {
    filter: CouponFilter,
    indirect_partner_id: Option<PartnerId>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let coupon_type = query.number_choice("coupon_type", |code| {
            let known = CouponType::from_code(code);
            (known.is_some() || OTHER_COUPON_TYPES.contains(&code)).then_some(known)
        })?;
        let order_id = query.text("order_id", Text::ID)?;
        let promotion_plan_id = query.text("promotion_plan_id", Text::ID)?;
        let other_type = coupon_type.is_some_and(|known| known.is_none());
        let begin = query.value("active_start_time")?;
        let end = query.value("active_end_time")?;
        Ok(Self {
            filter: CouponFilter {
                coupon_id: query.text("coupon_id", Text::ID)?,
                source_id: query.text("source_id", Text::ANY)?,
                order_id,
                elsewhere: promotion_plan_id.or(other_type.then(String::new)),
                coupon_type: coupon_type.flatten(),
                status: query.number_choice("status", CouponStatus::from_code)?,
                active: Period::of_seconds(begin, end),
                ..CouponFilter::all()
            },
            indirect_partner_id: query.value("indirect_partner_id")?,
            slice: query.slice_by(&PAGES)?,
        })
    }
}

#[derive(Serialize)]
struct ListSubCustomerCouponsResponse {
    count: u64,
    user_coupons: Vec<UserCoupon>,
}

#[derive(Serialize)]
struct UserCoupon {
    coupon_id: CouponId,
    status: CouponStatus,
    customer_id: CustomerId,
    coupon_type: CouponType,
    /// 1: the amounts are in yuan.
    measure_id: u8,
    face_value: Money,
    valid_time: Timestamp,
    expire_time: Timestamp,
    /// The order that keeps it, or the last one that it has paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    media_type: MediaType,
    fetch_method: FetchMethod,
    use_limits: Vec<UseLimit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_time: Option<Timestamp>,
    create_time: Timestamp,
    /// 2: it can be used until nothing is left of it.
    coupon_version: u8,
    balance: Money,
    /// The order that keeps it for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    lock_order_id: Option<OrderId>,
    /// 0: nothing freezes a coupon.
    is_frozen: &'static str,
    currency: Currency,
    /// The partner that issued it. The cloud's own have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<PartnerId>,
}

impl From<ShownCoupon> for UserCoupon {
    fn from(shown: ShownCoupon) -> Self {
        let ShownCoupon {
            coupon,
            balance,
            status,
            active_time,
            use_limits,
            lock_order_id,
            order_id,
        } = shown;
        Self {
            coupon_id: coupon.coupon_id,
            status,
            customer_id: coupon.customer_id,
            coupon_type: coupon.coupon_type,
            measure_id: 1,
            face_value: coupon.face_value.at_least_two_decimals(),
            valid_time: coupon.effective_time,
            expire_time: coupon.expire_time,
            media_type: MediaType::Electronic,
            fetch_method: FetchMethod::IssuedOnline,
            use_limits,
            active_time,
            create_time: coupon.create_time,
            coupon_version: 2,
            balance,
            order_id,
            lock_order_id,
            is_frozen: "0",
            currency: balance.currency(),
            source_id: coupon.cloud.is_none().then_some(coupon.partner_id),
        }
    }
}
