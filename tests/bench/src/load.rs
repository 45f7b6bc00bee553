//! Load: some clients, each of which sends its next request when it has the answer to the last.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::client::{Client, Expected};

/// What to send, and what must come back.
pub struct Load<'l> {
    /// Where to.
    pub address: &'l str,
    /// Whole requests, sent in turn.
    pub requests: &'l [Vec<u8>],
    /// What each answer is.
    pub answer: Expected,
    /// Clients that send at one time.
    pub clients: usize,
    /// How long it lasts.
    pub run: Duration,
    /// How long before that is not counted.
    pub warm_up: Duration,
    /// Requests at most; without, they begin again.
    pub requests_max: Option<usize>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Requests of all clients, those of the warm-up included.
    pub sent: usize,
    /// Requests per second of all clients.
    pub rps: f64,
    /// How long each counted request took, in order.
    latencies: Vec<Duration>,
}

impl Run {
    /// The time within which `percent` of the requests were answered, in milliseconds.
    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let rank = (self.latencies.len() * percent).div_ceil(100);
        let latency = self.latencies.get(rank.saturating_sub(1));
        latency.map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// What one client saw.
struct Seen {
    sent: usize,
    latencies: Vec<Duration>,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Load<'_> {
    /// Runs it.
    ///
    /// # Errors
    /// A client cannot connect, an answer is not as it must be, or none was counted.
    pub fn run(&self) -> Result<Run> {
        ensure!(!self.requests.is_empty(), "there is no request to send");
        let next = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        let start = Barrier::new(self.clients);
        let seen: Vec<Seen> = thread::scope(|scope| {
            let clients: Vec<_> = (0..self.clients)
                .map(|_| scope.spawn(|| self.client(&next, &failed, &start)))
                .collect();
            clients
                .into_iter()
                .map(|client| client.join().unwrap_or_else(|_| bail!("a client panicked")))
                .collect::<Result<_>>()
        })?;
        self.sum(seen)
    }

    fn client(&self, next: &AtomicUsize, failed: &AtomicBool, start: &Barrier) -> Result<Seen> {
        let client = Client::connect(self.address);
        start.wait();
        let outcome = client.and_then(|client| self.send(client, next, failed));
        if outcome.is_err() {
            // What the others measured would count for nothing.
            failed.store(true, Ordering::Relaxed);
        }
        outcome
    }

    fn send(&self, mut client: Client, next: &AtomicUsize, failed: &AtomicBool) -> Result<Seen> {
        let begin = Instant::now();
        let counted_from = begin + self.warm_up;
        let end = counted_from + self.run;
        let mut seen = Seen { sent: 0, latencies: Vec::new(), first: None, last: None };
        loop {
            let sent_at = Instant::now();
            // On a slow machine the first request may outlast the run: each client counts one.
            let is_over = sent_at >= end && !seen.latencies.is_empty();
            if is_over || failed.load(Ordering::Relaxed) {
                return Ok(seen);
            }
            // Taken only to be sent: the requests of a run are the first ones, without gaps.
            let number = next.fetch_add(1, Ordering::Relaxed);
            if self.requests_max.is_some_and(|most| number >= most) {
                return Ok(seen);
            }
            let answer = client.exchange(&self.requests[number % self.requests.len()])?;
            self.answer.check(&answer)?;
            seen.sent += 1;
            if sent_at >= counted_from {
                let answered_at = Instant::now();
                seen.latencies.push(answered_at - sent_at);
                seen.first.get_or_insert(sent_at);
                seen.last = Some(answered_at);
            }
        }
    }

    fn sum(&self, seen: Vec<Seen>) -> Result<Run> {
        let first = seen.iter().filter_map(|seen| seen.first).min();
        let last = seen.iter().filter_map(|seen| seen.last).max();
        let (first, last) = first.zip(last).context("no request was counted")?;
        let mut latencies: Vec<Duration> =
            seen.iter().flat_map(|seen| seen.latencies.iter().copied()).collect();
        latencies.sort();
        let counted = f64::from(u32::try_from(latencies.len())?);
        let sent = seen.iter().map(|seen| seen.sent).sum();
        Ok(Run { sent, rps: counted / (last - first).as_secs_f64(), latencies })
    }
}

/// The middle one of some figures; of two, the lower.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_requests() {
        let latencies = (1..=200).map(Duration::from_millis).collect();
        let run = Run { sent: 200, rps: 1.0, latencies };
        assert_eq!([50, 99, 100].map(|percent| run.percentile_ms(percent)), [100.0, 198.0, 200.0]);
        let one = Run { sent: 1, rps: 1.0, latencies: vec![Duration::from_millis(7)] };
        assert_eq!([1, 50, 99].map(|percent| one.percentile_ms(percent)), [7.0, 7.0, 7.0]);
    }

    #[test]
    fn a_median_is_one_of_the_figures() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0]), 1.0);
        assert_eq!(median([5.0]), 5.0);
    }

    #[test]
    fn a_rate_counts_from_the_first_request_to_the_last_answer() {
        let begin = Instant::now();
        let at = |ms| Some(begin + Duration::from_millis(ms));
        let load = Load {
            address: "",
            requests: &[],
            answer: Expected::Nothing,
            clients: 2,
            run: Duration::ZERO,
            warm_up: Duration::ZERO,
            requests_max: None,
        };
        let took = |ms| vec![Duration::from_millis(ms); 5];
        let seen = vec![
            Seen { sent: 6, latencies: took(90), first: at(100), last: at(550) },
            Seen { sent: 5, latencies: took(80), first: at(120), last: at(600) },
        ];
        let run = load.sum(seen).expect("a run");
        assert_eq!((run.sent, run.rps), (11, 20.0));
        assert_eq!((run.percentile_ms(50), run.percentile_ms(99)), (80.0, 90.0));
        let nothing = Seen { sent: 3, latencies: vec![], first: None, last: None };
        assert!(load.sum(vec![nothing]).is_err());
    }
}
