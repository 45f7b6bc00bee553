//! The file of a component: what it is, told without compiling it, and its bytes as they were when
//! the host started.

use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use wasmparser::{BinaryReader, ComponentExportSectionReader};

/// What a component begins with, in the one version that there is; a core module has another layer.
const PREAMBLE: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// The section of a component's exports.
const EXPORTS: u8 = 11;

/// What a component exports that answers requests, before the last part of the version.
const HANDLER: &str = "wasi:http/incoming-handler@0.2.";

/// Bytes that are read of each section: most are skipped.
const READ_AHEAD: usize = 1024;

/// The open file of a component.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
    modified: SystemTime,
}

impl Source {
    /// Fails if the file is not there, and if it is no component that answers requests. Of what is
    /// in the component, only the exports are read.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path)?;
        let modified = file.metadata()?.modified()?;
        let exports = exports(&mut BufReader::with_capacity(READ_AHEAD, &file))?;
        let answers = exports.iter().any(|name| name.starts_with(HANDLER));
        ensure!(answers, "it does not export {HANDLER}x: it is no component for HTTP");
        Ok(Self { path: path.to_path_buf(), file, modified })
    }

    /// All bytes, and from here on the only use of the file among hosts, until this is dropped: who
    /// compiles it at the same time would do the same work.
    ///
    /// A file that another one has replaced since the host started is read as it was. Fails if it
    /// was written to.
    pub fn read(&mut self) -> Result<Vec<u8>> {
        // Where the file system has no locks, it may be compiled twice.
        let _ = self.file.lock();
        let mut bytes = Vec::new();
        self.file.rewind()?;
        self.file.read_to_end(&mut bytes)?;
        let unchanged = self.file.metadata()?.modified()? == self.modified;
        ensure!(unchanged, "the file has been written to since the host started");
        Ok(bytes)
    }
}

impl Display for Source {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(formatter)
    }
}

/// The names of all exports: a component is a list of sections, each with its length before it.
fn exports(file: &mut (impl BufRead + Seek)) -> Result<Vec<String>> {
    let mut preamble = [0; PREAMBLE.len()];
    let is_component = file.read_exact(&mut preamble).is_ok() && preamble == PREAMBLE;
    ensure!(is_component, "it is no WebAssembly component");
    let mut names = Vec::new();
    while !file.fill_buf()?.is_empty() {
        let section = byte(file)?;
        let length = length(file)?;
        if section != EXPORTS {
            file.seek_relative(i64::from(length))?;
            continue;
        }
        let mut bytes = Vec::new();
        file.take(length.into()).read_to_end(&mut bytes)?;
        for export in ComponentExportSectionReader::new(BinaryReader::new(&bytes, 0))? {
            names.push(export?.name.name.to_owned());
        }
    }
    Ok(names)
}

fn byte(file: &mut impl Read) -> Result<u8> {
    let mut byte = [0];
    file.read_exact(&mut byte).context("it ends in the middle of a section")?;
    Ok(byte[0])
}

/// An unsigned number in LEB128: seven bits in each byte, the lowest first.
fn length(file: &mut impl Read) -> Result<u32> {
    let mut bytes = Vec::new();
    loop {
        let byte = byte(file)?;
        bytes.push(byte);
        if byte < 0x80 || bytes.len() == 5 {
            return Ok(BinaryReader::new(&bytes, 0).read_var_u32()?);
        }
    }
}
