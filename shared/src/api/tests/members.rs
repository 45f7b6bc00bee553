//! What a page of a list across the members of an enterprise costs: how many members there are does
//! not matter as long as their bills lie together, and no list is read but for the page.

use super::growth::read;
use super::*;
use crate::domain::bill::{FeeFilter, Whose};
use crate::domain::partner::CallingCustomer;
use crate::store::memory::Calls;
use crate::value::page::Slice;
use std::ops::Range;

const MEMBERS: [usize; 3] = [10, 100, 1_000];

/// Bill lines of each member in the month.
const LINES: usize = 20;

/// Calls of the store for a page, credential and head included.
const CALLS_MAX: u32 = 10;

/// Members that one call more of the store reads.
const MEMBERS_PER_CALL: usize = 200;

/// The service of all lines.
const SERVICE: &str = "hws.service.type.ebs";

const ENTERPRISE: &str = r#"{"kind":"enterprise","tenant_id":"t","customer_id":"c","org_id":"1"}"#;

/// Members whose finances the master keeps, each with its bill lines.
fn add_members(host: &TestHost, numbers: Range<usize>) {
    let mut book = String::new();
    for number in numbers {
        book.push_str(&format!(
            r#"{{"kind":"customer","tenant_id":"t","customer_id":"m{number:05}","partner_id":"d","association_type":"2"}}
{{"kind":"enterprise_member","tenant_id":"t","master_id":"c","customer_id":"m{number:05}","financial_custody":1,"joined_at":"2026-01-02T00:00:00Z"}}
"#
        ));
        for line in 0..LINES {
            book.push_str(&format!(
                r#"{{"kind":"fee_record","tenant_id":"t","partner_id":"d","id":"f{number:05}-{line}","bill_cycle":"2026-08","customer_id":"m{number:05}","service_type_code":"{SERVICE}","payment_amount":"7.00","consume_time":"2026-08-01T00:00:00Z"}}
"#
            ));
        }
    }
    host.import(&book).expect("imported");
    host.store.advance(chrono::TimeDelta::minutes(11));
}

/// What a page of ten costs, of the bill lines of all or of one member.
fn costs(host: &TestHost, members: usize) -> [(&'static str, Calls); 5] {
    let [customer_id, partner_id] = ["c", "d"];
    let master = CallingCustomer {
        customer_id: customer_id.parse().expect("id"),
        partner_id: partner_id.parse().expect("id"),
    };
    let month = "2026-08".parse().expect("a month");
    let bills = |whose: Whose, service: Option<&str>, lines: usize, offset: usize| {
        let master = &master;
        let service_type_code = service.map(str::to_owned);
        let filter = &FeeFilter { service_type_code, ..FeeFilter::default() };
        let offset = u64::try_from(offset).expect("small");
        read(host, async move |books| {
            let accounts = books.bill_accounts(master, &whose).await?;
            let slice = Slice { offset, limit: 10 };
            let page = books.bill_lines(&accounts, month, filter, slice).await?;
            let told = (page.total_count, page.items.len());
            assert_eq!(told, (u64::try_from(lines).expect("small"), 10));
            Ok(())
        })
    };
    let all = members * LINES;
    let one = Whose::Members(Some("m00007".parse().expect("id")));
    [
        ("method=all, first page", bills(Whose::All, None, all, 0)),
        ("method=all, last page", bills(Whose::All, None, all, all - 10)),
        ("method=all, first page of a service", bills(Whose::All, Some(SERVICE), all, 0)),
        ("method=sub_customer", bills(one.clone(), None, LINES, 0)),
        ("method=sub_customer, of a service", bills(one, Some(SERVICE), LINES, 0)),
    ]
}

#[test]
fn a_page_across_members_reads_the_ends_of_their_lists_together() {
    let host = TestHost::with_book();
    host.import(ENTERPRISE).expect("imported");
    let mut before = 0;
    for members in MEMBERS {
        add_members(&host, before..members);
        before = members;
        for (list, calls) in costs(&host, members) {
            println!("{members:5} members: {:3} calls, {calls:?}: {list}", calls.total());
            // Of each member a record, and where its lines begin and end: less than a page.
            let across = list.starts_with("method=all");
            let more = if across { members / MEMBERS_PER_CALL } else { 0 };
            let most = CALLS_MAX + u32::try_from(more).expect("few");
            assert!(calls.total() <= most, "{list}, {members} members: {calls:?}");
            assert!(calls.batch_get_keys <= u32::try_from(members + 10).expect("few"), "{calls:?}");
        }
    }
}
