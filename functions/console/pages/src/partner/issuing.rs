//! Coupons issued by hand: the form, the page that says what will happen, and the act.

use billing::api::{Answer, ErrorDetail, Operation, Refusal};
use billing::component::{Call, Visit};
use billing::console::{Form, Problem, Screen};
use billing::domain::catalogue::ServiceType;
use billing::domain::coupon::HeldQuota;
use billing::domain::error::Reason;
use billing::domain::partner::{AssociationType, Customer, CustomerFilter};
use billing::operations::issue_coupons::{
    self, Foreseen, ForeseenOf, Issue, IssueCoupons, Issued, foresee,
};
use billing::value::id::{CustomerId, PartnerId, QuotaId};
use billing::value::page::{Page, Slice};
use billing::value::time::Timestamp;
use maud::{Markup, html};
use std::collections::BTreeSet;

use super::done::{Done, Line};
use super::quotas;
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{View, Words, state};

/// Quotas that the form offers.
const QUOTAS_OFFERED: usize = 100;

/// Customers that the form offers.
const CUSTOMERS_OFFERED: usize = 20;

/// Services of the catalogue that the form offers.
const SERVICES_OFFERED: usize = 50;

/// The form, and where it is posted to.
const PAGE: &str = "/console/coupons/issue";

/// The pages' operations, as the journal names them.
const FORM: Operation = Operation { method: "GET", name: "ListIssuedPartnerCoupons" };
const ISSUE: Operation = Operation { method: "POST", name: "CreatePartnerCoupons" };

/// What must be right about each field, told where it is not.
const MUST_BE: [(&str, Text); 8] = [
    ("quota_id", texts::QUOTA_MUST_BE),
    ("customer_ids", texts::CUSTOMERS_MUST_BE),
    ("face_value", texts::FACE_VALUE_MUST_BE),
    ("valid_time", texts::VALID_TIME_MUST_BE),
    ("expire_time", texts::EXPIRE_TIME_MUST_BE),
    ("cloud_service_types", texts::SERVICES_MUST_BE),
    ("product_ids", texts::PRODUCTS_MUST_BE),
    ("memo", texts::NOTE_MUST_BE),
];

/// What the form is filled with.
struct Filled<'f> {
    /// What was posted, where it comes back with what is wrong.
    form: &'f Form,
    /// Who gets a coupon each.
    customers: Vec<String>,
    /// The one quota that is offered; without, all from which coupons can be issued.
    quota_id: Option<QuotaId>,
    /// The reseller in whose name they are issued.
    reseller: Option<PartnerId>,
    /// Why it comes back.
    refusal: Option<&'f Refusal>,
}

/// What the form offers.
struct Offered {
    quotas: Page<HeldQuota>,
    /// Those that can get coupons.
    customers: Vec<Customer>,
    services: Page<ServiceType>,
}

/// The form for more coupons.
pub async fn form(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&FORM)?;
    call.caller().partner()?;
    let empty = Form::default();
    let filled = call.query(|query| {
        let customer: Option<CustomerId> = query.value("customer_id")?;
        Ok(Filled {
            form: &empty,
            customers: customer.iter().map(CustomerId::to_string).collect(),
            quota_id: query.value("quota_id")?,
            reseller: query.value("indirect_partner_id")?,
            refusal: None,
        })
    })?;
    page(view, &call, &filled).await
}

async fn page(view: &View, call: &Call, filled: &Filled<'_>) -> Result<Screen, Refusal> {
    let offered = filled.offered(view, call).await?;
    let main = html! {
        @if offered.quotas.items.is_empty() {
            p.problem role="alert" { (view.say(texts::NO_QUOTA)) }
        }
        @if let Some(refusal) = filled.refusal.filter(|_| filled.wrong().is_none()) {
            (view.problem(refusal))
        }
        form.box method="post" action=(PAGE) {
            (view.form_token())
            @if let Some(reseller) = &filled.reseller {
                input type="hidden" name="indirect_partner_id" value=(reseller);
            }
            (quotas::choice(view, &offered.quotas.items, filled.form.text("quota_id")))
            (filled.why(view, "quota_id"))
            (filled.customer_fields(view, &offered.customers))
            (filled.input(view, "face_value", texts::FACE_VALUE_EACH, "decimal"))
            (filled.time(view, "valid_time", texts::VALID_FROM_OR_QUOTAS))
            (filled.time(view, "expire_time", texts::EXPIRES_OR_QUOTAS))
            (filled.limit_fields(view, &offered.services.items))
            (filled.input(view, "memo", texts::NOTE, "text"))
            p { button type="submit" { (view.say(texts::CONTINUE)) } }
        }
    };
    Ok(view.page(texts::ISSUE_COUPONS, &main))
}

impl Filled<'_> {
    async fn offered(&self, view: &View, call: &Call) -> Result<Offered, Refusal> {
        let caller = call.caller().partner()?;
        let (quotas, customers) = call
            .read(async |books| {
                let now = books.at(call.now());
                let partner = books.acting_for(caller, self.reseller.as_ref()).await?;
                let is_offered = |held: &HeldQuota| {
                    let is_asked =
                        self.quota_id.as_ref().is_none_or(|id| held.quota.quota_id == *id);
                    is_asked && quotas::can_issue(held, now)
                };
                let first = Slice::first(QUOTAS_OFFERED);
                let quotas = books.held_quotas(&partner, Some(is_offered), first).await?;
                let all = CustomerFilter::default();
                let customers = books.customers(&partner, &all, Slice::first(CUSTOMERS_OFFERED));
                Ok((quotas, customers.await?))
            })
            .await?;
        let first = Slice::first(SERVICES_OFFERED);
        let services = call
            .read_catalogue(async |catalogue| {
                catalogue.services(None, view.language(), first).await
            })
            .await?;
        let customers = customers.items.into_iter().map(|(customer, _)| customer);
        let is_funded = |it: &Customer| it.association_type == AssociationType::Resale;
        Ok(Offered { quotas, customers: customers.filter(is_funded).collect(), services })
    }

    /// What must be right about the field that is wrong.
    fn wrong(&self) -> Option<(&'static str, Text)> {
        let field = self.refusal?.field()?;
        MUST_BE.into_iter().find(|(name, _)| *name == field)
    }

    fn is_wrong(&self, name: &str) -> bool {
        self.wrong().is_some_and(|(wrong, _)| wrong == name)
    }

    /// What is wrong with a field, below it.
    fn why(&self, view: &View, name: &str) -> Markup {
        let wrong = self.wrong().filter(|(wrong, _)| *wrong == name).zip(self.refusal);
        html! {
            @if let Some(((name, must_be), refusal)) = wrong {
                @let problem = Problem::of(refusal);
                p.problem id=(problem_of(name)) role="alert" {
                    (view.say(must_be)) " "
                    span lang="en" { (problem.text) } " " code { (problem.code) }
                }
            }
        }
    }

    /// What the attribute of a field says that is described by what is wrong with it.
    fn described(&self, name: &str) -> Option<String> {
        self.is_wrong(name).then(|| problem_of(name))
    }

    /// A field of one line.
    fn input(&self, view: &View, name: &str, label: Text, mode: &str) -> Markup {
        let input = html! {
            input id=(name) name=(name) value=(self.form.text(name)) inputmode=(mode)
                autocomplete="off" required[name == "face_value"]
                aria-invalid=[self.is_wrong(name).then_some("true")]
                aria-describedby=[self.described(name)];
        };
        html! { (view.field(name, label, &input)) (self.why(view, name)) }
    }

    /// A field for a time of GMT+8.
    fn time(&self, view: &View, name: &str, label: Text) -> Markup {
        let input = html! {
            input id=(name) name=(name) value=(self.form.text(name)) type="datetime-local"
                placeholder="YYYY-MM-DDTHH:MM" autocomplete="off"
                aria-invalid=[self.is_wrong(name).then_some("true")]
                aria-describedby=[self.described(name)];
        };
        html! { (view.field(name, label, &input)) (self.why(view, name)) }
    }

    /// A field for several words.
    fn words(&self, view: &View, name: &str, label: Text, words: &[&str]) -> Markup {
        let input = html! {
            textarea id=(name) name=(name) rows="3" spellcheck="false"
                aria-invalid=[self.is_wrong(name).then_some("true")]
                aria-describedby=[self.described(name)] { (words.join("\n")) }
        };
        html! { (view.field(name, label, &input)) (self.why(view, name)) }
    }

    /// A box for each of the first customers that a coupon can be issued to, and a field for others.
    fn customer_fields(&self, view: &View, customers: &[Customer]) -> Markup {
        let offered: BTreeSet<&str> = customers.iter().map(|it| it.customer_id.as_str()).collect();
        let (ticked, others) = ticked(self.customers.iter().map(String::as_str), &offered);
        html! {
            fieldset {
                legend { (view.say(texts::CUSTOMERS_OF_COUPONS)) }
                @for (place, customer) in customers.iter().enumerate() {
                    @let id = customer.customer_id.as_str();
                    (choice((&format!("customer-{place}"), "customer_id"), id, ticked.contains(id),
                        customer.account_name.as_deref().unwrap_or_default()))
                }
            }
            (self.words(view, "customer_ids", texts::OTHERS_OF_COUPONS, &others))
        }
    }

    /// What narrows the coupons: a box for each of the catalogue's services, and fields for others and
    /// for products. It is folded up while it says nothing.
    fn limit_fields(&self, view: &View, services: &[ServiceType]) -> Markup {
        let offered: BTreeSet<&str> =
            services.iter().map(|service| service.service_type_code.as_str()).collect();
        let asked = services_of(self.form);
        let (ticked, others) = ticked(asked.iter().map(String::as_str), &offered);
        let products = self.form.words("product_ids");
        let is_wrong = self.is_wrong("cloud_service_types") || self.is_wrong("product_ids");
        html! {
            details open[is_wrong || !asked.is_empty() || !products.is_empty()] {
                summary { (view.say(texts::NARROW_COUPONS)) }
                fieldset {
                    legend { (view.say(texts::SERVICES_OF_COUPONS)) }
                    @for (place, service) in services.iter().enumerate() {
                        @let code = service.service_type_code.as_str();
                        @let name = view.language().choose(&service.name_zh, &service.name_en);
                        (choice((&format!("service-{place}"), "cloud_service_type"), code,
                            ticked.contains(code), name.as_str()))
                    }
                }
                (self.words(view, "cloud_service_types", texts::OTHER_SERVICES_OF_COUPONS, &others))
                (self.words(view, "product_ids", texts::PRODUCTS_OF_COUPONS, &products))
            }
        }
    }
}

/// Where the page says what is wrong with a field.
fn problem_of(name: &str) -> String {
    format!("{name}-problem")
}

/// A box for one thing of several, with its name and its id.
fn choice((id, name): (&str, &str), value: &str, is_ticked: bool, called: &str) -> Markup {
    html! {
        label for=(id) {
            input id=(id) name=(name) type="checkbox" value=(value) checked[is_ticked];
            " " (called) " " code { (value) }
        }
    }
}

/// Which of these there are boxes for, each once, and all others.
fn ticked<'a>(
    asked: impl Iterator<Item = &'a str>,
    offered: &BTreeSet<&str>,
) -> (BTreeSet<&'a str>, Vec<&'a str>) {
    let (mut ticked, mut others) = (BTreeSet::new(), Vec::new());
    for one in asked {
        if !(offered.contains(one) && ticked.insert(one)) {
            others.push(one);
        }
    }
    (ticked, others)
}

/// The customers of a form, ticked and typed.
fn customers_of(form: &Form) -> Vec<String> {
    form.all("customer_id").chain(form.words("customer_ids")).map(str::to_owned).collect()
}

/// The services of a form, ticked and typed, each once.
fn services_of(form: &Form) -> Vec<String> {
    let mut services: Vec<String> = Vec::new();
    for service in form.all("cloud_service_type").chain(form.words("cloud_service_types")) {
        if !services.iter().any(|known| known == service) {
            services.push(service.to_owned());
        }
    }
    services
}

/// Says what issuing will do, or does it once that was confirmed. What cannot be issued so comes back
/// as it was filled in.
pub async fn issue(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&ISSUE)?;
    call.caller().partner()?;
    let refusal = match issue_asked(view, &call, &form).await {
        Err(refusal) if is_about_fields(&refusal) => refusal,
        outcome => return outcome,
    };
    let Ok(reseller) = form.optional("indirect_partner_id") else {
        return Err(refusal);
    };
    let filled = Filled {
        form: &form,
        customers: customers_of(&form),
        quota_id: None,
        reseller,
        refusal: Some(&refusal),
    };
    match page(view, &call, &filled).await {
        Ok(screen) => Ok(screen.refused(refusal)),
        // Whoever may not see the form is not told what it would offer.
        Err(_) => Err(refusal),
    }
}

/// Whether a form that is filled in otherwise may be taken.
fn is_about_fields(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Parameter(_) => true,
        Refusal::Reason(reason) => !reason.is_internal(),
        _ => false,
    }
}

async fn issue_asked(view: &View, call: &Call, form: &Form) -> Result<Screen, Refusal> {
    let caller = call.caller().partner()?;
    let issue = issue_of(form)?;
    let order = IssueCoupons::check(caller.clone(), issue.clone())?;
    if !form.is_confirmed() {
        return confirm(view, call, form, (&issue, &order)).await;
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
    let customers = customers_of(form).into_iter().map(|id| {
        id.parse().map_err(|_| Refusal::parameter("customer_ids", "must be ids of customers"))
    });
    let narrowed = |values: Vec<String>| Some(values).filter(|values| !values.is_empty());
    let products = form.words("product_ids").into_iter().map(str::to_owned).collect();
    Ok(Issue {
        quota_id: form.value("quota_id")?,
        customer_ids: customers.collect::<Result<_, _>>()?,
        face_value: form.value("face_value")?,
        valid_time: time_of(form, "valid_time")?,
        expire_time: time_of(form, "expire_time")?,
        cloud_service_types: narrowed(services_of(form)),
        product_ids: narrowed(products),
        memo: form.filled("memo"),
        indirect_partner_id: form.optional("indirect_partner_id")?,
    })
}

fn time_of(form: &Form, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let text = form.text(name);
    if text.is_empty() {
        return Ok(None);
    }
    let malformed = || Refusal::parameter(name, "must be a time YYYY-MM-DDTHH:MM of GMT+8");
    format::instant(text).map(Some).ok_or_else(malformed)
}

fn line_of(issued: &Issued) -> Line {
    let subject = issued.customer_id.to_string();
    match &issued.outcome {
        Ok(coupon_id) => Line::done(subject, coupon_id.to_string()),
        Err(reason) => Line::refused(subject, &ErrorDetail::new("", reason)),
    }
}

async fn confirm(
    view: &View,
    call: &Call,
    form: &Form,
    (issue, order): (&Issue, &IssueCoupons),
) -> Result<Screen, Refusal> {
    let Foreseen { quota, balance, left, times, customers } =
        call.read(async |books| foresee(books, order, books.at(call.now())).await).await?;
    let issued = customers.iter().filter(|customer| customer.outcome.is_ok()).count();
    let value = balance.checked_sub(left).map_err(|_| Reason::AmountTooLarge)?;
    let mut facts = vec![
        (texts::QUOTA, html! { (quota.quota_id) }),
        (texts::KIND, html! { (view.say(texts::coupon_kind(quota.kind()))) }),
        (texts::COUPONS, html! { (issued) }),
        (texts::FACE_VALUE_EACH, html! { (format::money(issue.face_value)) }),
        (texts::TAKEN_FROM_QUOTA, html! { (format::money(value)) }),
        (texts::LEFT_BEFORE, html! { (format::money(balance)) }),
        (texts::LEFT_AFTER, html! { (format::money(left)) }),
        (texts::EFFECTIVE, format::time(times.0)),
        (texts::EXPIRES, format::time(times.1)),
    ];
    let narrowed = [
        (texts::SERVICES_ONLY, &issue.cloud_service_types),
        (texts::PRODUCTS_ONLY, &issue.product_ids),
    ];
    facts.extend(narrowed.into_iter().filter_map(|(name, values)| {
        let values = values.as_ref()?;
        Some((name, html! { @for value in values { code { (value) } " " } }))
    }));
    facts.push((texts::NOTE, html! { (issue.memo.as_deref().unwrap_or_default()) }));
    let rows: Vec<Vec<Markup>> = customers.iter().map(|it| foreseen_row(view, it)).collect();
    let columns = [
        Words(texts::CUSTOMER),
        Words(texts::ACCOUNT_NAME),
        Words(texts::WILL_HAPPEN),
        Words(texts::REASON),
    ];
    let main = html! {
        (view.facts(&facts))
        (view.table(texts::CUSTOMERS, &columns, &rows))
        (view.confirm(PAGE, "/console/coupons", &confirmed_fields(form)))
    };
    Ok(view.page(texts::CONFIRM_ISSUE, &main))
}

/// What is posted again once it is confirmed.
fn confirmed_fields(form: &Form) -> Vec<(&'static str, String)> {
    let others =
        ["quota_id", "face_value", "valid_time", "expire_time", "memo", "indirect_partner_id"];
    let mut fields = vec![
        ("customer_ids", customers_of(form).join(" ")),
        ("cloud_service_types", services_of(form).join(" ")),
        ("product_ids", form.words("product_ids").join(" ")),
    ];
    fields.extend(others.map(|name| (name, form.text(name).to_owned())));
    fields
}

/// What one customer will get, or why it will not.
fn foreseen_row(view: &View, foreseen: &ForeseenOf) -> Vec<Markup> {
    let refused = foreseen.outcome.as_ref().err().map(|reason| ErrorDetail::new("", reason));
    let said = if refused.is_none() { texts::GETS_A_COUPON } else { texts::WILL_BE_REFUSED };
    vec![
        html! { (foreseen.customer_id) },
        html! { (foreseen.account_name.as_deref().unwrap_or_default()) },
        state(view, said),
        html! { @if let Some(it) = refused { (view.reason(&it.error_msg, it.error_code)) } },
    ]
}
