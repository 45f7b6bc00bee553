//! The connections that are open: how many there may be, and which one gives way to a new one.
//!
//! A connection waits, for a request or the rest of its head, or it is busy with one. Who only waits
//! gives way, whoever waits longest first: a stranger's idle sockets keep nobody out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// In place of the time since when a connection waits.
const BUSY: u64 = 0;

/// All open connections.
#[derive(Debug)]
pub struct Connections {
    most: usize,
    open: Mutex<Open>,
    /// A connection has ended, or waits again.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    /// Those that have not been told to give way.
    count: usize,
    /// Grows with each beginning of a wait.
    clock: u64,
    /// By the time since when they wait.
    waiting: BTreeMap<u64, Arc<Notify>>,
}

/// An open connection. It waits, unless there is a [`Busy`] of it.
#[derive(Debug)]
pub struct Connection {
    connections: Arc<Connections>,
    gives_way: Arc<Notify>,
    /// By the clock of [`Open`]; [`BUSY`] while it does not wait.
    since: AtomicU64,
}

/// A request of a connection, until it is answered.
#[derive(Debug)]
pub struct Busy(Arc<Connection>);

impl Connections {
    /// None is open, and there may be this many.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default(), changed: Notify::new() })
    }

    /// Takes a new connection in. When there is no room, the one that has waited longest gives way;
    /// when all are busy, the new one has to wait until one of them is not.
    pub async fn admit(self: &Arc<Self>) -> Arc<Connection> {
        loop {
            if let Some(connection) = self.try_admit() {
                return connection;
            }
            self.changed.notified().await;
        }
    }

    fn try_admit(self: &Arc<Self>) -> Option<Arc<Connection>> {
        let mut open = self.open();
        if open.count >= self.most {
            let (_, longest) = open.waiting.pop_first()?;
            longest.notify_one();
            open.count -= 1;
        }
        open.count += 1;
        let gives_way = Arc::new(Notify::new());
        let since = AtomicU64::new(open.wait(&gives_way));
        Some(Arc::new(Connection { connections: Arc::clone(self), gives_way, since }))
    }

    /// Nothing here can be left half changed by a panic.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn wait(&mut self, gives_way: &Arc<Notify>) -> u64 {
        self.clock += 1;
        self.waiting.insert(self.clock, Arc::clone(gives_way));
        self.clock
    }
}

impl Connection {
    /// Ends when the connection has to be closed to make room for another.
    pub async fn gives_way(&self) {
        self.gives_way.notified().await;
    }

    /// A request has come: the connection is kept until it is answered.
    pub fn busy(self: &Arc<Self>) -> Busy {
        let mut open = self.connections.open();
        // One that has been told to give way just now is not among them any more.
        if open.waiting.remove(&self.since.load(Ordering::Relaxed)).is_some() {
            self.since.store(BUSY, Ordering::Relaxed);
        }
        Busy(Arc::clone(self))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Connection { connections, gives_way, since } = &*self.0;
        let mut open = connections.open();
        if since.load(Ordering::Relaxed) == BUSY {
            since.store(open.wait(gives_way), Ordering::Relaxed);
            connections.changed.notify_one();
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        let since = self.since.load(Ordering::Relaxed);
        if since == BUSY || open.waiting.remove(&since).is_some() {
            open.count -= 1;
            self.connections.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn has_to_close(connection: &Connection) -> bool {
        let mut told = pin!(connection.gives_way());
        told.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    fn admit(connections: &Arc<Connections>) -> Arc<Connection> {
        connections.try_admit().expect("is admitted")
    }

    #[test]
    fn the_one_that_waits_longest_gives_way() {
        let connections = Connections::new(2);
        let (one, two) = (admit(&connections), admit(&connections));
        // It has been served since the other began to wait.
        drop(one.busy());
        let three = admit(&connections);
        assert_eq!([&one, &two, &three].map(|it| has_to_close(it)), [false, true, false]);
        let four = admit(&connections);
        assert_eq!([&one, &three, &four].map(|it| has_to_close(it)), [true, false, false]);
    }

    #[test]
    fn one_that_is_busy_is_kept_and_a_new_one_waits() {
        let connections = Connections::new(2);
        let (one, two) = (admit(&connections), admit(&connections));
        let (busy, also_busy) = (one.busy(), two.busy());
        assert!(connections.try_admit().is_none());
        drop(busy);
        let three = admit(&connections);
        let busy = three.busy();
        assert!(has_to_close(&one));
        assert!(connections.try_admit().is_none());
        drop((also_busy, two));
        let four = admit(&connections);
        assert!(!has_to_close(&three) && !has_to_close(&four));
        drop(busy);
    }

    #[test]
    fn those_that_end_make_room_once() {
        let connections = Connections::new(1);
        let one = admit(&connections);
        let two = admit(&connections);
        // Told to give way while its request came in.
        let busy = one.busy();
        assert!(has_to_close(&one));
        drop((busy, one));
        let three = admit(&connections);
        assert!(has_to_close(&two));
        drop((two, three));
        assert_eq!(connections.open().count, 0);
        assert!(connections.open().waiting.is_empty());
    }
}
