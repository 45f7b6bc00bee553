//! The bundle's components: each function, with what its folder and the contract say of it.

use std::fs;

use anyhow::{Context, Result, bail};

use super::profile::Profile;
use crate::contract::Operation;
use crate::workspace::{Function, Workspace};

/// What the paths of the partner centre begin with.
const PARTNER_CENTRE: &str = "/partner-centre/v1";

/// The folders of `functions` in the order of the manifest, and what their components are for: the
/// contract's groups, and then what is beside the contract.
pub const GROUPS: [Group; 23] = [
    Group::of_contract("balances", "Balances"),
    Group::of_contract("accounts", "A customer's own account"),
    Group::of_contract("resellers", "Resellers"),
    Group::of_contract("registration", "Registration of customers"),
    Group::of_contract("customers", "Customers"),
    Group::of_contract("realname", "Real-name authentication"),
    Group::of_contract("coupons", "Coupons"),
    Group::of_contract("coupon-quotas", "Coupon quotas"),
    Group::of_contract("bills", "Bills"),
    Group::of_contract("costs", "Costs"),
    Group::of_contract("orders", "Orders"),
    Group::of_contract("resources", "Resources"),
    Group::of_contract("products", "Products"),
    Group::of_contract("pricing", "Prices and discounts"),
    Group::of_contract("regions-config", "Regions"),
    Group::of_contract("enterprise", "Enterprises and their accounts"),
    Group::of_contract("cards", "Stored-value cards"),
    Group::of_contract("identity", "The identity service"),
    Group {
        path: Some(PARTNER_CENTRE),
        ..Group::of_contract("partner-centre", "The partner centre")
    },
    Group {
        folder: "operator",
        title: "The operator",
        path: Some("/operator/v1"),
        profile: "operator",
    },
    Group { folder: "console", title: "The console", path: None, profile: "console" },
    Group {
        folder: "description",
        title: "Where to start, and what there is",
        path: None,
        profile: "nothing",
    },
    Group {
        folder: "not-found",
        title: "Every path that no operation has",
        path: None,
        profile: "nothing",
    },
];

/// A folder of `functions`.
pub struct Group {
    /// Its name.
    pub folder: &'static str,
    /// What its components are for.
    pub title: &'static str,
    /// What the paths begin with that are named after their function's folder.
    path: Option<&'static str>,
    /// The profile of components that declare none.
    profile: &'static str,
}

/// A component of the bundle.
pub struct Component {
    /// Its name, which is its package's too.
    pub name: String,
    /// Its folder, relative to the root.
    pub folder: String,
    /// The folder of `functions` that it lies in.
    pub group: &'static str,
    /// The path that it serves, as Spin's routes have it.
    pub route: String,
    /// The path at which the partner centre has it too.
    pub partner_centre: Option<String>,
    /// What it may use.
    pub profile: &'static Profile,
    /// The paths that it serves beside that one.
    pub more_routes: Vec<String>,
    /// The methods that it answers, each with the word after it: the published operation, or the
    /// operator's role.
    pub handlers: Vec<(String, String)>,
}

impl Group {
    const fn of_contract(folder: &'static str, title: &'static str) -> Self {
        Self { folder, title, path: None, profile: "api" }
    }

    /// The group of a function.
    fn of(function: &Function) -> Result<&'static Self> {
        let name = function.folder.split('/').nth(1);
        let group = GROUPS.iter().find(|group| name == Some(group.folder));
        group.with_context(|| format!("{} lies in no known group", function.folder))
    }
}

impl Component {
    /// All paths that it serves.
    pub fn routes(&self) -> impl Iterator<Item = &str> {
        let first = std::iter::once(&self.route).chain(&self.partner_centre);
        first.chain(&self.more_routes).map(String::as_str)
    }

    fn has(&self, route: &str) -> bool {
        self.routes().any(|it| it == route)
    }

    /// Whether it answers an operation.
    pub fn serves(&self, operation: &Operation) -> bool {
        let is_it =
            |(method, id): &(String, String)| *method == operation.method && *id == operation.id;
        self.route == operation.route() && self.handlers.iter().any(is_it)
    }
}

/// The components, group by group, and by their paths within one.
pub fn components(workspace: &Workspace, operations: &[Operation]) -> Result<Vec<Component>> {
    let mut components = Vec::new();
    for function in &workspace.functions {
        let component = component(workspace, function, operations);
        components.push(component.with_context(|| function.folder.clone())?);
    }
    let place = |component: &Component| {
        GROUPS.iter().position(|group| group.folder == component.group).unwrap_or(GROUPS.len())
    };
    components.sort_by(|one, other| (place(one), &one.route).cmp(&(place(other), &other.route)));
    for (index, component) in components.iter().enumerate() {
        let is_taken = |route: &str| components[..index].iter().find(|other| other.has(route));
        for route in component.routes() {
            if let Some(other) = is_taken(route) {
                bail!("{} and {} have one path, {route}", other.folder, component.folder);
            }
        }
    }
    Ok(components)
}

fn component(
    workspace: &Workspace,
    function: &Function,
    operations: &[Operation],
) -> Result<Component> {
    let group = Group::of(function)?;
    let declared = &function.declared;
    let profile = declared.profile.as_deref().unwrap_or(group.profile);
    Ok(Component {
        name: function.name.clone(),
        folder: function.folder.clone(),
        group: group.folder,
        route: route(function, group, operations)?,
        partner_centre: declared
            .partner_centre
            .as_ref()
            .map(|end| format!("{PARTNER_CENTRE}/{end}")),
        more_routes: function.declared.more_routes.clone(),
        profile: Profile::named(profile)?,
        handlers: handlers(&source(workspace, function)?),
    })
}

/// The path that a function declares, or the one of its folder's name, or the contract's.
fn route(function: &Function, group: &Group, operations: &[Operation]) -> Result<String> {
    if let Some(route) = &function.declared.route {
        return Ok(route.clone());
    }
    if let Some(path) = group.path {
        let folder = function.folder.rsplit('/').next().unwrap_or_default();
        return Ok(format!("{path}/{folder}"));
    }
    let operation = operations.iter().find(|operation| {
        operation.group == group.folder && operation.component(operations) == function.name
    });
    let operation = operation.with_context(|| {
        format!(
            "no operation of the group {} is served by a component of this name: rename it, or \
             declare its route below [package.metadata.bundle]",
            group.folder
        )
    })?;
    Ok(operation.route())
}

/// The file in which a function names its handlers.
fn source(workspace: &Workspace, function: &Function) -> Result<String> {
    let folder = workspace.root.join(&function.folder);
    let file = ["src/lib.rs", "lib.rs"].iter().map(|file| folder.join(file));
    let file = file.clone().find(|file| file.is_file()).context("it has no lib.rs")?;
    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// The methods that a function has handlers for with the word after each, as its macro lists them.
fn handlers(source: &str) -> Vec<(String, String)> {
    let is_macro = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let list = source.split("billing::").skip(1).find_map(|rest| {
        let (name, list) = rest.split_once("! {")?;
        is_macro(name).then_some(list)
    });
    let Some(list) = list else { return Vec::new() };
    let list = list.split_once('}').map_or(list, |(list, _)| list);
    let handler = |entry: &str| {
        let mut words = entry.split_whitespace().map(str::to_owned);
        Some((words.next()?, words.next()?))
    };
    list.split(',').filter_map(handler).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Declared;

    fn function(folder: &str) -> Function {
        let name = folder.rsplit('/').next().unwrap_or_default().to_owned();
        Function { name, folder: folder.to_owned(), declared: Declared::default() }
    }

    fn route_of(function: &Function) -> Result<String> {
        route(function, Group::of(function)?, &[])
    }

    #[test]
    fn a_route_is_declared_or_named_after_its_folder() {
        let mut reviews = function("functions/operator/reviews-decide");
        assert_eq!(route_of(&reviews).expect("a route"), "/operator/v1/reviews-decide");
        reviews.declared.route = Some("/operator/v1/reviews/decide".to_owned());
        assert_eq!(route_of(&reviews).expect("a route"), "/operator/v1/reviews/decide");
    }

    #[test]
    fn a_function_that_the_contract_does_not_know_is_refused() {
        assert!(route_of(&function("functions/balances/list-gold")).is_err());
        assert!(route_of(&function("functions/gold/list-balances")).is_err());
    }

    #[test]
    fn reads_the_operations_of_a_component() {
        let named = |method: &str, id: &str| (method.to_owned(), id.to_owned());
        let source =
            "billing::component! { GET ListGold => list::list, POST CreateGold => create }";
        assert_eq!(handlers(source), [named("GET", "ListGold"), named("POST", "CreateGold")]);
        let source = "billing::component! {\n    GET ListCities => list,\n}\nfn f() {}\n";
        assert_eq!(handlers(source), [named("GET", "ListCities")]);
        let source = "use billing::operator;\nbilling::operator! { GET Read => list }";
        assert_eq!(handlers(source), [named("GET", "Read")]);
        assert!(handlers("billing::unrouted!();").is_empty());
    }
}
