//! Reads `spin.toml`, version 2, as far as this host understands it.
//!
//! A key that is not understood is an error, so that nothing in a manifest is silently without
//! effect here and with effect on Spin.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// An application: what `spin.toml` says.
#[derive(Debug)]
pub struct Manifest {
    /// The application's variables by name.
    pub variables: BTreeMap<String, Variable>,
    /// The HTTP triggers, in the order of the file: of two with one route the later one counts.
    pub triggers: Vec<Trigger>,
    /// The components by id, their sources relative to the working directory.
    pub components: BTreeMap<String, Component>,
}

/// One entry of `[variables]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is accepted is wider than what has an effect here")]
pub struct Variable {
    /// The value when none is given.
    pub default: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    secret: bool,
    description: Option<String>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is accepted is wider than what has an effect here")]
pub struct Trigger {
    id: Option<String>,
    /// The route, for instance `/v2/bills/...`.
    pub route: String,
    /// The id of the component that answers.
    pub component: String,
}

/// One `[component.<id>]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is accepted is wider than what has an effect here")]
pub struct Component {
    /// The WebAssembly component's file.
    pub source: PathBuf,
    description: Option<String>,
    /// The component's variables: templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Where it may send requests: `scheme://host:port`, each with `*` as a wildcard.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// How it is built.
    pub build: Option<Build>,
}

/// `[component.<id>.build]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is accepted is wider than what has an effect here")]
pub struct Build {
    command: Commands,
    workdir: Option<PathBuf>,
    #[serde(default)]
    watch: Vec<String>,
}

impl Build {
    /// The build as a line for a shell.
    pub fn command(&self) -> String {
        match &self.command {
            Commands::One(command) => command.clone(),
            Commands::Several(commands) => commands.join(" && "),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Commands {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    spin_manifest_version: u32,
    #[serde(rename = "application")]
    _application: Details,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    component: BTreeMap<String, Component>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is accepted is wider than what has an effect here")]
struct Details {
    name: String,
    version: Option<String>,
    description: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    http: Vec<Trigger>,
}

impl Manifest {
    /// Reads and checks the manifest at `path`.
    ///
    /// Fails on a key or a value that is not understood, naming it, on a trigger whose component
    /// is not there, and on a component whose file is not there.
    pub fn read(path: &Path) -> Result<Self> {
        let at = || format!("in {}", path.display());
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut manifest = Self::parse(&text).with_context(at)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for (id, component) in &mut manifest.components {
            component.source = folder.join(&component.source);
            component.check_source(id).with_context(at)?;
        }
        Ok(manifest)
    }

    fn parse(text: &str) -> Result<Self> {
        let document: Document = toml::from_str(text)?;
        let version = document.spin_manifest_version;
        ensure!(version == 2, "spin_manifest_version is {version}, this host reads version 2");
        let Document { variables, trigger, component: components, .. } = document;
        for (name, variable) in &variables {
            ensure!(
                variable.required || variable.default.is_some(),
                "variable `{name}` needs either a default or `required = true`"
            );
        }
        for trigger in &trigger.http {
            let (route, id) = (&trigger.route, &trigger.component);
            ensure!(
                components.contains_key(id),
                "route `{route}` is for component `{id}`, which does not exist"
            );
        }
        Ok(Self { variables, triggers: trigger.http, components })
    }
}

impl Component {
    fn check_source(&self, id: &str) -> Result<()> {
        if self.source.is_file() {
            return Ok(());
        }
        let source = self.source.display();
        match &self.build {
            Some(build) => {
                bail!("component `{id}` has no file {source}; build it with `{}`", build.command())
            }
            None => bail!("component `{id}` has no file {source}, and no build command"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        spin_manifest_version = 2

        [application]
        name = "trial"
        authors = ["someone"]

        [variables]
        token = { default = "", secret = true }

        [[trigger.http]]
        route = "/balances/..."
        component = "balances"

        [component.balances]
        source = "balances.wasm"
        allowed_outbound_hosts = ["http://127.0.0.1:8080"]
        key_value_stores = ["default"]
        variables = { token = "{{ token }}" }

        [component.balances.build]
        command = ["cargo fetch", "cargo build"]
        watch = ["src/**/*.rs"]
    "#;

    fn error_of(text: &str) -> String {
        format!("{:#}", Manifest::parse(text).expect_err("is refused"))
    }

    #[test]
    fn reads_a_complete_manifest() {
        let manifest = Manifest::parse(MANIFEST).expect("is read");
        assert_eq!(manifest.triggers[0].route, "/balances/...");
        assert_eq!(manifest.components["balances"].key_value_stores, ["default"]);
        assert_eq!(manifest.variables["token"].default.as_deref(), Some(""));
        let build = manifest.components["balances"].build.as_ref().expect("has a build");
        assert_eq!(build.command(), "cargo fetch && cargo build");
    }

    #[test]
    fn refuses_an_unknown_key_anywhere_and_names_it() {
        for (known, replaced, named) in [
            ("name = ", "nam = ", "nam"),
            ("secret = true", "secrete = true", "secrete"),
            ("route = ", "rout = ", "rout"),
            ("source = ", "files = []\nsource = ", "files"),
            ("watch = ", "watches = ", "watches"),
            ("[variables]", "[variable]\n[variables]", "variable"),
            ("balances.build]", "balances.builds]", "builds"),
            ("[[trigger.http]]", "[[trigger.redis]]", "redis"),
        ] {
            let error = error_of(&MANIFEST.replace(known, replaced));
            assert!(error.contains(&format!("unknown field `{named}`")), "{error}");
        }
    }

    #[test]
    fn refuses_another_version() {
        let text = MANIFEST.replace("spin_manifest_version = 2", "spin_manifest_version = 1");
        assert!(error_of(&text).contains("spin_manifest_version is 1"));
    }

    #[test]
    fn refuses_a_variable_that_is_neither_required_nor_has_a_default() {
        let text = MANIFEST.replace("{ default = \"\", secret = true }", "{ secret = true }");
        assert!(error_of(&text).contains("variable `token`"));
    }

    #[test]
    fn refuses_a_trigger_for_a_component_that_does_not_exist() {
        let text = MANIFEST.replace("component = \"balances\"", "component = \"bills\"");
        assert!(error_of(&text).contains("component `bills`"));
    }

    #[test]
    fn a_missing_file_is_named_with_its_build_command() {
        let folder = tempfile::tempdir().expect("is made");
        let path = folder.path().join("spin.toml");
        fs::write(&path, MANIFEST).expect("is written");

        let error = format!("{:#}", Manifest::read(&path).expect_err("is refused"));
        assert!(error.contains("balances.wasm"), "{error}");
        assert!(error.contains("cargo fetch && cargo build"), "{error}");

        fs::write(folder.path().join("balances.wasm"), "").expect("is written");
        Manifest::read(&path).expect("is read");
    }
}
