//! What a component may call besides WASI: key-value storage, Redis and variables, as Spin
//! gives them.

use wasmtime::Result;
use wasmtime::component::{HasSelf, Linker, Resource};

use crate::calls::Call;
use crate::component::State;
use crate::key_value::{Bucket, Cas, Swap};
use crate::redis::{Argument, Connection, Fault, Part};

mod generated {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "host",
        imports: { "fermyon:spin/redis": async | trappable, default: trappable },
        with: {
            "fermyon:spin/key-value.store": crate::key_value::Bucket,
            "fermyon:spin/redis.connection": crate::redis::Connection,
            "wasi:keyvalue/store.bucket": crate::key_value::Bucket,
            "wasi:keyvalue/atomics.cas": crate::key_value::Cas,
        },
    });
}

use generated::fermyon::spin::{key_value as spin, redis, variables};
use generated::wasi::keyvalue::{atomics, batch, store};

/// Makes all this known to a linker.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    generated::Host_::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

/// Whether the linker has an interface, which is named as components import it.
pub fn provides(interface: &str) -> bool {
    const WASI: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];
    const OTHERS: [&str; 6] = [
        "fermyon:spin/key-value@2.0.0",
        "fermyon:spin/redis@2.0.0",
        "fermyon:spin/variables@2.0.0",
        "wasi:keyvalue/atomics@0.2.0-draft2",
        "wasi:keyvalue/batch@0.2.0-draft2",
        "wasi:keyvalue/store@0.2.0-draft2",
    ];
    let wasi = || {
        let (package, rest) = interface.strip_prefix("wasi:")?.split_once('/')?;
        let (_, version) = rest.split_once('@')?;
        Some(WASI.contains(&package) && version.starts_with("0.2.") && !version.contains('-'))
    };
    OTHERS.contains(&interface) || wasi().unwrap_or_default()
}

/// Why a store does not open.
enum Closed {
    AccessDenied,
    NoSuchStore,
}

impl State {
    fn open_bucket(&mut self, label: &str) -> Result<Result<Resource<Bucket>, Closed>> {
        if !self.component().may_open(label) {
            return Ok(Err(Closed::AccessDenied));
        }
        let Some(bucket) = self.component().key_value.bucket(label) else {
            return Ok(Err(Closed::NoSuchStore));
        };
        Ok(Ok(self.table.push(bucket)?))
    }

    /// Runs a call to the store, and counts it.
    fn on_bucket<T, E: From<rusqlite::Error>>(
        &mut self,
        bucket: &Resource<Bucket>,
        counted: Call,
        call: impl FnOnce(&Bucket) -> rusqlite::Result<T>,
    ) -> Result<Result<T, E>> {
        self.component().calls.count(counted);
        let bucket = self.table.get(bucket)?;
        Ok(call(bucket).map_err(E::from))
    }
}

impl From<rusqlite::Error> for spin::Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<rusqlite::Error> for store::Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<Closed> for spin::Error {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::AccessDenied => Self::AccessDenied,
            Closed::NoSuchStore => Self::NoSuchStore,
        }
    }
}

impl From<Closed> for store::Error {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::AccessDenied => Self::AccessDenied,
            Closed::NoSuchStore => Self::NoSuchStore,
        }
    }
}

impl spin::Host for State {}

impl spin::HostStore for State {
    fn open(&mut self, label: String) -> Result<Result<Resource<Bucket>, spin::Error>> {
        Ok(self.open_bucket(&label)?.map_err(Into::into))
    }

    fn get(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, spin::Error>> {
        self.on_bucket(&bucket, Call::Get, |bucket| bucket.get(&key))
    }

    fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), spin::Error>> {
        self.on_bucket(&bucket, Call::Set, |bucket| bucket.set(&key, &value))
    }

    fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<(), spin::Error>> {
        self.on_bucket(&bucket, Call::Delete, |bucket| bucket.delete(&key))
    }

    fn exists(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Result<Result<bool, spin::Error>> {
        self.on_bucket(&bucket, Call::Exists, |bucket| bucket.exists(&key))
    }

    fn get_keys(&mut self, bucket: Resource<Bucket>) -> Result<Result<Vec<String>, spin::Error>> {
        self.on_bucket(&bucket, Call::Keys, Bucket::keys)
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl store::Host for State {
    fn open(&mut self, identifier: String) -> Result<Result<Resource<Bucket>, store::Error>> {
        Ok(self.open_bucket(&identifier)?.map_err(Into::into))
    }
}

impl store::HostBucket for State {
    fn get(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, store::Error>> {
        self.on_bucket(&bucket, Call::Get, |bucket| bucket.get(&key))
    }

    fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), store::Error>> {
        self.on_bucket(&bucket, Call::Set, |bucket| bucket.set(&key, &value))
    }

    fn delete(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Result<Result<(), store::Error>> {
        self.on_bucket(&bucket, Call::Delete, |bucket| bucket.delete(&key))
    }

    fn exists(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Result<Result<bool, store::Error>> {
        self.on_bucket(&bucket, Call::Exists, |bucket| bucket.exists(&key))
    }

    fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<String>,
    ) -> Result<Result<store::KeyResponse, store::Error>> {
        if cursor.is_some() {
            let error = "list_keys: cursor not supported".to_owned();
            return Ok(Err(store::Error::Other(error)));
        }
        let keys = self.on_bucket(&bucket, Call::Keys, Bucket::keys)?;
        Ok(keys.map(|keys| store::KeyResponse { keys, cursor: None }))
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

type Entries = Vec<(String, Option<Vec<u8>>)>;

impl batch::Host for State {
    fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Result<Result<Entries, store::Error>> {
        let found = self.on_bucket(&bucket, Call::GetMany, |bucket| bucket.get_many(keys))?;
        Ok(found.map(|found| found.into_iter().map(|(key, value)| (key, Some(value))).collect()))
    }

    fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        entries: Vec<(String, Vec<u8>)>,
    ) -> Result<Result<(), store::Error>> {
        self.on_bucket(&bucket, Call::SetMany, |bucket| bucket.set_many(&entries))
    }

    fn delete_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Result<Result<(), store::Error>> {
        self.on_bucket(&bucket, Call::DeleteMany, |bucket| bucket.delete_many(keys))
    }
}

impl atomics::HostCas for State {
    fn new(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Result<Result<Resource<Cas>, store::Error>> {
        let cas = self.table.get(&bucket)?.cas(key);
        Ok(Ok(self.table.push(cas)?))
    }

    fn current(&mut self, cas: Resource<Cas>) -> Result<Result<Option<Vec<u8>>, store::Error>> {
        self.component().calls.count(Call::Get);
        let cas = self.table.get_mut(&cas)?;
        Ok(cas.current().map_err(Into::into))
    }

    fn drop(&mut self, cas: Resource<Cas>) -> Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}

impl atomics::Host for State {
    fn swap(
        &mut self,
        cas: Resource<Cas>,
        value: Vec<u8>,
    ) -> Result<Result<(), atomics::CasError>> {
        self.component().calls.count(Call::Swap);
        let cas = self.table.delete(cas)?;
        let again = match cas.swap(&value) {
            Ok(Swap::Done) => return Ok(Ok(())),
            Ok(Swap::Lost) => {
                self.component().calls.count(Call::LostSwap);
                cas.again()
            }
            Err(error) => Err(error),
        };
        Ok(Err(match again {
            Ok(again) => atomics::CasError::CasFailed(self.table.push(again)?),
            Err(error) => atomics::CasError::StoreError(error.into()),
        }))
    }

    fn increment(
        &mut self,
        _bucket: Resource<Bucket>,
        _key: String,
        _delta: i64,
    ) -> Result<Result<i64, store::Error>> {
        // It encodes differently on each of Spin's stores: nothing may rest on it.
        Ok(Err(store::Error::Other("increment is not supported by the local host".to_owned())))
    }
}

impl From<Fault> for redis::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::InvalidAddress => Self::InvalidAddress,
            Fault::Other(detail) => Self::Other(detail),
        }
    }
}

impl From<redis::RedisParameter> for Argument {
    fn from(parameter: redis::RedisParameter) -> Self {
        match parameter {
            redis::RedisParameter::Int64(number) => Self::Int64(number),
            redis::RedisParameter::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl From<Part> for redis::RedisResult {
    fn from(part: Part) -> Self {
        match part {
            Part::Nil => Self::Nil,
            Part::Status(status) => Self::Status(status),
            Part::Int64(number) => Self::Int64(number),
            Part::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl redis::Host for State {}

impl redis::HostConnection for State {
    async fn open(
        &mut self,
        address: String,
    ) -> Result<Result<Resource<Connection>, redis::Error>> {
        Ok(match Connection::open(&address, self.component().allowed_hosts()).await {
            Ok(connection) => Ok(self.table.push(connection)?),
            Err(fault) => Err(fault.into()),
        })
    }

    async fn publish(
        &mut self,
        connection: Resource<Connection>,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<Result<(), redis::Error>> {
        Ok(self.table.get_mut(&connection)?.publish(&channel, &payload).await.map_err(Into::into))
    }

    async fn get(
        &mut self,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, redis::Error>> {
        Ok(self.table.get_mut(&connection)?.get(&key).await.map_err(Into::into))
    }

    async fn set(
        &mut self,
        connection: Resource<Connection>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), redis::Error>> {
        Ok(self.table.get_mut(&connection)?.set(&key, &value).await.map_err(Into::into))
    }

    async fn incr(
        &mut self,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<Result<i64, redis::Error>> {
        Ok(self.table.get_mut(&connection)?.incr(&key).await.map_err(Into::into))
    }

    async fn del(
        &mut self,
        connection: Resource<Connection>,
        keys: Vec<String>,
    ) -> Result<Result<u32, redis::Error>> {
        Ok(self.table.get_mut(&connection)?.del(&keys).await.map_err(Into::into))
    }

    async fn sadd(
        &mut self,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<Result<u32, redis::Error>> {
        Ok(self.table.get_mut(&connection)?.sadd(&key, &values).await.map_err(Into::into))
    }

    async fn smembers(
        &mut self,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<Result<Vec<String>, redis::Error>> {
        Ok(self.table.get_mut(&connection)?.smembers(&key).await.map_err(Into::into))
    }

    async fn srem(
        &mut self,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<Result<u32, redis::Error>> {
        Ok(self.table.get_mut(&connection)?.srem(&key, &values).await.map_err(Into::into))
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        command: String,
        arguments: Vec<redis::RedisParameter>,
    ) -> Result<Result<Vec<redis::RedisResult>, redis::Error>> {
        let connection = self.table.get_mut(&connection)?;
        let parts = connection.execute(&command, arguments.into_iter().map(Into::into)).await;
        Ok(match parts {
            Ok(parts) => Ok(parts.into_iter().map(Into::into).collect()),
            Err(fault) => Err(fault.into()),
        })
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl variables::Host for State {
    fn get(&mut self, name: String) -> Result<Result<String, variables::Error>> {
        let component = self.component();
        let value = component.variables.get(&name).cloned();
        Ok(value.ok_or_else(|| {
            variables::Error::Undefined(format!("no variable for {:?}.{name:?}", component.id))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_the_linker_has() {
        for interface in
            ["wasi:http/types@0.2.0", "wasi:io/poll@0.2.6", "fermyon:spin/variables@2.0.0"]
        {
            assert!(provides(interface), "{interface}");
        }
        for interface in [
            "wasi:http/types@0.2.0-rc-2023-11-10",
            "wasi:cli/stdin@0.3.0",
            "wasi:config/store@0.2.0-draft-2024-09-27",
            "wasi:keyvalue/store@0.2.0-draft",
            "fermyon:spin/redis@3.0.0",
            "fermyon:spin/redis",
        ] {
            assert!(!provides(interface), "{interface}");
        }
    }
}
