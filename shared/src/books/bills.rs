//! Bills in the books: brought in once, listed by partner, month and customer.

use super::list::{Collected, Record, whole_part};
use super::record::{Stored, decode};
use super::{Books, key};
use crate::domain::bill::statistics::{Outline, Statistic, StatisticType, SumRow, Sums};
use crate::domain::bill::{
    BillAccount, ChargeMode, FeeFilter, FeeRecord, MonthlyBill, MonthlyFilter, Origin, Whose,
};
use crate::domain::enterprise::Role;
use crate::domain::error::Reason;
use crate::domain::partner::{CallingCustomer, Customer};
use crate::store::{Part, Range};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::page::{Page, Slice};
use crate::value::time::{Month, Period};

/// Records read in one call while a filter looks into them.
const FILTERED_PER_READ: usize = 500;

impl Books<'_> {
    /// Bill lines of a customer's month, in the order they were billed. Without a filter, or with
    /// one on dates alone, this costs the depth of the store and not the length of the list; with
    /// one on what the month's sums tell apart, as the service or how it is charged, it reads no
    /// further than the page goes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn fee_records(
        &self,
        partner: &PartnerId,
        cycle: Month,
        customer: &CustomerId,
        filter: &FeeFilter,
        slice: Slice,
    ) -> Result<Page<FeeRecord>, Reason> {
        let range = lines_of(partner, cycle, customer, filter);
        if filter.needs_no_contents() {
            return self.page(&range, slice).await;
        }
        let mut collected = Collected::new(slice).filtering(FILTERED_PER_READ);
        let ranges = [range];
        self.approach_lines([(customer, &ranges[..])], cycle, filter).await?;
        self.collect_lines(&mut collected, &ranges, (customer, cycle), filter).await?;
        Ok(collected.page())
    }

    /// Reads in one go what tells how long these lists of bill lines are, and how many of the lines
    /// pass a filter, where the months' sums tell.
    async fn approach_lines<'a>(
        &self,
        of_customers: impl IntoIterator<Item = (&'a CustomerId, &'a [Range])>,
        cycle: Month,
        filter: &FeeFilter,
    ) -> Result<(), Reason> {
        let (mut sums, mut lists) = (Vec::new(), Vec::new());
        for (customer, ranges) in of_customers {
            lists.extend(ranges);
            if filter.is_counted_by_sums() {
                sums.push(Range::prefix(&key::customer_sums(customer, cycle)));
            }
        }
        if sums.len() + lists.len() > 1 {
            let lengths = lists.into_iter().map(|range| Part::of(range, Slice::first(0)));
            let parts = sums.iter().map(whole_part).chain(lengths);
            self.store().approach(&parts.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Adds the lines of a customer's month, which lie in these ranges, that pass a filter.
    async fn collect_lines(
        &self,
        collected: &mut Collected<FeeRecord>,
        ranges: &[Range],
        (customer, cycle): (&CustomerId, Month),
        filter: &FeeFilter,
    ) -> Result<(), Reason> {
        let passes = |record: &FeeRecord| filter.matches(record);
        if let Some(known) = self.known_count(ranges, (customer, cycle), filter).await? {
            return self.collect_known(collected, ranges, known, lines, passes).await;
        }
        for range in ranges {
            self.collect_if(collected, range, lines, passes).await?;
        }
        Ok(())
    }

    /// How many lines of a customer's month pass a filter, where the month's sums tell. They do not
    /// if they are not of exactly the lines in these ranges: the customer has changed its partner
    /// within the month, or an earlier version has written the lines.
    async fn known_count(
        &self,
        ranges: &[Range],
        (customer, cycle): (&CustomerId, Month),
        filter: &FeeFilter,
    ) -> Result<Option<u64>, Reason> {
        if !filter.is_counted_by_sums() {
            return Ok(None);
        }
        let sums = self.customer_sums(customer, cycle).await?;
        let mut lines = 0_u64;
        for range in ranges {
            lines = lines.saturating_add(self.store().count(range).await?);
        }
        let all: u64 = sums.iter().map(|sum| sum.records).sum();
        let passing = sums.iter().filter(|sum| filter.matches_sum(sum)).map(|sum| sum.records);
        Ok((lines == all).then(|| passing.sum()))
    }

    /// The customers whose bills a customer asks for: itself first, then the members of its
    /// enterprise that it pays for or that let it see their bills, in the order of their ids.
    ///
    /// # Errors
    /// [`Reason::UnknownReference`] when the books lack it; store failures.
    pub async fn bill_accounts(
        &self,
        caller: &CallingCustomer,
        whose: &Whose,
    ) -> Result<Vec<BillAccount>, Reason> {
        let master = &caller.customer_id;
        let own = self.billed(master).await?;
        let is_master = matches!(own.enterprise, Some(Role::Master { .. }));
        let mut accounts = Vec::new();
        if !matches!(whose, Whose::Members(_)) {
            accounts.push(BillAccount::from(own));
        }
        let members = match whose {
            Whose::Oneself => Vec::new(),
            _ if !is_master => Vec::new(),
            Whose::Members(Some(id)) => self.member(master, id).await?.into_iter().collect(),
            Whose::Members(None) | Whose::All => self.all_members(master).await?,
        };
        let ids: Vec<CustomerId> = members.iter().map(|it| it.customer_id.clone()).collect();
        self.load_customers(&ids).await?;
        for member in &members {
            let customer = self.billed(&member.customer_id).await?;
            if member.shows_bills(&customer, master) {
                accounts.push(BillAccount::from(customer));
            }
        }
        Ok(accounts)
    }

    async fn billed(&self, id: &CustomerId) -> Result<Customer, Reason> {
        let unknown = || Reason::UnknownReference { kind: "customer", id: id.to_string() };
        self.customer(id).await?.ok_or_else(unknown)
    }

    /// Bill lines of a month of several customers: one customer's after the other's, in the order
    /// they were billed. The ends of all lists are read together, and with them the sums that count
    /// what passes a filter. Without a filter, with one on when they were billed alone, or with one
    /// that the sums count, of the lists' contents no more is read than the page needs.
    ///
    /// # Errors
    /// Store failures.
    pub async fn bill_lines(
        &self,
        accounts: &[BillAccount],
        cycle: Month,
        filter: &FeeFilter,
        slice: Slice,
    ) -> Result<Page<FeeRecord>, Reason> {
        let mut collected = Collected::new(slice).filtering(FILTERED_PER_READ);
        let of_accounts: Vec<(&CustomerId, Vec<Range>)> = accounts
            .iter()
            .map(|account| (&account.customer_id, ranges_of(account, cycle, filter)))
            .collect();
        let lists = of_accounts.iter().map(|(customer, ranges)| (*customer, ranges.as_slice()));
        self.approach_lines(lists, cycle, filter).await?;
        for (customer, ranges) in &of_accounts {
            if filter.needs_no_contents() {
                for range in ranges {
                    self.collect(&mut collected, range, lines).await?;
                }
            } else {
                self.collect_lines(&mut collected, ranges, (customer, cycle), filter).await?;
            }
        }
        Ok(collected.page())
    }

    /// Bill lines of a month of several customers as a statistic has them. Lines by themselves cost
    /// what [`bill_lines`](Self::bill_lines) does. To be put together, a few of them are read once;
    /// many are read twice, and no more of them kept than are asked for.
    ///
    /// # Errors
    /// Store failures.
    pub async fn bill_statistics(
        &self,
        accounts: &[BillAccount],
        cycle: Month,
        filter: &FeeFilter,
        statistic_type: StatisticType,
        slice: Slice,
    ) -> Result<Page<Statistic>, Reason> {
        if statistic_type == StatisticType::Detail {
            let Page { total_count, items } =
                self.bill_lines(accounts, cycle, filter, slice).await?;
            let items: Result<_, Reason> = items.into_iter().map(Statistic::of).collect();
            return Ok(Page { total_count, items: items? });
        }
        let mut outline = Outline::new(statistic_type);
        let mut few = Some(Vec::new());
        let note = |record: FeeRecord| {
            outline.add(&record);
            if let Some(kept) = few.as_mut().filter(|kept| kept.len() < FILTERED_PER_READ) {
                kept.push(record);
            } else {
                few = None;
            }
            Ok(())
        };
        self.each_bill_line(accounts, cycle, filter, note).await?;
        let mut statistics = outline.part(slice);
        match few {
            Some(records) => records.into_iter().try_for_each(|it| statistics.add(it))?,
            None => self.each_bill_line(accounts, cycle, filter, |it| statistics.add(it)).await?,
        }
        Ok(statistics.finish())
    }

    /// Hands all bill lines of a month of several customers that pass a filter to `take`, a piece
    /// of the list in memory at a time.
    ///
    /// # Errors
    /// Store failures, and what `take` refuses.
    pub async fn each_bill_line(
        &self,
        accounts: &[BillAccount],
        cycle: Month,
        filter: &FeeFilter,
        mut take: impl FnMut(FeeRecord) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let lists = accounts.iter().flat_map(|account| ranges_of(account, cycle, filter));
        let lists: Vec<Range> = lists.collect();
        if lists.len() > 1 {
            let lengths = lists.iter().map(|list| Part::of(list, Slice::first(0)));
            self.store().approach(&lengths.collect::<Vec<_>>()).await?;
        }
        for range in &lists {
            let mut offset = 0_u64;
            loop {
                let records = self.store().scan(range, offset, FILTERED_PER_READ).await?;
                for (key, bytes) in &records {
                    let record: FeeRecord = decode(key, bytes)?;
                    if filter.matches(&record) {
                        take(record)?;
                    }
                }
                if records.len() < FILTERED_PER_READ {
                    break;
                }
                offset = offset.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
            }
        }
        Ok(())
    }

    /// What the lines of a month of several customers come to that pass a filter. Of a month that
    /// is closed that is read as it was closed, without its lines.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`], store failures.
    pub async fn summed_up(
        &self,
        accounts: &[BillAccount],
        cycle: Month,
        filter: &FeeFilter,
    ) -> Result<Vec<SumRow>, Reason> {
        let mut sums = Sums::default();
        if !filter.is_of_sums() || self.closing(cycle).await?.is_none() {
            self.each_bill_line(accounts, cycle, filter, |record| sums.add(&record)).await?;
            return Ok(sums.finish());
        }
        let lists = accounts.iter().map(|account| key::customer_sums(&account.customer_id, cycle));
        let lists: Vec<Range> = lists.map(|list| Range::prefix(&list)).collect();
        self.approach_whole(&lists).await?;
        for account in accounts {
            for sum in self.customer_sums(&account.customer_id, cycle).await? {
                if filter.matches_sum(&sum) {
                    sums.add_sum(sum)?;
                }
            }
        }
        Ok(sums.finish())
    }

    /// Sums of a partner's month, ordered by customer, service, resource type and bill type.
    ///
    /// # Errors
    /// Store failures.
    pub async fn monthly_bills(
        &self,
        partner: &PartnerId,
        cycle: Month,
        charge_mode: ChargeMode,
        filter: &MonthlyFilter,
        slice: Slice,
    ) -> Result<Page<MonthlyBill>, Reason> {
        let range = Range::prefix(&match &filter.customer_id {
            None => key::monthly_bills(partner, cycle, charge_mode),
            Some(customer) => key::monthly_bills_of(partner, cycle, charge_mode, customer),
        });
        if filter.cloud_service_type.is_none() && filter.bill_type.is_none() {
            return self.page(&range, slice).await;
        }
        let service = filter.cloud_service_type.as_deref().map(str::as_bytes);
        let bill_type = filter.bill_type.map(|bill_type| bill_type.code().as_bytes());
        self.filtered_page(&range, slice, |(key, bytes)| {
            let (of_service, of_type) = key::service_and_bill_type(key)
                .ok_or_else(|| Reason::Corrupt(key.escape_ascii().to_string()))?;
            let matches = service.is_none_or(|service| service == of_service)
                && bill_type.is_none_or(|bill_type| bill_type == of_type);
            matches.then(|| decode(key, bytes)).transpose()
        })
        .await
    }

    /// The first sums of a partner's month, one way of charging after the other, and how many there
    /// are. The lists are read together.
    ///
    /// # Errors
    /// Store failures.
    pub async fn first_monthly_bills(
        &self,
        partner: &PartnerId,
        cycle: Month,
        limit: usize,
    ) -> Result<Page<MonthlyBill>, Reason> {
        let of_mode = |mode| Range::prefix(&key::monthly_bills(partner, cycle, mode));
        let lists = ChargeMode::ALL.map(of_mode);
        let first = Slice::first(limit);
        self.store().approach(&lists.each_ref().map(|list| Part::of(list, first))).await?;
        let mut collected = Collected::new(first);
        for list in &lists {
            let sums = async |records: &[Record]| {
                records.iter().map(|(key, bytes)| decode(key, bytes)).collect()
            };
            self.collect(&mut collected, list, sums).await?;
        }
        Ok(collected.page())
    }

    pub(super) async fn page<T: Stored>(
        &self,
        range: &Range,
        slice: Slice,
    ) -> Result<Page<T>, Reason> {
        let Page { total_count, items } = self.part(range, slice).await?;
        let items: Result<Vec<T>, Reason> =
            items.iter().map(|(key, bytes)| decode(key, bytes)).collect();
        Ok(Page { total_count, items: items? })
    }

    pub(super) async fn filtered_page<T>(
        &self,
        range: &Range,
        slice: Slice,
        select: impl Fn(&Record) -> Result<Option<T>, Reason>,
    ) -> Result<Page<T>, Reason> {
        let mut collected = Collected::new(slice);
        let mut read = 0_u64;
        loop {
            let records = self.store().scan(range, read, FILTERED_PER_READ).await?;
            for record in &records {
                read += 1;
                if let Some(item) = select(record)? {
                    collected.push(item);
                }
            }
            if records.len() < FILTERED_PER_READ {
                return Ok(collected.page());
            }
        }
    }
}

async fn lines(records: &[Record]) -> Result<Vec<FeeRecord>, Reason> {
    records.iter().map(|(key, bytes)| decode(key, bytes)).collect()
}

/// Where the lines of an account's month lie, those of each of its partners by themselves.
fn ranges_of(account: &BillAccount, cycle: Month, filter: &FeeFilter) -> Vec<Range> {
    let BillAccount { customer_id, partner_ids, .. } = account;
    partner_ids.iter().map(|partner| lines_of(partner, cycle, customer_id, filter)).collect()
}

/// Where the lines of a customer's month lie that were billed when a filter says.
fn lines_of(partner: &PartnerId, cycle: Month, customer: &CustomerId, filter: &FeeFilter) -> Range {
    match filter.billed {
        None => Range::prefix(&key::fee_records(partner, cycle, customer)),
        Some(Period { begin, end }) => Range::between(
            key::fee_records_from(partner, cycle, customer, begin),
            key::fee_records_from(partner, cycle, customer, end),
        ),
    }
}

/// The key of a bill line: its identity, and its place in the list.
pub(crate) fn fee_record_key(record: &FeeRecord) -> Vec<u8> {
    key::fee_record(
        &record.partner_id,
        record.bill_cycle,
        &record.customer_id,
        record.billed_at(),
        &record.id,
    )
}

/// The key of a monthly sum: all that identifies it.
pub(crate) fn monthly_bill_key(bill: &MonthlyBill) -> Vec<u8> {
    key::monthly_bill(
        key::monthly_bills_of(&bill.partner_id, bill.cycle, bill.charge_mode, &bill.customer_id),
        &bill.cloud_service_type,
        &bill.resource_type_code,
        bill.bill_type,
        bill.origin.unwrap_or(Origin::Imported),
    )
}
