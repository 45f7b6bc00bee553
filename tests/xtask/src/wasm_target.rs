//! The standard library for WebAssembly: from rustup, or where its server is out of reach, built
//! from the source that Debian ships.
//!
//! Ordinary users never meet the second way. It needs Debian's tools and the package registries
//! that this machine is set up for; no host is named here.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{WASM_TARGET, Workspace};

/// How long rustup may take before its server counts as out of reach.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);

/// The suite of Debian that has recent compilers and their library's source.
const SUITE: &str = "trixie-backports";

/// Names that point at other releases as time goes.
const MOVING_SUITES: [&str; 5] = ["stable", "oldstable", "testing", "unstable", "sid"];

/// What the suite's release file is signed with, under either of its names.
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
];

/// Said beside the files that are placed here: rustup would refuse to overwrite them.
const NOTE: &str = "Built from Debian's rust-src by `cargo xtask`, because rustup's server was out \
                    of reach.\nRemove this folder before `rustup target add wasm32-wasip2`.\n";

/// Makes the target available. Does nothing if it is.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    let toolchain = Toolchain::find(workspace)?;
    if toolchain.has_target() {
        return Ok(());
    }
    if rustup_adds_target(workspace)? && toolchain.has_target() {
        return Ok(());
    }
    eprintln!("rustup could not add {WASM_TARGET}: building it from Debian's source instead");
    build_from_debian(workspace, &toolchain).with_context(|| {
        format!(
            "the target {WASM_TARGET} is missing. Rustup could not add it (`rustup target add \
             {WASM_TARGET}`), and building it from Debian's packages failed"
        )
    })
}

/// The compiler that this workspace is built with.
struct Toolchain {
    /// Such as `1.95.0`.
    version: String,
    /// The folder of all targets' files.
    targets: PathBuf,
}

impl Toolchain {
    fn find(workspace: &Workspace) -> Result<Self> {
        let sysroot = process::output(rustc(workspace).args(["--print", "sysroot"]))?;
        let version = process::output(rustc(workspace).arg("--version"))?;
        let version = version
            .split_whitespace()
            .nth(1)
            .with_context(|| format!("rustc has no version: {version}"))?;
        let targets = Path::new(sysroot.trim()).join("lib").join("rustlib");
        Ok(Self { version: version.to_owned(), targets })
    }

    fn target(&self) -> PathBuf {
        self.targets.join(WASM_TARGET)
    }

    /// Whether the target's standard library is there.
    fn has_target(&self) -> bool {
        fs::read_dir(self.target().join("lib")).is_ok_and(|mut files| {
            files.any(|file| {
                file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd"))
            })
        })
    }
}

fn rustc(workspace: &Workspace) -> Command {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(program);
    command.current_dir(&workspace.root);
    command
}

fn rustup_adds_target(workspace: &Workspace) -> Result<bool> {
    if process::find("rustup").is_none() {
        return Ok(false);
    }
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", WASM_TARGET])
        // That it is out of reach is expected, and no matter for a backtrace.
        .env("RUST_BACKTRACE", "0")
        .current_dir(&workspace.root);
    let status = process::status_within(&mut rustup, RUSTUP_LIMIT)?;
    Ok(status.is_some_and(|status| status.success()))
}

fn build_from_debian(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    for program in ["apt-get", "dpkg"] {
        if process::find(program).is_none() {
            bail!("this needs Debian's `{program}`, which is not on PATH");
        }
    }
    let folder = workspace.components_target().join("wasm-target");
    remove(&folder)?;
    let packages = fetch(&folder, &toolchain.version)?;
    let libraries = compile(workspace, &folder, &packages, &toolchain.version)?;
    let wasi_libc = packages.join("usr/lib").join(WASM_TARGET);
    install(toolchain, &libraries, &wasi_libc).with_context(|| {
        format!("cannot place the built library in {}", toolchain.target().display())
    })?;
    // What was built with a library that was there before does not link with this one.
    remove(&workspace.components_target().join(WASM_TARGET))?;
    remove(&workspace.target.join(WASM_TARGET))?;
    remove(&folder)
}

/// Fetches and unpacks the library's source and the C library, and returns where to. Nothing is
/// installed, and the machine's own package lists stay as they are.
fn fetch(folder: &Path, version: &str) -> Result<PathBuf> {
    let keyring = KEYRINGS
        .iter()
        .find(|file| Path::new(file).exists())
        .context("the package debian-archive-keyring is not installed")?;
    let release = fs::read_to_string("/etc/os-release").context("this is not Debian")?;
    let codename = codename(&release).context("/etc/os-release names no VERSION_CODENAME")?;
    let update = process::output(Command::new("apt-get").args(["update", "--print-uris"]))?;
    let archives = archives(&update, codename);
    if archives.is_empty() {
        bail!("apt's sources name no archive of Debian {codename}");
    }

    let downloads = folder.join("downloads");
    fs::create_dir_all(&downloads)?;
    for archive in &archives {
        let sources = folder.join("debian.sources");
        let stanza = format!(
            "Types: deb\nURIs: {archive}\nSuites: {SUITE}\nComponents: main\n\
             Signed-By: {keyring}\n"
        );
        fs::write(&sources, stanza)?;
        let update = process::status(apt_get(folder, &sources)?.arg("update"))?;
        if !update.success() {
            continue;
        }
        let source = format!("rust-src={version}*");
        let mut download = apt_get(folder, &sources)?;
        download.args(["download", &source, "wasi-libc"]);
        download.current_dir(&downloads);
        process::run(&mut download).with_context(|| {
            format!("{SUITE} has no rust-src {version}: source and compiler must be of one version")
        })?;
        let packages = folder.join("packages");
        unpack(&downloads, &packages, version)?;
        return Ok(packages);
    }
    bail!("none of apt's sources of Debian {codename} serves {SUITE}: {}", archives.join(", "))
}

/// `apt-get` with lists and a cache of its own below `folder`.
fn apt_get(folder: &Path, sources: &Path) -> Result<Command> {
    let lists = folder.join("lists");
    let cache = folder.join("cache");
    fs::create_dir_all(lists.join("partial"))?;
    fs::create_dir_all(cache.join("archives").join("partial"))?;

    let mut command = Command::new("apt-get");
    for (name, value) in [
        ("Dir::Etc::sourcelist", sources.as_os_str()),
        ("Dir::Etc::sourceparts", OsStr::new("-")),
        ("Dir::State::lists", lists.as_os_str()),
        ("Dir::Cache", cache.as_os_str()),
        // A source that cannot be fetched is a failure, not a warning.
        ("APT::Update::Error-Mode", OsStr::new("any")),
        // Root would download as a user who may not write here.
        ("APT::Sandbox::User", OsStr::new("root")),
    ] {
        let mut option = OsStr::new(name).to_owned();
        option.push("=");
        option.push(value);
        command.arg("-o").arg(option);
    }
    Ok(command)
}

/// Unpacks the C library, and of the compiler's source, 45,000 files, only the library.
fn unpack(downloads: &Path, packages: &Path, version: &str) -> Result<()> {
    fs::create_dir_all(packages)?;
    for package in files(downloads, "deb")? {
        let mut dpkg = Command::new("dpkg");
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("rust-src_") {
            process::run(dpkg.arg("-x").arg(&package).arg(packages))?;
            continue;
        }
        dpkg.arg("--fsys-tarfile").arg(&package).stdout(Stdio::piped());
        let mut archive = dpkg.spawn().context("cannot start `dpkg`")?;
        let mut tar = Command::new("tar");
        tar.arg("-x").arg("-C").arg(packages);
        tar.arg(format!("./{}", library_source(version)));
        tar.stdin(archive.stdout.take().context("dpkg has no output")?);
        process::run(&mut tar)?;
        if !archive.wait()?.success() {
            bail!("dpkg could not read {}", package.display());
        }
    }
    Ok(())
}

/// Where the package `rust-src` has the library.
fn library_source(version: &str) -> String {
    format!("usr/src/rustc-{version}/library")
}

/// Builds the library by building an empty crate with it, and returns the folder of its parts.
fn compile(
    workspace: &Workspace,
    folder: &Path,
    packages: &Path,
    version: &str,
) -> Result<PathBuf> {
    let source = packages.join(library_source(version));
    let empty = folder.join("empty");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(empty.join("Cargo.toml"), EMPTY_CRATE)?;
    fs::write(empty.join("src/lib.rs"), "#![no_std]\n")?;

    let target = folder.join("library");
    let mut cargo = workspace.cargo();
    cargo.current_dir(&empty);
    cargo.args(["build", "--release", "--target", WASM_TARGET, "--target-dir"]);
    cargo.arg(&target);
    cargo.args(["-Z", "build-std=std,panic_abort,proc_macro"]);
    // The option needs a nightly compiler otherwise; the library is the stable one either way.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    cargo.env("__CARGO_TESTS_ONLY_SRC_ROOT", &source);
    // Without bitcode, components could not be optimised as a whole.
    cargo.env("RUSTFLAGS", "-Cembed-bitcode=yes");
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut cargo)?;
    Ok(target.join(WASM_TARGET).join("release").join("deps"))
}

const EMPTY_CRATE: &str = r#"
[package]
name = "empty"
version = "0.0.0"
edition = "2024"

[profile.release]
panic = "abort"

[workspace]
"#;

/// Places the library where the compiler looks for it, whole or not at all.
fn install(toolchain: &Toolchain, libraries: &Path, wasi_libc: &Path) -> Result<()> {
    let partial = toolchain.targets.join(format!("{WASM_TARGET}.partial-{}", std::process::id()));
    remove(&partial)?;
    let place = || -> Result<()> {
        let library = partial.join("lib");
        let c_library = library.join("self-contained");
        fs::create_dir_all(&c_library)?;
        fs::write(partial.join("README"), NOTE)?;
        for file in files(libraries, "rlib")? {
            copy_into(&file, &library)?;
        }
        for entry in fs::read_dir(wasi_libc)? {
            copy_into(&entry?.path(), &c_library)?;
        }
        // What is there holds no standard library, or this would not have begun.
        remove(&toolchain.target())?;
        fs::rename(&partial, toolchain.target())?;
        Ok(())
    };
    let placed = place();
    if placed.is_err() {
        // The failure itself says more than one of cleaning up after it.
        fs::remove_dir_all(&partial).ok();
    }
    placed
}

/// Copies a file, or a folder with all that is in it. The empty crate's own library stays behind.
fn copy_into(from: &Path, folder: &Path) -> Result<()> {
    let name = from.file_name().context("a path without a name")?;
    if name.to_string_lossy().starts_with("libempty-") {
        return Ok(());
    }
    let to = folder.join(name);
    if from.is_dir() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            copy_into(&entry?.path(), &to)?;
        }
        return Ok(());
    }
    fs::copy(from, &to).map(drop).with_context(|| format!("cannot copy {}", from.display()))
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|other| other == extension) {
            files.push(path);
        }
    }
    Ok(files)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// The release's name in `/etc/os-release`, such as `bookworm`.
fn codename(release: &str) -> Option<&str> {
    release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .map(|name| name.trim_matches('"'))
}

/// The addresses of Debian's archive that apt is set up with, each once, in order.
///
/// Apt itself is asked what an update would fetch, a line `'ADDRESS/dists/SUITE/FILE' ...` each:
/// so its source files, in any of their formats, need not be read here. Other vendors' archives
/// have suites or components of other names, and the security archive has no backports.
fn archives(update: &str, codename: &str) -> Vec<String> {
    let mut archives: Vec<String> = Vec::new();
    for line in update.lines() {
        let Some((archive, rest)) = line.trim_start_matches('\'').split_once("/dists/") else {
            continue;
        };
        let Some((suite, file)) = rest.split_once('/') else {
            continue;
        };
        let release = suite.trim_end_matches("-updates").trim_end_matches("-backports");
        let is_debian = release == codename || MOVING_SUITES.contains(&release);
        if is_debian && file.starts_with("main/") && !archives.iter().any(|other| other == archive)
        {
            archives.push(archive.to_owned());
        }
    }
    archives
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_debians_archives_in_what_apt_would_fetch() {
        let update = "\
'http://one.test/debian/dists/bookworm/InRelease' one.test_InRelease 0
'http://one.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' one.test_Packages 0
'http://one.test/debian/dists/bookworm-updates/main/binary-all/Packages.xz' one.test_Packages 0
'http://one.test/debian-security/dists/bookworm-security/main/binary-all/Packages.xz' x 0
'http://other.test/apt/dists/cloud-sdk-bookworm/main/binary-amd64/Packages.gz' x 0
'http://docker.test/linux/debian/dists/bookworm/stable/binary-amd64/Packages.bz2' x 0
'mirror+file:/etc/apt/mirrors/debian.list/dists/stable/main/binary-amd64/Packages.xz' x 0
Reading package lists...
";
        assert_eq!(
            archives(update, "bookworm"),
            ["http://one.test/debian", "mirror+file:/etc/apt/mirrors/debian.list"]
        );
        assert!(archives("", "bookworm").is_empty());
    }

    #[test]
    fn reads_the_releases_codename() {
        let release = "ID=debian\nVERSION_CODENAME=bookworm\n";
        assert_eq!(codename(release), Some("bookworm"));
        assert_eq!(codename("VERSION_CODENAME=\"noble\"\n"), Some("noble"));
        assert_eq!(codename("ID=debian\n"), None);
    }

    #[test]
    fn a_library_is_placed_whole_and_replaces_an_empty_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("deps")).expect("a folder");
        fs::create_dir_all(path("c/sub")).expect("a folder");
        for file in ["deps/libstd-1.rlib", "deps/libempty-1.rlib", "deps/std.d", "c/sub/crt.o"] {
            fs::write(path(file), file).expect("a file");
        }
        let toolchain = Toolchain { version: "1.95.0".to_owned(), targets: path("rustlib") };
        fs::create_dir_all(toolchain.target().join("lib/old")).expect("a folder");
        assert!(!toolchain.has_target());

        install(&toolchain, &path("deps"), &path("c")).expect("it is placed");
        assert!(toolchain.has_target());
        let library = toolchain.target().join("lib");
        assert!(library.join("self-contained/sub/crt.o").is_file());
        assert!(!library.join("libempty-1.rlib").exists());
        assert!(!library.join("old").exists());
        let entries = fs::read_dir(&toolchain.targets).expect("a folder").count();
        assert_eq!(entries, 1, "nothing partial is left");
    }
}
