//! The store in Redis or Valkey, over Spin's outbound Redis interface.
//!
//! All keys start with [`PREFIX`], so that one Redis can hold other things beside the bundle's.

use crate::store::{KeyValueError, Swap, Watch, watched_elsewhere};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};
use std::cell::RefCell;

/// What all keys of the bundle start with.
const PREFIX: &str = "billing:";

/// Writes `ARGV[2]` if the value is still `ARGV[1]`, all of it: Redis runs nothing else meanwhile.
///
/// The whole expected value is sent and not a digest of it. The comparison is then exact whatever
/// the bytes are, and it costs one more copy of the head on the way to Redis, which is little beside
/// the commit; Redis itself would take longer to digest the current value than to compare it.
const SWAP: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then \
                    redis.call('SET', KEYS[1], ARGV[2]) return 1 end return 0";

/// Where Redis is, and the credentials to use.
pub struct Address(String);

impl Address {
    /// From the variables `redis_url`, `redis_user` and `redis_password`.
    ///
    /// The URL is also the component's permission to send, which Spin compares by scheme, host and
    /// port: one with more in it would permit nothing. So credentials come apart, and neither the
    /// manifest nor a message about a refused address ever shows them.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub(super) fn new(url: &str, user: &str, password: &str) -> Result<Self, &'static str> {
        let Some((scheme @ ("redis" | "rediss"), authority)) = url.split_once("://") else {
            return Err("the variable redis_url must start with redis:// or rediss://");
        };
        let authority = authority.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['@', '/', '?', '#']) {
            return Err(
                "the variable redis_url must hold scheme, host and port only: credentials \
                        go into redis_user and redis_password",
            );
        }
        if user.is_empty() && password.is_empty() {
            return Ok(Self(format!("{scheme}://{authority}")));
        }
        let [user, password] =
            [user, password].map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC));
        Ok(Self(format!("{scheme}://{user}:{password}@{authority}")))
    }
}

/// Redis, connected when it is first used.
pub struct Redis {
    address: Address,
    /// None before the first call and after one that failed: what comes next on a broken
    /// connection could only fail as well.
    connection: RefCell<Option<Connection>>,
}

impl Redis {
    /// Redis at an address. Connects later.
    pub(super) fn at(address: Address) -> Self {
        Self { address, connection: RefCell::new(None) }
    }

    /// Runs a command. A list in the reply is given flat.
    fn execute(
        &self,
        command: &str,
        arguments: &[RedisParameter],
    ) -> Result<Vec<RedisResult>, KeyValueError> {
        let open = self.connection.take();
        let connection = match open {
            Some(connection) => connection,
            None => Connection::open(&self.address.0).map_err(failure)?,
        };
        let reply = connection.execute(command, arguments).map_err(failure)?;
        self.connection.replace(Some(connection));
        Ok(reply)
    }
}

/// The calls of [`KeyValue`](crate::store::KeyValue). Each is over when it returns.
impl Redis {
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let reply = self.execute("GET", &[named(key)])?;
        let [value] = <[RedisResult; 1]>::try_from(reply).map_err(|_| unexpected("GET"))?;
        read("GET", value)
    }

    pub(super) fn get_many(
        &self,
        keys: &[String],
    ) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<RedisParameter> = keys.iter().map(|key| named(key)).collect();
        let reply = self.execute("MGET", &names)?;
        if reply.len() != keys.len() {
            return Err(unexpected("MGET"));
        }
        let mut found = Vec::with_capacity(keys.len());
        for (key, value) in keys.iter().zip(reply) {
            found.extend(read("MGET", value)?.map(|value| (key.clone(), value)));
        }
        Ok(found)
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.execute("SET", &[named(key), binary(value)]).map(drop)
    }

    pub(super) fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.execute("SET", &[named(key), binary(value), binary(b"NX")]).map(drop)
    }

    pub(super) fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        if entries.is_empty() {
            return Ok(());
        }
        let arguments: Vec<RedisParameter> =
            entries.iter().flat_map(|(key, value)| [named(key), binary(value)]).collect();
        self.execute("MSET", &arguments).map(drop)
    }

    pub(super) fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        if keys.is_empty() {
            return Ok(());
        }
        let names: Vec<RedisParameter> = keys.iter().map(|key| named(key)).collect();
        self.execute("UNLINK", &names).map(drop)
    }

    pub(super) fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
        let value = self.get(key)?;
        Ok((value.clone(), Watch::Value(key.to_owned(), value)))
    }

    /// Creates a key that was absent only if it still is.
    pub(super) fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        let Watch::Value(key, expected) = watch else { return Err(watched_elsewhere()) };
        let reply = match expected {
            None => self.execute("SET", &[named(&key), binary(value), binary(b"NX")])?,
            Some(expected) => {
                let arguments = [
                    binary(SWAP.as_bytes()),
                    RedisParameter::Int64(1),
                    named(&key),
                    RedisParameter::Binary(expected),
                    binary(value),
                ];
                self.execute("EVAL", &arguments)?
            }
        };
        match reply.as_slice() {
            [RedisResult::Int64(1) | RedisResult::Status(_)] => Ok(Swap::Done),
            [RedisResult::Int64(0) | RedisResult::Nil] => Ok(Swap::Lost),
            _ => Err(unexpected("EVAL")),
        }
    }
}

fn named(key: &str) -> RedisParameter {
    RedisParameter::Binary([PREFIX, key].concat().into_bytes())
}

fn binary(bytes: &[u8]) -> RedisParameter {
    RedisParameter::Binary(bytes.to_vec())
}

fn read(command: &str, value: RedisResult) -> Result<Option<Vec<u8>>, KeyValueError> {
    match value {
        RedisResult::Nil => Ok(None),
        RedisResult::Binary(bytes) => Ok(Some(bytes)),
        RedisResult::Status(_) | RedisResult::Int64(_) => Err(unexpected(command)),
    }
}

fn unexpected(command: &str) -> KeyValueError {
    KeyValueError(format!("Redis: {command} has another reply than documented"))
}

fn failure(error: Error) -> KeyValueError {
    KeyValueError(match error {
        Error::InvalidAddress => {
            "spin.toml does not allow the address in redis_url, or it is none".to_owned()
        }
        Error::TooManyConnections => "the host has too many connections to Redis".to_owned(),
        Error::TypeError => "Redis: a value of another type".to_owned(),
        Error::Other(detail) => format!("Redis: {detail}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str, user: &str, password: &str) -> Result<String, &'static str> {
        Address::new(url, user, password).map(|address| address.0)
    }

    #[test]
    fn credentials_become_a_part_of_the_address() {
        let url = "redis://redis.example:6379";
        assert_eq!(address(url, "", ""), Ok(url.to_owned()));
        assert_eq!(address("rediss://a:6380/", "", ""), Ok("rediss://a:6380".to_owned()));
        let with_password = "redis://:p%40ss%3A%2F%25@redis.example:6379";
        assert_eq!(address(url, "", "p@ss:/%"), Ok(with_password.to_owned()));
        let with_user = "redis://billing:secret@redis.example:6379";
        assert_eq!(address(url, "billing", "secret"), Ok(with_user.to_owned()));
    }

    #[test]
    fn a_url_with_more_than_scheme_host_and_port_is_refused() {
        for url in ["", "127.0.0.1:6379", "http://a:6379", "redis://", "redis:///"] {
            assert!(address(url, "", "").is_err(), "{url}");
        }
        for url in ["redis://:secret@a:6379", "redis://a:6379/1", "redis://a:6379?protocol=3"] {
            let fault = address(url, "", "").expect_err("is refused");
            assert!(fault.contains("redis_password"), "{fault}");
        }
    }
}
