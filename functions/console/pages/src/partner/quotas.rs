//! The coupon quotas that a partner holds, and those that a distributor has granted: parts of a quota
//! go to resellers, and come back.

use billing::api::{Answer, ErrorDetail, Operation, Refusal};
use billing::component::{Call, Visit};
use billing::console::{Form, Screen};
use billing::domain::coupon::{GrantedQuota, HeldQuota, QuotaStatus, QuotaType};
use billing::domain::error::Reason;
use billing::domain::partner::PartnerKind;
use billing::operations::grant_quotas::{self, GrantQuotas, Receiver};
use billing::operations::reclaim_quotas::{self, ReclaimQuotas, Reclaimed};
use billing::operations::second_factor::second_factor;
use billing::value::id::{PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::page::{Page, Slice};
use billing::value::time::Timestamp;
use maud::{Markup, html};

use super::done::{Done, Line};
use super::factor;
use super::overview::quota_table;
use crate::format;
use crate::texts;
use crate::view::{Figures, Need, PER_PAGE, View, Words, encoded, state};

/// The newest granted quotas that are shown.
const GRANTED_SHOWN: usize = 50;

/// Quotas that a form offers.
const QUOTAS_OFFERED: usize = 100;

/// The pages' operations, as the journal names them.
const LIST: Operation = Operation { method: "POST", name: "ListQuotaCoupons" };
const GRANT: Operation = Operation { method: "POST", name: "UpdateCouponQuotas" };
const RECLAIM: Operation = Operation { method: "POST", name: "ReclaimCouponQuotas" };

/// The page.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    let slice = call.query(|query| query.slice(PER_PAGE, 1..=100))?;
    let (held, granted, now) = call
        .read(async |books| {
            let now = books.at(call.now());
            let all = None::<fn(&HeldQuota) -> bool>;
            let held = books.held_quotas(&caller.partner_id, all, slice).await?;
            let granted = match caller.kind {
                PartnerKind::Distributor => {
                    let all = None::<fn(&GrantedQuota) -> bool>;
                    let first = Slice::first(GRANTED_SHOWN);
                    books.granted_quotas(&caller.partner_id, all, first).await?
                }
                PartnerKind::SolutionProvider | PartnerKind::Reseller => Page::empty(),
            };
            Ok((held, granted, now))
        })
        .await?;

    let is_distributor = caller.kind == PartnerKind::Distributor;
    let main = html! {
        (quota_table(view, &held.items, now))
        (view.pager("", slice, held.total_count))
        @if is_distributor {
            p.actions {
                a.button href="/console/quotas/grant" { (view.say(texts::GRANT_QUOTA)) }
            }
        }
        @if is_distributor { (granted_table(view, granted.items, now)) }
    };
    Ok(view.page(texts::QUOTAS, &main))
}

fn granted_table(view: &View, granted: Vec<GrantedQuota>, now: Timestamp) -> Markup {
    let rows: Vec<Vec<Markup>> = granted
        .into_iter()
        .map(|GrantedQuota { held: HeldQuota { quota, balance }, holder }| {
            vec![
                html! { (quota.quota_id) },
                html! { (view.say(texts::coupon_kind(quota.kind()))) },
                html! { (holder.partner_id) " " (holder.name.unwrap_or_default()) },
                state(view, texts::quota_status(quota.status_at(now))),
                html! { (format::money(balance)) },
                html! { (format::money(quota.quota_value)) },
                format::time(quota.expire_time),
                html! {
                    @if balance.is_positive() {
                        a href={
                            "/console/quotas/reclaim?quota_id=" (encoded(quota.quota_id.as_str()))
                        } { (view.say(texts::RECLAIM)) }
                    }
                },
            ]
        })
        .collect();
    let columns = [
        Words(texts::QUOTA),
        Words(texts::KIND),
        Words(texts::RESELLER),
        Words(texts::STATUS),
        Figures(texts::LEFT),
        Figures(texts::GRANTED),
        Words(texts::EXPIRES),
        Words(texts::ACTION),
    ];
    view.table(texts::GRANTED_QUOTAS, &columns, &rows)
}

/// The form for another grant.
pub async fn grant_form(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&LIST)?;
    let caller = call.caller().distributor()?;
    call.query(|_| Ok(()))?;
    let quotas = call
        .read(async |books| {
            let now = books.at(call.now());
            let can_be_granted = |held: &HeldQuota| {
                held.quota.quota_type == QuotaType::Cash
                    && held.status_for_holder(now) == QuotaStatus::Normal
                    && held.balance.is_positive()
            };
            let first = Slice::first(QUOTAS_OFFERED);
            books.held_quotas(&caller.partner_id, Some(can_be_granted), first).await
        })
        .await?;

    let resellers = html! {
        textarea id="indirect_partner_ids" name="indirect_partner_ids" rows="3" required {}
    };
    let fields = html! {
        p { (view.say(texts::GRANT_QUOTA_DOES)) }
        (choice(view, &quotas.items, ""))
        (view.field("indirect_partner_ids", texts::RESELLERS_OF_QUOTAS, &resellers))
        (view.figure_field("quota_amount", texts::AMOUNT_EACH, "", Need::Required))
    };
    let main = html! {
        @if quotas.items.is_empty() {
            p.problem role="alert" { (view.say(texts::NO_QUOTA)) }
        }
        (view.form("/console/quotas/grant", texts::GRANT_QUOTA, &fields, texts::CONTINUE))
    };
    Ok(view.page(texts::GRANT_QUOTA, &main))
}

/// Whether coupons can be issued from a quota now.
pub fn can_issue(held: &HeldQuota, now: Timestamp) -> bool {
    held.status_for_holder(now) == QuotaStatus::Normal
        && held.quota.effective_time <= now
        && held.balance.is_positive()
}

/// The field in which one of some quotas is chosen, filled with what was chosen before.
pub fn choice(view: &View, quotas: &[HeldQuota], chosen: &str) -> Markup {
    let select = html! {
        select id="quota_id" name="quota_id" required {
            @for held in quotas {
                @let id = &held.quota.quota_id;
                option value=(id) selected[id.as_str() == chosen] {
                    (view.say(texts::LEFT)) " " (format::money(held.balance))
                    " · " (view.say(texts::coupon_kind(held.quota.kind()))) " · " (id)
                }
            }
        }
    };
    view.field("quota_id", texts::QUOTA, &select)
}

/// Says what a grant will do, or does it once that was confirmed.
pub async fn grant(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&GRANT)?;
    let caller = call.caller().partner()?;
    let quota_id: QuotaId = form.value("quota_id")?;
    let resellers = form.words("indirect_partner_ids").into_iter();
    let resellers: Vec<PartnerId> = resellers
        .map(|id| {
            let fault = "must be ids of resellers";
            id.parse().map_err(|_| Refusal::parameter("indirect_partner_ids", fault))
        })
        .collect::<Result<_, _>>()?;
    let amount: Money = form.value("quota_amount")?;
    let order = GrantQuotas::check(caller.clone(), quota_id.clone(), resellers.clone(), amount)?;
    if !form.is_confirmed() {
        return confirm_grant(view, &call, &form, (&quota_id, &resellers, amount)).await;
    }
    let randoms = call.randoms(order.quotas_max());
    let answer = call
        .update(async |books| {
            let granted = grant_quotas::grant_quotas(books, &order, &randoms).await?;
            let line = |Receiver { indirect_partner_id, quota_id }: &Receiver| {
                Line::done(indirect_partner_id.to_string(), quota_id.to_string())
            };
            Answer::ok(&Done { lines: granted.iter().map(line).collect() })
        })
        .await
        .map_err(|refusal| refusal.contended_as(Reason::QuotaBusy))?;
    Done::page(&answer, view, texts::QUOTA_GRANTED, ("/console/quotas", texts::QUOTAS))
}

async fn confirm_grant(
    view: &View,
    call: &Call,
    form: &Form,
    (quota_id, resellers, amount): (&QuotaId, &[PartnerId], Money),
) -> Result<Screen, Refusal> {
    let caller = call.caller().partner()?;
    let (quotas, factor) = call
        .read(async |books| {
            let is_it = |held: &HeldQuota| held.quota.quota_id == *quota_id;
            let quotas =
                books.held_quotas(&caller.partner_id, Some(is_it), Slice::first(1)).await?;
            Ok((quotas, second_factor(books, &caller.partner_id).await?))
        })
        .await?;
    let held = quotas.items.into_iter().next().ok_or(Reason::QuotaNotYours)?;
    let mut value = Money::ZERO;
    for _ in resellers {
        value = value.checked_add(amount).map_err(|_| Reason::AmountTooLarge)?;
    }
    let after = held.balance.checked_sub(value).ok().filter(|after| !after.is_negative());
    let after = after.map(format::money);
    let fields = ["quota_id", "indirect_partner_ids", "quota_amount"];
    let fields = fields.map(|name| (name, form.text(name).to_owned()));
    let main = html! {
        p { (view.say(texts::GRANT_QUOTA_DOES)) }
        (view.facts(&[
            (texts::QUOTA, html! { (quota_id) }),
            (texts::KIND, html! { (view.say(texts::coupon_kind(held.quota.kind()))) }),
            (texts::RESELLERS, html! { @for id in resellers { (id) " " } }),
            (texts::AMOUNT_EACH, html! { (format::money(amount)) }),
            (texts::TAKEN_FROM_QUOTA, html! { (format::money(value)) }),
            (texts::LEFT_BEFORE, html! { (format::money(held.balance)) }),
            (texts::LEFT_AFTER, html! {
                (after.as_deref().unwrap_or(view.say(texts::NOT_ENOUGH)))
            }),
            (texts::EXPIRES, format::time(held.quota.expire_time)),
        ]))
        (view.confirm_with("/console/quotas/grant", "/console/quotas", &fields,
            &factor::field(view, factor.as_ref())))
    };
    Ok(view.page(texts::GRANT_QUOTA, &main))
}

/// Says what reclaiming a granted quota will do.
pub async fn confirm_reclaim(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&LIST)?;
    let caller = call.caller().distributor()?;
    let quota_id: QuotaId = call.query(|query| query.required("quota_id"))?;
    let (granted, factor) = call
        .read(async |books| {
            let is_it = |granted: &GrantedQuota| granted.held.quota.quota_id == quota_id;
            let first = Slice::first(1);
            let granted = books.granted_quotas(&caller.partner_id, Some(is_it), first).await?;
            Ok((granted, second_factor(books, &caller.partner_id).await?))
        })
        .await?;
    let granted = granted.items.into_iter().next().ok_or(Reason::QuotaNotYours)?;

    let parent = granted.held.quota.parent_quota_id;
    let main = html! {
        p { (view.say(texts::RECLAIM_QUOTA_DOES)) }
        (view.facts(&[
            (texts::QUOTA, html! { (quota_id) }),
            (texts::RESELLER, html! { (granted.holder.partner_id) }),
            (texts::LEFT_OF_GRANTED, html! { (format::money(granted.held.balance)) }),
            (texts::BACK_TO_QUOTA, html! { @if let Some(parent) = parent { (parent) } }),
        ]))
        (view.confirm_with("/console/quotas/reclaim", "/console/quotas",
            &[("quota_id", quota_id.to_string())], &factor::field(view, factor.as_ref())))
    };
    Ok(view.page(texts::RECLAIM_QUOTA, &main))
}

/// Reclaims a granted quota.
pub async fn reclaim(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&RECLAIM)?;
    let caller = call.caller().partner()?;
    let order = ReclaimQuotas::check(caller.clone(), vec![form.value("quota_id")?], None)?;
    let answer = call
        .update(async |books| {
            let reclaimed = reclaim_quotas::reclaim_quotas(books, &order).await?;
            let line = |Reclaimed { quota_id, outcome }: &Reclaimed| match outcome {
                Ok(left) => {
                    let left = format!("{} {}", view.say(texts::LEFT), format::money(*left));
                    Line::done(quota_id.to_string(), left)
                }
                Err(reason) => Line::refused(quota_id.to_string(), &ErrorDetail::new("", reason)),
            };
            Answer::ok(&Done { lines: reclaimed.iter().map(line).collect() })
        })
        .await?;
    Done::page(&answer, view, texts::QUOTA_RECLAIMED, ("/console/quotas", texts::QUOTAS))
}
