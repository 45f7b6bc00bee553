//! The coupons that a partner has issued: the list, and the way back of each.

use billing::api::{Answer, ErrorDetail, Operation, Query, Refusal};
use billing::component::Visit;
use billing::console::Screen;
use billing::domain::coupon::{CouponFilter, CouponList, CouponStatus, ShownCoupon};
use billing::domain::error::Reason;
use billing::operations::reclaim_coupon::{self, CouponReclaim, ReclaimCoupon};
use billing::operations::second_factor::second_factor;
use billing::value::id::{CouponId, PartnerId};
use billing::value::page::Slice;
use maud::{Markup, html};

use super::done::{Done, Line};
use super::{customers, factor};
use crate::format;
use crate::texts;
use crate::view::{Figures, PER_PAGE, View, Words, encoded, state};

/// How long an expired coupon is still listed, in months: as long as the API lists it.
const EXPIRED_MONTHS_MAX: u32 = 24;

/// The pages' operations, as the journal names them.
const LIST: Operation = Operation { method: "GET", name: "ListIssuedPartnerCoupons" };
const RECLAIM: Operation = Operation { method: "POST", name: "ReclaimPartnerCoupons" };

/// The coupons, newest first.
pub async fn list(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&LIST)?;
    let caller = call.caller().of_console()?;
    let (reseller, slice) = call.query(|query| {
        let reseller: Option<PartnerId> = query.value("indirect_partner_id")?;
        Ok((reseller, query.slice(PER_PAGE, 1..=100)?))
    })?;
    let (partner, coupons) = call
        .read(async |books| {
            let now = books.at(call.now());
            let partner = books.acting_for(caller, reseller.as_ref()).await?;
            let expired_since = now.months_before(EXPIRED_MONTHS_MAX);
            let filter = CouponFilter { expired_since, ..CouponFilter::all() };
            let list = CouponList::Issued(partner.clone());
            Ok((partner, books.coupons(&list, &filter, now, slice).await?))
        })
        .await?;

    let acting = acting_for(caller.partner_id == partner, &partner);
    let rows: Vec<Vec<Markup>> =
        coupons.items.iter().map(|shown| row(view, shown, &acting)).collect();
    let columns = [
        Words(texts::COUPON),
        Words(texts::KIND),
        Words(texts::CUSTOMER),
        Words(texts::STATUS),
        Figures(texts::LEFT),
        Figures(texts::FACE_VALUE),
        Words(texts::EXPIRES),
        Words(texts::NOTE),
        Words(texts::ACTION),
    ];
    let main = html! {
        @if view.can_act() {
            p.actions {
                a.button href={ "/console/coupons/issue" (acting.replacen('&', "?", 1)) } {
                    (view.say(texts::ISSUE_COUPONS))
                }
            }
        }
        (view.table(texts::COUPONS, &columns, &rows))
        (view.pager(acting.trim_start_matches('&'), slice, coupons.total_count))
    };
    Ok(view.page(texts::COUPONS, &main))
}

/// The pair of a query that says for which reseller someone acts.
fn acting_for(own: bool, partner: &PartnerId) -> String {
    if own { String::new() } else { format!("&indirect_partner_id={}", encoded(partner.as_str())) }
}

fn row(view: &View, shown: &ShownCoupon, acting: &str) -> Vec<Markup> {
    let coupon = &shown.coupon;
    let reclaim = format!(
        "/console/coupons/reclaim?coupon_id={}{acting}",
        encoded(coupon.coupon_id.as_str())
    );
    vec![
        html! { (coupon.coupon_id) },
        html! { (view.say(texts::coupon_kind(coupon.kind()))) },
        customers::link(&coupon.customer_id),
        state(view, texts::coupon_status(shown.status)),
        html! { (format::money(shown.balance)) },
        html! { (format::money(coupon.face_value)) },
        format::time(coupon.expire_time),
        html! { (coupon.memo.as_deref().unwrap_or_default()) },
        html! {
            @if shown.status == CouponStatus::Usable && view.can_act() {
                a href=(reclaim) { (view.say(texts::RECLAIM)) }
            }
        },
    ]
}

/// Says what reclaiming a coupon will do.
pub async fn confirm_reclaim(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&LIST)?;
    let caller = call.caller().partner()?;
    let (coupon_id, reseller) = call.query(read_reclaim)?;
    let (coupons, factor) = call
        .read(async |books| {
            let now = books.at(call.now());
            let partner = books.acting_for(caller, reseller.as_ref()).await?;
            let filter = CouponFilter {
                coupon_id: Some(coupon_id.to_string()),
                expired_since: now.months_before(EXPIRED_MONTHS_MAX),
                ..CouponFilter::all()
            };
            let list = CouponList::Issued(partner);
            let coupons = books.coupons(&list, &filter, now, Slice::first(1)).await?;
            Ok((coupons, second_factor(books, &caller.partner_id).await?))
        })
        .await?;
    let unknown = || Reason::field("coupon_id", "there is no such coupon");
    let shown = coupons.items.into_iter().next().ok_or_else(unknown)?;
    let fields = [
        ("coupon_id", coupon_id.to_string()),
        ("indirect_partner_id", reseller.map(|id| id.to_string()).unwrap_or_default()),
    ];
    let main = html! {
        (view.facts(&[
            (texts::COUPON, html! { (coupon_id) }),
            (texts::KIND, html! { (view.say(texts::coupon_kind(shown.coupon.kind()))) }),
            (texts::CUSTOMER, html! { (shown.coupon.customer_id) }),
            (texts::STATUS, state(view, texts::coupon_status(shown.status))),
            (texts::EFFECTIVE, format::time(shown.coupon.effective_time)),
            (texts::EXPIRES, format::time(shown.coupon.expire_time)),
            (texts::TAKEN_FROM_COUPON, html! { (format::money(shown.balance)) }),
            (texts::BACK_TO_QUOTA, html! { (shown.coupon.quota_id) }),
        ]))
        (view.confirm_with("/console/coupons/reclaim", "/console/coupons", &fields,
            &factor::field(view, factor.as_ref())))
    };
    Ok(view.page(texts::CONFIRM_RECLAIM, &main))
}

fn read_reclaim(query: &mut Query) -> Result<(CouponId, Option<PartnerId>), Refusal> {
    Ok((query.required("coupon_id")?, query.value("indirect_partner_id")?))
}

/// Reclaims a coupon.
pub async fn reclaim(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&RECLAIM)?;
    let caller = call.caller().partner()?;
    let coupon_id: CouponId = form.value("coupon_id")?;
    let reseller = form.filled("indirect_partner_id");
    let order = ReclaimCoupon::check(caller.clone(), coupon_id.clone(), reseller)?;
    let subject = coupon_id.to_string();
    let answer = call
        .update(async |books| {
            let line = match reclaim_coupon::reclaim_coupon(books, &order).await? {
                CouponReclaim::Reclaimed(amount) => {
                    Line::done(subject.clone(), format::money(amount))
                }
                CouponReclaim::Expired(_) => {
                    let detail = ErrorDetail::new("", &Reason::CouponNotReclaimable);
                    Line::refused(subject.clone(), &detail)
                }
            };
            Answer::ok(&Done { lines: vec![line] })
        })
        .await?;
    Done::page(&answer, view, texts::COUPON_RECLAIMED, ("/console/coupons", texts::COUPONS))
}
