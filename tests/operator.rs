//! The operator's routes, one file each.

mod access_keys;
mod audit;
mod books;
mod deliveries;
mod deliveries_run;
mod faults;
mod health;
mod journal;
mod master_key_rotate;
mod metrics;
mod months_close;
mod operators;
mod orders;
mod requests;
mod reviews;
mod reviews_decide;
mod reviews_submission;
mod sandbox;
mod snapshots;
mod snapshots_fork;
mod snapshots_restore;
mod sweep;
mod tick;
mod tokens;
mod usage;
mod verification_codes;
