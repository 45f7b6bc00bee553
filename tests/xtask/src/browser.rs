//! The browser in which the console is tested, and what drives it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{process, python};

/// What the browser is called where there is one.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The browser's file, and the Python program that drives it.
pub struct Browser {
    pub chromium: PathBuf,
    pub python: PathBuf,
}

/// The browser, with a font for Chinese; `None`, which is said, where it is not installed. In
/// continuous integration both are installed.
pub fn find_or_say_so(workspace: &Workspace) -> Result<Option<Browser>> {
    if find().is_none() {
        process::install_in_ci("chromium")?;
    }
    let Some(chromium) = find() else {
        eprintln!(
            "there is no Chromium: the console is not tested in a browser (on Debian: \
             `apt-get install chromium fonts-wqy-microhei`)"
        );
        return Ok(None);
    };
    if !has_chinese_font() {
        process::install_in_ci("fonts-wqy-microhei")?;
        if !has_chinese_font() {
            eprintln!("there is no font for Chinese: the console's Chinese pages show boxes");
        }
    }
    let python = python::environment(workspace, "tests/browser/requirements.txt", "browser")?;
    Ok(Some(Browser { chromium, python }))
}

fn find() -> Option<PathBuf> {
    NAMES.into_iter().find_map(process::find)
}

fn has_chinese_font() -> bool {
    let fonts = Command::new("fc-list").arg(":lang=zh").output();
    fonts.is_ok_and(|fonts| !fonts.stdout.is_empty())
}
