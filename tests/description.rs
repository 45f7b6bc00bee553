//! What is told of the bundle to anybody, and whether it is true.

mod pages;
mod truth;
