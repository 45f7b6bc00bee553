//! The coupons that a partner has issued: the list, another one, and back again.

use billing::api::{Answer, ErrorDetail, Operation, Query, Refusal};
use billing::component::{Call, Visit};
use billing::console::{Form, Screen};
use billing::domain::coupon::{CouponFilter, CouponList, CouponStatus, HeldQuota, ShownCoupon};
use billing::domain::error::Reason;
use billing::domain::partner::{AssociationType, Customer, CustomerFilter};
use billing::operations::issue_coupons::{
    self, Foreseen, ForeseenOf, Issue, IssueCoupons, Issued, foresee,
};
use billing::operations::reclaim_coupon::{self, CouponReclaim, ReclaimCoupon};
use billing::operations::second_factor::second_factor;
use billing::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use billing::value::page::Slice;
use maud::{Markup, html};

use super::done::{Done, Line};
use super::{factor, quotas};
use crate::format;
use crate::texts;
use crate::view::{Figures, PER_PAGE, View, Words, encoded, state};

/// How long an expired coupon is still listed, in months: as long as the API lists it.
const EXPIRED_MONTHS_MAX: u32 = 24;

/// Quotas that a form offers.
const QUOTAS_OFFERED: usize = 100;

/// Customers that a form offers.
const CUSTOMERS_OFFERED: usize = 20;

/// The pages' operations, as the journal names them.
const LIST: Operation = Operation { method: "GET", name: "ListIssuedPartnerCoupons" };
const ISSUE: Operation = Operation { method: "POST", name: "CreatePartnerCoupons" };
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
        html! { (coupon.customer_id) },
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

/// What the form for more coupons is asked for: a customer that gets one, the quota that they are
/// issued from, and the reseller in whose name.
type Asked = (Option<CustomerId>, Option<QuotaId>, Option<PartnerId>);

/// The form for more coupons.
pub async fn form(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&LIST)?;
    let caller = call.caller().partner()?;
    let (customer, quota_id, reseller): Asked = call.query(|query| {
        let (customer, quota_id) = (query.value("customer_id")?, query.value("quota_id")?);
        Ok((customer, quota_id, query.value("indirect_partner_id")?))
    })?;
    let (offered, customers) = call
        .read(async |books| {
            let now = books.at(call.now());
            let partner = books.acting_for(caller, reseller.as_ref()).await?;
            let is_offered = |held: &HeldQuota| {
                let is_asked = quota_id.as_ref().is_none_or(|id| held.quota.quota_id == *id);
                is_asked && quotas::can_issue(held, now)
            };
            let first = Slice::first(QUOTAS_OFFERED);
            let quotas = books.held_quotas(&partner, Some(is_offered), first).await?;
            let all = CustomerFilter::default();
            let customers = books.customers(&partner, &all, Slice::first(CUSTOMERS_OFFERED));
            Ok((quotas, customers.await?))
        })
        .await?;

    let customers: Vec<Customer> = customers.items.into_iter().map(|(it, _)| it).collect();
    let is_offered = |id: &CustomerId| customers.iter().any(|customer| customer.customer_id == *id);
    let others = html! {
        textarea id="customer_ids" name="customer_ids" rows="3" {
            @if let Some(customer) = customer.as_ref().filter(|id| !is_offered(id)) { (customer) }
        }
    };
    let face_value = html! {
        input id="face_value" name="face_value" inputmode="decimal" autocomplete="off" required;
    };
    let memo = html! { input id="memo" name="memo" maxlength="512" autocomplete="off"; };
    let main = html! {
        @if offered.items.is_empty() {
            p.problem role="alert" { (view.say(texts::NO_QUOTA)) }
        }
        form.box method="post" action="/console/coupons/issue" {
            (view.form_token())
            @if let Some(reseller) = &reseller {
                input type="hidden" name="indirect_partner_id" value=(reseller);
            }
            (quotas::choice(view, &offered.items))
            (boxes(view, &customers, customer.as_ref()))
            (view.field("customer_ids", texts::OTHERS_OF_COUPONS, &others))
            (view.field("face_value", texts::FACE_VALUE_EACH, &face_value))
            (view.field("memo", texts::NOTE, &memo))
            p { button type="submit" { (view.say(texts::CONTINUE)) } }
        }
    };
    Ok(view.page(texts::ISSUE_COUPONS, &main))
}

/// A box for each of the first customers that a coupon can be issued to.
fn boxes(view: &View, customers: &[Customer], ticked: Option<&CustomerId>) -> Markup {
    let funded = customers.iter().filter(|it| it.association_type == AssociationType::Resale);
    html! {
        fieldset {
            legend { (view.say(texts::CUSTOMERS_OF_COUPONS)) }
            @for (place, customer) in funded.enumerate() {
                @let id = format!("customer-{place}");
                @let is_ticked = ticked == Some(&customer.customer_id);
                label for=(id) {
                    input id=(id) name="customer_id" type="checkbox" value=(customer.customer_id)
                        checked[is_ticked];
                    " " (customer.account_name.as_deref().unwrap_or_default())
                    " " code { (customer.customer_id) }
                }
            }
        }
    }
}

/// The customers of a form, ticked and typed.
fn customers_of(form: &Form) -> impl Iterator<Item = &str> {
    form.all("customer_id").chain(form.words("customer_ids"))
}

/// Says what issuing will do, or does it once that was confirmed.
pub async fn issue(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&ISSUE)?;
    let caller = call.caller().partner()?;
    let issue = issue_of(&form)?;
    let order = IssueCoupons::check(caller.clone(), issue.clone())?;
    if !form.is_confirmed() {
        return confirm_issue(view, &call, &form, (&issue, &order)).await;
    }
    let randoms = call.randoms(order.coupons_max());
    let answer = call
        .update(async |books| {
            let issued = issue_coupons::issue(books, &order, &randoms).await?;
            Answer::ok(&Done { lines: issued.iter().map(line_of).collect() })
        })
        .await?;
    Done::page(&answer, view, texts::COUPONS_ISSUED, ("/console/coupons", texts::COUPONS))
}

fn issue_of(form: &Form) -> Result<Issue, Refusal> {
    let customers = customers_of(form).map(|id| {
        id.parse().map_err(|_| Refusal::parameter("customer_ids", "must be ids of customers"))
    });
    Ok(Issue {
        quota_id: form.value("quota_id")?,
        customer_ids: customers.collect::<Result<_, _>>()?,
        face_value: form.value("face_value")?,
        valid_time: None,
        expire_time: None,
        cloud_service_types: None,
        product_ids: None,
        memo: form.filled("memo"),
        indirect_partner_id: form.optional("indirect_partner_id")?,
    })
}

fn line_of(issued: &Issued) -> Line {
    let subject = issued.customer_id.to_string();
    match &issued.outcome {
        Ok(coupon_id) => Line::done(subject, coupon_id.to_string()),
        Err(reason) => Line::refused(subject, &ErrorDetail::new("", reason)),
    }
}

async fn confirm_issue(
    view: &View,
    call: &Call,
    form: &Form,
    (issue, order): (&Issue, &IssueCoupons),
) -> Result<Screen, Refusal> {
    let Foreseen { quota, balance, left, customers } =
        call.read(async |books| foresee(books, order, books.at(call.now())).await).await?;
    let issued = customers.iter().filter(|customer| customer.outcome.is_ok()).count();
    let value = balance.checked_sub(left).map_err(|_| Reason::AmountTooLarge)?;
    let mut fields = vec![("customer_ids", customers_of(form).collect::<Vec<_>>().join(" "))];
    let others = ["quota_id", "face_value", "memo", "indirect_partner_id"];
    fields.extend(others.map(|name| (name, form.text(name).to_owned())));
    let rows: Vec<Vec<Markup>> = customers.iter().map(|it| foreseen_row(view, it)).collect();
    let columns = [
        Words(texts::CUSTOMER),
        Words(texts::ACCOUNT_NAME),
        Words(texts::WILL_HAPPEN),
        Words(texts::REASON),
    ];
    let main = html! {
        (view.facts(&[
            (texts::QUOTA, html! { (quota.quota_id) }),
            (texts::KIND, html! { (view.say(texts::coupon_kind(quota.kind()))) }),
            (texts::COUPONS, html! { (issued) }),
            (texts::FACE_VALUE_EACH, html! { (format::money(issue.face_value)) }),
            (texts::TAKEN_FROM_QUOTA, html! { (format::money(value)) }),
            (texts::LEFT_BEFORE, html! { (format::money(balance)) }),
            (texts::LEFT_AFTER, html! { (format::money(left)) }),
            (texts::EXPIRES, format::time(quota.expire_time)),
            (texts::NOTE, html! { (issue.memo.as_deref().unwrap_or_default()) }),
        ]))
        (view.table(texts::CUSTOMERS, &columns, &rows))
        (view.confirm("/console/coupons/issue", "/console/coupons", &fields))
    };
    Ok(view.page(texts::CONFIRM_ISSUE, &main))
}

/// What one customer will get, or why it will not.
fn foreseen_row(view: &View, foreseen: &ForeseenOf) -> Vec<Markup> {
    let refused = foreseen.outcome.as_ref().err().map(|reason| ErrorDetail::new("", reason));
    let said = if refused.is_none() { texts::GETS_A_COUPON } else { texts::WILL_BE_REFUSED };
    vec![
        html! { (foreseen.customer_id) },
        html! { (foreseen.account_name.as_deref().unwrap_or_default()) },
        state(view, said),
        html! {
            @if let Some(refused) = refused { (refused.error_msg) " " code { (refused.error_code) } }
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
