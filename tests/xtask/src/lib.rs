//! What the developer's commands do, one module for each, and what they share. A library, so that
//! the benchmarks (`tests/bench`) start hosts and import books in the same way.

pub mod attack;
pub mod bench;
pub mod book;
pub mod browser;
pub mod build;
pub mod check;
pub mod checkpoint;
pub mod contract;
pub mod demo;
pub mod dependencies;
pub mod host;
pub mod import;
pub mod imports;
pub mod listen;
pub mod logs;
pub mod manifest;
pub mod new;
pub mod openapi;
pub mod operator;
pub mod process;
pub mod python;
pub mod redis;
pub mod reference_data;
pub mod screenshots;
pub mod state;
pub mod test;
pub mod trigger;
pub mod up;
pub mod wasm_target;
pub mod workspace;
