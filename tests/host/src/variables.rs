//! Application variables, and the `{{ name }}` templates over them.

use std::collections::BTreeMap;
use std::env;

use anyhow::{Context, Result, bail};

use crate::manifest::Variable;

/// The values of the application's variables, by name.
pub type Values = BTreeMap<String, String>;

/// Reads `name=value`.
pub fn assignment(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("is not of the form NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Gives each declared variable its value: the provided one, else that of the environment
/// (`SPIN_VARIABLE_` and the name in capitals), else the default.
///
/// Fails, naming the variable, when one that is required has no value, and when a value is
/// provided for a variable that is not declared.
pub fn resolve(declared: &BTreeMap<String, Variable>, provided: &Values) -> Result<Values> {
    if let Some(name) = provided.keys().find(|name| !declared.contains_key(*name)) {
        bail!("variable `{name}` is not declared in the manifest");
    }
    declared
        .iter()
        .map(|(name, variable)| {
            let key = format!("SPIN_VARIABLE_{}", name.to_uppercase());
            let value = provided
                .get(name)
                .cloned()
                .or_else(|| env::var(&key).ok())
                .or_else(|| variable.default.clone())
                .with_context(|| {
                    format!(
                        "variable `{name}` is required: give `--variable {name}=…` or set {key}"
                    )
                })?;
            Ok((name.clone(), value))
        })
        .collect()
}

/// Fills in a template. Fails on a variable that does not exist and on braces without their pair.
pub fn fill(template: &str, values: &Values) -> Result<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) =
            after.split_once("}}").with_context(|| format!("`{template}` has no `}}}}`"))?;
        let name = name.trim();
        let value = values
            .get(name)
            .with_context(|| format!("`{template}` names `{name}`, which is not a variable"))?;
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Whether a template has anything to fill in.
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(entry: &str) -> BTreeMap<String, Variable> {
        toml::from_str(entry).expect("is read")
    }

    fn values(entries: &[(&str, &str)]) -> Values {
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_provided_value_comes_before_the_default() {
        let declared = declared("host_trial_region = { default = \"one\" }");
        let unset = resolve(&declared, &Values::new()).expect("resolves");
        assert_eq!(unset["host_trial_region"], "one");
        let provided = values(&[("host_trial_region", "two")]);
        assert_eq!(resolve(&declared, &provided).expect("resolves")["host_trial_region"], "two");
    }

    #[test]
    fn names_a_required_variable_without_a_value() {
        let declared = declared("host_trial_key = { required = true }");
        let error = resolve(&declared, &Values::new()).expect_err("is refused").to_string();
        assert!(error.contains("host_trial_key"), "{error}");
        assert!(error.contains("SPIN_VARIABLE_HOST_TRIAL_KEY"), "{error}");
    }

    #[test]
    fn names_a_provided_variable_that_is_not_declared() {
        let error = resolve(&BTreeMap::new(), &values(&[("tokn", "x")])).expect_err("is refused");
        assert!(error.to_string().contains("tokn"));
    }

    #[test]
    fn fills_in_templates() {
        let values = values(&[("host", "example"), ("port", "80")]);
        let fill = |template| fill(template, &values);
        assert_eq!(fill("http://{{ host }}:{{port}}/").expect("is filled"), "http://example:80/");
        assert_eq!(fill("plain").expect("is filled"), "plain");
        assert!(fill("{{ hots }}").expect_err("is refused").to_string().contains("hots"));
        assert!(fill("{{ host").is_err());
    }

    #[test]
    fn reads_assignments() {
        let (name, value) = assignment("token=a=b").expect("is read");
        assert_eq!((name.as_str(), value.as_str()), ("token", "a=b"));
        assert!(assignment("token").is_err());
    }
}
