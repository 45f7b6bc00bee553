//! What all pages have in common: the frame, tables, pages of lists, forms, and what a refusal says.

use billing::api::Refusal;
use billing::component::Visit;
use billing::console::{Problem, Screen, Visitor};
use billing::domain::catalogue::Language;
use billing::domain::partner::{PartnerKind, Principal};
use billing::operator::Role;
use billing::value::id::TenantId;
use billing::value::page::Slice;
use maud::{DOCTYPE, Markup, html};

use crate::text::Text;
use crate::texts;

/// Records on one page of a list.
pub const PER_PAGE: u32 = 20;

/// Who looks at the page, as the frame shows whoever it is.
enum Viewer {
    Nobody,
    Partner { kind: PartnerKind, id: String },
    Operator { name: String, role: Role },
}

/// What the pages of one request have in common.
pub struct View {
    language: Language,
    form_token: String,
    client_token: String,
    path: String,
    here: String,
    viewer: Viewer,
    /// The tenant that an operator looks at.
    tenant: Option<TenantId>,
}

/// A column of a table.
#[derive(Clone, Copy)]
pub enum Column {
    /// Of texts.
    Words(Text),
    /// Of numbers, which are set to the right.
    Figures(Text),
}

pub use Column::{Figures, Words};

/// Whether a field must be filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must be.
    Required,
    /// It can be left empty.
    Optional,
}

impl View {
    /// The view of a request.
    pub fn of(visit: &Visit<'_>) -> Self {
        let viewer = match visit.visitor() {
            Visitor::Stranger => Viewer::Nobody,
            Visitor::Operator { name, role } => {
                Viewer::Operator { name: name.clone(), role: *role }
            }
            Visitor::Partner(caller) => match &caller.principal {
                Principal::Partner(partner) => {
                    Viewer::Partner { kind: partner.kind, id: partner.partner_id.to_string() }
                }
                Principal::Customer(_) => Viewer::Nobody,
            },
        };
        let (path, query) = (visit.path(), visit.query());
        let here = if query.is_empty() || visit.is_posted() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        };
        let tenant = match &viewer {
            Viewer::Operator { .. } => tenant_of(visit),
            Viewer::Partner { .. } | Viewer::Nobody => None,
        };
        Self {
            language: visit.language(),
            form_token: visit.form_token().to_owned(),
            client_token: visit.new_client_token(),
            path: path.to_owned(),
            here,
            viewer,
            tenant,
        }
    }

    /// The view of a request that was rejected before anything was known of its sender.
    pub fn of_nobody(language: Language) -> Self {
        let (form_token, client_token, path) = (String::new(), String::new(), String::new());
        let (here, viewer) = ("/console".to_owned(), Viewer::Nobody);
        Self { language, form_token, client_token, path, here, viewer, tenant: None }
    }

    /// The path of the page.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the viewer can act: a reseller only looks.
    pub fn can_act(&self) -> bool {
        match &self.viewer {
            Viewer::Nobody => false,
            Viewer::Partner { kind, .. } => *kind != PartnerKind::Reseller,
            Viewer::Operator { .. } => true,
        }
    }

    /// The language of the page.
    pub fn language(&self) -> Language {
        self.language
    }

    /// A text in the language of the page.
    pub fn say(&self, text: Text) -> &'static str {
        text.of(self.language)
    }

    /// A whole page.
    pub fn page(&self, title: Text, main: &Markup) -> Screen {
        let lang = self.language.choose("zh-CN", "en");
        let other = self.language.choose("en_US", "zh_CN");
        let other_lang = self.language.choose("en", "zh-CN");
        let query = encoded(&self.here);
        let html = html! {
            (DOCTYPE)
            html lang=(lang) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.say(title)) " – " (self.say(texts::CONSOLE)) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href="/console/style.css";
                }
                body {
                    a.skip href="#main" { (self.say(texts::SKIP)) }
                    header {
                        p.brand { (self.say(texts::CONSOLE)) }
                        a lang=(other_lang) hreflang=(other_lang)
                            href={ "/console/language?to=" (other) "&from=" (query) } {
                            (self.say(texts::OTHER_LANGUAGE))
                        }
                        (self.who())
                    }
                    (self.navigation())
                    main #main tabindex="-1" {
                        (self.trail())
                        h1 { (self.say(title)) }
                        (main)
                    }
                    footer { p { (self.say(texts::ALL_TIMES)) } }
                }
            }
        };
        Screen::page(html.into_string())
    }

    /// Who is signed in, and the way out.
    fn who(&self) -> Markup {
        let (what, who) = match &self.viewer {
            Viewer::Nobody => return html! {},
            Viewer::Partner { kind, id } => (texts::partner_kind(*kind), id),
            Viewer::Operator { name, role } => (texts::role(*role), name),
        };
        html! {
            p.who {
                (self.say(texts::SIGNED_IN_AS)) " " strong { (who) } " (" (self.say(what)) ")"
            }
            form method="post" action="/console/sign-out" {
                (self.form_token())
                button.plain type="submit" { (self.say(texts::SIGN_OUT)) }
            }
        }
    }

    fn navigation(&self) -> Markup {
        let links = self.links();
        if links.is_empty() {
            return html! {};
        }
        let section = self.section().map(|(path, _)| path);
        let current = |path: &str| match section {
            _ if path == self.path => Some("page"),
            Some(section) if path == section => Some("true"),
            Some(_) | None => None,
        };
        html! {
            nav aria-label=(self.say(texts::NAVIGATION)) {
                ul {
                    @for (path, text) in links {
                        li { a href=(path) aria-current=[current(path)] { (self.say(*text)) } }
                    }
                }
            }
        }
    }

    fn links(&self) -> &'static [(&'static str, Text)] {
        match &self.viewer {
            Viewer::Nobody => &[],
            Viewer::Partner { kind, .. } => crate::partner::links(*kind),
            Viewer::Operator { role, .. } => crate::operator::links(*role),
        }
    }

    /// The page of the navigation that this one is below.
    fn section(&self) -> Option<(&'static str, Text)> {
        let is_below = |path: &str| {
            let rest = self.path.strip_prefix(path);
            path != "/console" && rest.is_some_and(|rest| rest.starts_with('/'))
        };
        self.links().iter().copied().find(|(path, _)| is_below(path))
    }

    /// The tenant that the page is about, and the way to what else there is of it.
    fn trail(&self) -> Markup {
        html! {
            @if let Some(tenant) = self.tenant.as_ref().filter(|_| self.path != "/console/tenant") {
                p.trail {
                    (self.say(texts::TENANT)) ": "
                    a href={ "/console/tenant?tenant_id=" (encoded(tenant.as_str())) } { (tenant) }
                }
            }
        }
    }

    /// The field that each form of a session repeats.
    pub fn form_token(&self) -> Markup {
        html! { input type="hidden" name="form_token" value=(self.form_token); }
    }

    /// A table with its rows, or a line that says that there are none.
    pub fn table(&self, caption: Text, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
        let caption = self.say(caption);
        html! {
            div.scroll role="region" aria-label=(caption) tabindex="0" {
                table {
                    caption { (caption) }
                    thead {
                        tr {
                            @for column in columns {
                                @match column {
                                    Words(text) => th scope="col" { (self.say(*text)) },
                                    Figures(text) => th.figure scope="col" { (self.say(*text)) },
                                }
                            }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                @for (cell, column) in row.iter().zip(columns) {
                                    @match column {
                                        Words(_) => td { (cell) },
                                        Figures(_) => td.figure { (cell) },
                                    }
                                }
                            }
                        }
                        @if rows.is_empty() {
                            tr { td colspan=(columns.len()) { (self.say(texts::NOTHING)) } }
                        }
                    }
                }
            }
        }
    }

    /// Names with their values.
    pub fn facts(&self, facts: &[(Text, Markup)]) -> Markup {
        html! {
            dl {
                @for (name, value) in facts {
                    div { dt { (self.say(*name)) } dd { (value) } }
                }
            }
        }
    }

    /// Which part of a list is shown, and the ways to the others. `query` is what the list is asked
    /// for besides: pairs that are written already, or nothing.
    pub fn pager(&self, query: &str, slice: Slice, total_count: u64) -> Markup {
        let limit = u64::try_from(slice.limit).unwrap_or(u64::MAX);
        let end = slice.offset.saturating_add(limit).min(total_count);
        let first = if slice.offset < end { slice.offset + 1 } else { end };
        let amp = if query.is_empty() { "" } else { "&" };
        let at = |offset: u64| format!("{}?{query}{amp}offset={offset}&limit={limit}", self.path);
        let previous = (slice.offset > 0).then(|| at(slice.offset.saturating_sub(limit)));
        let next = (end < total_count).then(|| at(slice.offset.saturating_add(limit)));
        html! {
            // That there is nothing, the list says.
            @if total_count > 0 { p.pager {
                span { (first) "–" (end) " / " (total_count) }
                @if let Some(href) = previous {
                    a rel="prev" href=(href) { (self.say(texts::PREVIOUS)) }
                }
                @if let Some(href) = next {
                    a rel="next" href=(href) { (self.say(texts::NEXT)) }
                }
            } }
        }
    }

    /// A field of a form with its label.
    pub fn field(&self, name: &str, label: Text, input: &Markup) -> Markup {
        html! { p.field { label for=(name) { (self.say(label)) } (input) } }
    }

    /// The form that asks for the customer whose page is to be shown, and proposes some.
    pub fn choice_of_customer(
        &self,
        action: &str,
        customer_id: &str,
        proposed: &[(String, String)],
    ) -> Markup {
        let name = ("customer_id", texts::CUSTOMER_ID);
        html! {
            form.box method="get" action=(action) {
                (self.proposing(name, customer_id, Need::Required, proposed))
                p { button type="submit" { (self.say(texts::SHOW)) } }
            }
        }
    }

    /// A field for an id or a code, which proposes some with what they are called.
    pub fn proposing(
        &self,
        (name, label): (&str, Text),
        value: &str,
        need: Need,
        proposed: &[(String, String)],
    ) -> Markup {
        let (list, required) = (format!("{name}-proposed"), need == Need::Required);
        let input = html! {
            input id=(name) name=(name) value=(value) list=(list) autocomplete="off"
                spellcheck="false" required[required];
            datalist id=(list) {
                @for (code, called) in proposed { option value=(code) { (called) } }
            }
        };
        self.field(name, label, &input)
    }

    /// A field of a form for a text, filled with what there is.
    pub fn text_field(&self, name: &str, label: Text, value: &str, need: Need) -> Markup {
        let required = need == Need::Required;
        let input = html! {
            input id=(name) name=(name) value=(value) autocomplete="off" spellcheck="false"
                required[required];
        };
        self.field(name, label, &input)
    }

    /// As [`text_field`](Self::text_field), for an amount or a count.
    pub fn figure_field(&self, name: &str, label: Text, value: &str, need: Need) -> Markup {
        let required = need == Need::Required;
        let input = html! {
            input id=(name) name=(name) value=(value) inputmode="decimal" autocomplete="off"
                required[required];
        };
        self.field(name, label, &input)
    }

    /// A box to be ticked.
    pub fn tick_box(&self, name: &str, label: Text, ticked: bool) -> Markup {
        html! {
            p.field {
                label for=(name) {
                    input id=(name) name=(name) type="checkbox" value="yes" checked[ticked];
                    " " (self.say(label))
                }
            }
        }
    }

    /// A form that asks for something: its fields, and the button.
    pub fn form(&self, action: &str, title: Text, fields: &Markup, button: Text) -> Markup {
        html! {
            form.box method="post" action=(action) {
                h2 { (self.say(title)) }
                (self.form_token())
                (fields)
                p { button type="submit" { (self.say(button)) } }
            }
        }
    }

    /// A button in a row of a table, with the fields that it posts.
    pub fn row_button(&self, action: &str, text: Text, fields: &[(&str, &str)]) -> Markup {
        html! {
            form method="post" action=(action) {
                (self.form_token())
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                button.plain type="submit" { (self.say(text)) }
            }
        }
    }

    /// The form that confirms what a page says will happen, with the fields that were asked for, and
    /// the way back.
    pub fn confirm(&self, action: &str, cancel: &str, fields: &[(&str, String)]) -> Markup {
        self.confirm_with(action, cancel, fields, &html! {})
    }

    /// As [`confirm`](Self::confirm), with a field that is still to be filled in.
    pub fn confirm_with(
        &self,
        action: &str,
        cancel: &str,
        fields: &[(&str, String)],
        more: &Markup,
    ) -> Markup {
        html! {
            form.actions method="post" action=(action) {
                (self.form_token())
                input type="hidden" name="client_token" value=(self.client_token);
                input type="hidden" name="confirmed" value="yes";
                @for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
                    input type="hidden" name=(name) value=(value);
                }
                (more)
                button type="submit" { (self.say(texts::CONFIRM)) }
                a href=(cancel) { (self.say(texts::CANCEL)) }
            }
        }
    }

    /// A page that says why something was refused, in the API's words.
    pub fn refusal(&self, refusal: Refusal) -> Screen {
        let title = match &refusal {
            Refusal::NoSuchApi => texts::NOT_FOUND,
            _ => texts::REFUSED,
        };
        let hint = match &refusal {
            Refusal::ForeignForm(_) => Some(texts::FORM_FOREIGN),
            Refusal::OperatorRole(_) => Some(texts::MAY_NOT),
            _ => None,
        };
        let main = html! {
            div.problem role="alert" {
                @if let Some(hint) = hint { p { (self.say(hint)) } }
                @if !matches!(refusal, Refusal::NoSuchApi) {
                    (self.reason_of(&refusal))
                    p { (self.say(texts::CHANGED_NOTHING)) }
                }
            }
            p.actions {
                @if let Some((path, text)) = self.section() {
                    a href=(path) { (self.say(text)) }
                }
                a href="/console" { (self.say(texts::OVERVIEW)) }
            }
        };
        self.page(title, &main).refused(refusal)
    }

    /// Why a form comes back.
    pub fn problem(&self, refusal: &Refusal) -> Markup {
        html! { div.problem role="alert" { (self.reason_of(refusal)) } }
    }

    /// The field that is wrong, if it is one that pages have, and why, in the API's words as well.
    fn reason_of(&self, refusal: &Refusal) -> Markup {
        let problem = Problem::of(refusal);
        let field = refusal.field().and_then(texts::field);
        html! {
            @if let Some(field) = field {
                p { (self.say(texts::WRONG_FIELD)) " " strong { (self.say(field)) } }
            }
            p { (self.reason(&problem.text, problem.code)) }
        }
    }

    /// Why something is refused: what the code means, and the API's own words.
    pub fn reason(&self, text: &str, code: &str) -> Markup {
        html! {
            @if let Some(meaning) = texts::meaning(code) { (self.say(meaning)) " – " }
            span lang="en" { (text) } " " code { (code) }
        }
    }
}

/// The tenant that a page is asked for, or a form is about. It may be none that there is.
fn tenant_of(visit: &Visit<'_>) -> Option<TenantId> {
    if visit.is_posted() {
        return visit.form().optional("tenant_id").ok().flatten();
    }
    let mut named = None;
    // Whatever else the query says is for the page to take or refuse.
    _ = visit.read_query(|query| {
        named = query.value("tenant_id")?;
        Ok(())
    });
    named
}

/// The pairs of a query, without those that say nothing.
pub fn pairs(pairs: &[(&str, Option<&str>)]) -> String {
    let said = pairs.iter().filter_map(|(name, value)| value.map(|value| (name, value)));
    let written: Vec<String> =
        said.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    written.join("&")
}

/// A state as a page shows it.
pub fn state(view: &View, text: Text) -> Markup {
    html! { span.state { (view.say(text)) } }
}

/// A text as the value of a query's parameter.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
