//! The books that are measured. They take long to fill, so they are filled once, through the
//! published routes, kept, and measured on copies.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xtask::import;

use crate::operation::{self, ALLOCATION, SINGLE_ISSUE, issue};
use crate::orders::{self, Orders};
use crate::plan::Plan;
use crate::site::{Bundle, Site};
use crate::tenant::Tenant;

/// The components that write the books: others of them may write them otherwise.
const WRITERS: [&str; 6] = [
    "operator-books",
    "operator-orders",
    "operator-orders-provision",
    "partner-coupons",
    "pay-orders",
    "update-customer-account-amount",
];

/// What is known of filled books; its file is there when they are complete.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Filling {
    /// Lines of fee records that were imported in a second.
    pub import_lines_per_second: f64,
    /// Ids of coupons that are to be reclaimed, of those that were issued.
    pub coupons: Vec<String>,
    /// Orders that requests are about.
    pub orders: Orders,
}

const FILLING: &str = "filling.json";

/// Filled books, by the number of records.
pub struct States {
    folder: PathBuf,
    plan: Plan,
}

impl States {
    /// Those in `folder` that fit the components as they are. Others are removed.
    ///
    /// # Errors
    /// A component is not built, or the folder cannot be read.
    pub fn open(folder: &Path, bundle: &Bundle<'_>, plan: &Plan) -> Result<Self> {
        let mut hash = Sha256::new();
        for name in WRITERS {
            let file = bundle.workspace.component_file(name);
            let bytes =
                fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            hash.update(bytes);
        }
        let tenant = tenant(plan, 0);
        hash.update(tenant.book());
        hash.update(tenant.fee_record(0));
        hash.update(tenant.facts());
        hash.update(tenant.product(0));
        let name = hex::encode(&hash.finalize()[..8]);

        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name() != name.as_str() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(Self { folder: folder.join(name), plan: plan.clone() })
    }

    /// Fills the books with so many records, unless they are.
    ///
    /// # Errors
    /// The bundle does not take them.
    pub fn fill(&self, bundle: &Bundle<'_>, records: u32) -> Result<Filling> {
        let folder = self.folder.join(records.to_string());
        if let Ok(filling) = fs::read(folder.join(FILLING)) {
            return Ok(serde_json::from_slice(&filling)?);
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let site = Site::start(bundle, &folder, tenant(&self.plan, records))?;
        let import_lines_per_second = import_book(&site, &folder)?;
        let coupons = issue_coupons(&site)?;
        allocate(&site)?;
        let orders = orders::place(&site)?;
        drop(site);
        let filling = Filling { import_lines_per_second, coupons, orders };
        fs::write(folder.join(FILLING), serde_json::to_vec(&filling)?)?;
        Ok(filling)
    }

    /// Starts a host on a copy of filled books, in `folder`, which is made anew.
    ///
    /// # Errors
    /// They are not filled, or the host does not start.
    pub fn site(&self, bundle: &Bundle<'_>, records: u32, folder: &Path) -> Result<Site> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let filled = self.folder.join(records.to_string());
        for entry in fs::read_dir(&filled)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), folder.join(entry.file_name()))?;
            }
        }
        let filling: Filling = serde_json::from_slice(&fs::read(filled.join(FILLING))?)?;
        let Filling { coupons, orders, .. } = filling;
        let tenant = Tenant { coupons, orders, ..tenant(&self.plan, records) };
        Site::start(bundle, folder, tenant)
    }
}

fn tenant(plan: &Plan, records: u32) -> Tenant {
    Tenant::new(records, plan.customers, plan.once, Utc::now())
}

/// Imports the catalogue, the tenant, and then its fee records, as `cargo xtask import` does. Answers how many of
/// those were imported in a second.
fn import_book(site: &Site, folder: &Path) -> Result<f64> {
    let operator = site.operator()?;
    let file = folder.join("book.ndjson");
    let mut catalogue = site.tenant.facts();
    catalogue.extend((0..site.tenant.products()).map(|number| site.tenant.product(number)));
    for book in [catalogue, site.tenant.book()] {
        fs::write(&file, book)?;
        import::import(&file, &operator)?;
    }

    let mut book = std::io::BufWriter::new(fs::File::create(&file)?);
    for number in 0..site.tenant.records {
        std::io::Write::write_all(&mut book, site.tenant.fee_record(number).as_bytes())?;
    }
    book.into_inner()?;
    let started = Instant::now();
    let outcome = import::import(&file, &operator)?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(outcome.applied == u64::from(site.tenant.records), "not all were new: {outcome}");
    fs::remove_file(&file)?;
    Ok(f64::from(site.tenant.records) / seconds)
}

/// Coupons of one request while books are filled.
const COUPONS_PER_ISSUE: u32 = 1000;

/// Issues as many coupons as there are records, to all customers in turn. Answers the ids of those
/// that are to be reclaimed.
fn issue_coupons(site: &Site) -> Result<Vec<String>> {
    let operation = operation::find(SINGLE_ISSUE)?;
    let tenant = &site.tenant;
    let progress = ProgressBar::new(u64::from(tenant.records));
    let mut issued = 0;
    let mut ids = Vec::new();
    while issued < tenant.records {
        let last = tenant.records.min(issued.saturating_add(COUPONS_PER_ISSUE));
        let customers: Vec<String> =
            (issued..last).map(|number| tenant.customer(number % tenant.customers)).collect();
        let (_, answer) = site.once(&issue(tenant, &customers), operation.answer)?;
        let answer: Issued = serde_json::from_slice(&answer)?;
        ids.extend(answer.coupon_infos.into_iter().map(|coupon| coupon.coupon_id));
        issued += u32::try_from(customers.len())?;
        progress.set_position(u64::from(issued));
    }
    progress.finish_and_clear();
    ids.truncate(usize::try_from(tenant.once)?);
    Ok(ids)
}

/// What is read of the answer to an issue.
#[derive(Deserialize)]
struct Issued {
    coupon_infos: Vec<IssuedCoupon>,
}

#[derive(Deserialize)]
struct IssuedCoupon {
    coupon_id: String,
}

/// For how long nothing is written before the last write. That one then leaves the store as readers
/// of a book at rest find it, and how much they find not folded yet is no matter of luck.
const REST: Duration = Duration::from_millis(50);

/// Gives some customers money, so that the lists of that have a page.
fn allocate(site: &Site) -> Result<()> {
    let operation = operation::find(ALLOCATION)?;
    let requests = (operation.requests)(&site.tenant);
    let (last, others) = requests.split_last().context("nothing is allocated")?;
    others.iter().try_for_each(|request| site.once(request, operation.answer).map(drop))?;
    thread::sleep(REST);
    site.once(last, operation.answer).map(drop)
}
