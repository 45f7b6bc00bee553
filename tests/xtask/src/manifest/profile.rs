//! What components may use: each profile is the least that its components need.

use anyhow::{Context, Result};

/// A named set of capabilities.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// What a function's `Cargo.toml` calls it.
    pub name: &'static str,
    capabilities: &'static [Capability],
}

/// The profiles.
const PROFILES: [Profile; 10] = [
    Profile { name: "nothing", capabilities: &[] },
    // A partner's or customer's call.
    Profile { name: "api", capabilities: &[MasterKey, Signed, Store, DemoTenants] },
    // One that needs the answer of the system that is told of events.
    Profile { name: "api-events", capabilities: &[MasterKey, Signed, Store, DemoTenants, Events] },
    // One that needs the answer of the system that a partner has told of events.
    Profile {
        name: "api-notification",
        capabilities: &[MasterKey, Signed, Store, DemoTenants, Notifications],
    },
    // One that gives out the address of the page on which customers are authenticated.
    Profile { name: "api-page", capabilities: &[MasterKey, Signed, Store, DemoTenants, Page] },
    // That page, which nobody signs.
    Profile { name: "page", capabilities: &[MasterKey, Store] },
    Profile { name: "operator", capabilities: &[OperatorToken, MasterKey, Store] },
    Profile {
        name: "operator-demo",
        capabilities: &[OperatorToken, MasterKey, Store, DemoTenants],
    },
    Profile {
        name: "operator-events",
        capabilities: &[OperatorToken, MasterKey, Store, Events, Notifications],
    },
    // Pages of partners and of the operator.
    Profile {
        name: "console",
        capabilities: &[
            OperatorToken,
            MasterKey,
            Signed,
            Store,
            DemoTenants,
            Events,
            Notifications,
        ],
    },
];

/// Something that a component may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Capability {
    /// To know the operator.
    OperatorToken,
    /// To open what is sealed.
    MasterKey,
    /// To verify and to read what clients sign.
    Signed,
    /// The books.
    Store,
    /// To know the tenants that only play.
    DemoTenants,
    /// To post events.
    Events,
    /// To post events to addresses of partners.
    Notifications,
    /// To know where customers are authenticated.
    Page,
}

use Capability::{
    DemoTenants, Events, MasterKey, Notifications, OperatorToken, Page, Signed, Store,
};

impl Capability {
    fn variables(self) -> &'static [&'static str] {
        match self {
            OperatorToken => &["operator_token", "operator_token_previous"],
            MasterKey => &["master_key", "master_key_previous"],
            Signed => &["public_hosts", "unknown_parameters"],
            Store => &["store", "redis_url", "redis_user", "redis_password"],
            DemoTenants => &["demo_tenants"],
            Events => &["webhook_url", "webhook_path", "webhook_secret"],
            Notifications => &["notification_hosts"],
            Page => &["real_name_page"],
        }
    }

    /// The variable that holds an address which it sends to.
    fn outbound_host(self) -> Option<&'static str> {
        match self {
            Store => Some("redis_url"),
            Events => Some("webhook_url"),
            Notifications => Some("notification_hosts"),
            OperatorToken | MasterKey | Signed | DemoTenants | Page => None,
        }
    }
}

impl Profile {
    /// The profile of that name.
    pub fn named(name: &str) -> Result<&'static Self> {
        PROFILES
            .iter()
            .find(|profile| profile.name == name)
            .with_context(|| format!("there is no capability profile `{name}`"))
    }

    /// The variables that its components are given.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.capabilities.iter().flat_map(|capability| capability.variables()).copied()
    }

    /// The variables that hold the addresses which its components may send to.
    pub fn outbound_hosts(&self) -> impl Iterator<Item = &'static str> {
        self.capabilities.iter().filter_map(|capability| capability.outbound_host())
    }

    /// Whether its components have a store.
    pub fn has_store(&self) -> bool {
        self.capabilities.contains(&Store)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::spin::HEAD;
    use super::*;

    #[test]
    fn the_head_declares_what_the_profiles_use_and_nothing_else() {
        let head: toml::Table = HEAD.parse().expect("the head is TOML");
        let variables = head["variables"].as_table().expect("variables");
        let declared: BTreeSet<&str> = variables.keys().map(String::as_str).collect();
        let used: BTreeSet<&str> = PROFILES.iter().flat_map(Profile::variables).collect();
        assert_eq!(used, declared);
    }

    #[test]
    fn an_unknown_profile_is_named() {
        assert_eq!(Profile::named("api").expect("a profile").name, "api");
        let error = Profile::named("all").expect_err("no profile").to_string();
        assert!(error.contains("`all`"), "{error}");
    }
}
