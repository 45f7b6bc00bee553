//! Outbound Redis: commands to the servers that the manifest allows, as Spin sends them.

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, Value, cmd};

use crate::outbound::AllowedHosts;

/// A connection that a component has opened. It is closed when this is dropped.
pub struct Connection(MultiplexedConnection);

/// Why a call fails.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// The address is none, or the manifest does not allow it.
    InvalidAddress,
    /// Whatever else, in the words of the client library.
    Other(String),
}

/// An argument of a command.
pub enum Argument {
    /// A number.
    Int64(i64),
    /// A string of bytes.
    Binary(Vec<u8>),
}

/// A part of a reply.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing.
    Nil,
    /// A status, such as `OK`.
    Status(String),
    /// A number.
    Int64(i64),
    /// A string of bytes.
    Binary(Vec<u8>),
}

impl From<RedisError> for Fault {
    fn from(error: RedisError) -> Self {
        Self::Other(error.to_string())
    }
}

impl Connection {
    /// Connects. As in Spin, nothing limits how long this and every later call may take.
    pub async fn open(address: &str, allowed: &AllowedHosts) -> Result<Self, Fault> {
        if !allowed.allow_address(address) {
            return Err(Fault::InvalidAddress);
        }
        let client = Client::open(address).map_err(|_| Fault::InvalidAddress)?;
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        Ok(Self(client.get_multiplexed_async_connection_with_config(&config).await?))
    }

    /// Publishes a message.
    pub async fn publish(&mut self, channel: &str, payload: &[u8]) -> Result<(), Fault> {
        self.query(cmd("PUBLISH").arg(channel).arg(payload)).await
    }

    /// The value of a key.
    pub async fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.query(cmd("GET").arg(key)).await
    }

    /// Writes a value.
    pub async fn set(&mut self, key: &str, value: &[u8]) -> Result<(), Fault> {
        self.query(cmd("SET").arg(key).arg(value)).await
    }

    /// Adds one to a number, and gives it.
    pub async fn incr(&mut self, key: &str) -> Result<i64, Fault> {
        self.query(cmd("INCR").arg(key)).await
    }

    /// Deletes keys, and says how many there were.
    pub async fn del(&mut self, keys: &[String]) -> Result<u32, Fault> {
        self.query(cmd("DEL").arg(keys)).await
    }

    /// Adds to a set, and says how many are new.
    pub async fn sadd(&mut self, key: &str, values: &[String]) -> Result<u32, Fault> {
        self.query(cmd("SADD").arg(key).arg(values)).await
    }

    /// What is in a set.
    pub async fn smembers(&mut self, key: &str) -> Result<Vec<String>, Fault> {
        self.query(cmd("SMEMBERS").arg(key)).await
    }

    /// Removes from a set, and says how many were in it.
    pub async fn srem(&mut self, key: &str, values: &[String]) -> Result<u32, Fault> {
        self.query(cmd("SREM").arg(key).arg(values)).await
    }

    /// Runs any command, and gives its reply with all lists in it made flat.
    pub async fn execute(
        &mut self,
        command: &str,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Result<Vec<Part>, Fault> {
        let mut command = cmd(command);
        for argument in arguments {
            match argument {
                Argument::Int64(number) => command.arg(number),
                Argument::Binary(bytes) => command.arg(bytes),
            };
        }
        let mut parts = Vec::new();
        flatten(self.query(&command).await?, &mut parts)?;
        Ok(parts)
    }

    async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Fault> {
        Ok(command.query_async(&mut self.0).await?)
    }
}

fn flatten(value: Value, parts: &mut Vec<Part>) -> Result<(), Fault> {
    parts.push(match value {
        Value::Nil => Part::Nil,
        Value::Int(number) => Part::Int64(number),
        Value::Boolean(truth) => Part::Int64(truth.into()),
        Value::BulkString(bytes) | Value::BigNumber(bytes) => Part::Binary(bytes),
        Value::Double(number) => Part::Binary(number.to_string().into_bytes()),
        Value::SimpleString(status) => Part::Status(status),
        Value::Okay => Part::Status("OK".to_owned()),
        Value::Array(values) | Value::Set(values) => {
            return values.into_iter().try_for_each(|value| flatten(value, parts));
        }
        Value::ServerError(error) => return Err(RedisError::from(error).into()),
        other => return Err(Fault::Other(format!("not supported in a reply: {other:?}"))),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::{Child, ChildStdin, Command, Stdio};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    use tempfile::TempDir;

    use super::*;
    use crate::variables::Values;

    /// A Redis that ends with the test, however that ends.
    struct Server {
        child: Child,
        stdin: Option<ChildStdin>,
        port: u16,
        _folder: TempDir,
    }

    impl Server {
        /// Starts one, on a port that no outgoing connection is given, and waits for it.
        async fn start() -> Self {
            static STARTED: AtomicU32 = AtomicU32::new(0);
            let number = STARTED.fetch_add(1, Ordering::Relaxed);
            let from = 20_000 + std::process::id() % 10_000 + 10 * number;
            let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
            let mut ports = (from..32_000).filter_map(|port| u16::try_from(port).ok());
            let port = ports.find(free).expect("a free port");
            let folder = tempfile::tempdir().expect("is made");
            let mut child = Command::new("sh")
                .args(["-c", "\"$@\" & read -r _; kill -KILL $!; wait", "redis", "redis-server"])
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
                .arg("--dir")
                .arg(folder.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .expect("sh starts");
            let stdin = child.stdin.take();
            let server = Self { child, stdin, port, _folder: folder };
            let started = Instant::now();
            while server.open().await.is_err() {
                assert!(
                    started.elapsed() < Duration::from_secs(60),
                    "redis-server does not answer"
                );
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            server
        }

        fn url(&self) -> String {
            format!("redis://127.0.0.1:{}", self.port)
        }

        async fn open(&self) -> Result<Connection, Fault> {
            Connection::open(&self.url(), &allowed(&self.url())).await
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            drop(self.stdin.take());
            let _ = self.child.wait();
        }
    }

    fn allowed(entry: &str) -> AllowedHosts {
        AllowedHosts::new(&[entry.to_owned()], &Values::new()).expect("is read")
    }

    fn binary(bytes: &[u8]) -> Argument {
        Argument::Binary(bytes.to_vec())
    }

    #[tokio::test]
    async fn sends_each_command_and_reads_its_reply() -> Result<(), Fault> {
        let server = Server::start().await;
        let mut redis = server.open().await?;
        assert_eq!(redis.get("a").await?, None);
        redis.set("a", b"\r\n\0\xff").await?;
        assert_eq!(redis.get("a").await?.as_deref(), Some(&b"\r\n\0\xff"[..]));
        assert_eq!((redis.incr("n").await?, redis.incr("n").await?), (1, 2));
        let names = ["a", "n", "absent"].map(str::to_owned);
        assert_eq!(redis.del(&names).await?, 2);
        assert_eq!(redis.sadd("s", &names).await?, 3);
        assert_eq!(redis.sadd("s", &names[..1]).await?, 0);
        assert_eq!(redis.srem("s", &names[..2]).await?, 2);
        assert_eq!(redis.smembers("s").await?, ["absent"]);
        redis.publish("nobody", b"hears it").await?;
        assert!(matches!(redis.incr("s").await, Err(Fault::Other(detail)) if !detail.is_empty()));
        Ok(())
    }

    #[tokio::test]
    async fn executes_any_command_with_binary_arguments() -> Result<(), Fault> {
        let server = Server::start().await;
        let mut redis = server.open().await?;
        let ok = [Part::Status("OK".to_owned())];
        let value = b"\0\xff".to_vec();
        assert_eq!(redis.execute("SET", [binary(b"a"), binary(&value)]).await?, ok);
        let found = redis.execute("MGET", [binary(b"a"), binary(b"b")]).await?;
        assert_eq!(found, [Part::Binary(value.clone()), Part::Nil]);
        let script = binary(b"return {redis.call('GET', KEYS[1]) == ARGV[1], 7, {'x'}}");
        let arguments = [script, Argument::Int64(1), binary(b"a"), binary(&value)];
        let reply = redis.execute("EVAL", arguments).await?;
        assert_eq!(reply, [Part::Int64(1), Part::Int64(7), Part::Binary(b"x".to_vec())]);
        assert!(matches!(redis.execute("NONSENSE", []).await, Err(Fault::Other(_))));
        // An error of the server is none of the connection.
        assert_eq!(redis.execute("PING", []).await?, [Part::Status("PONG".to_owned())]);
        Ok(())
    }

    #[tokio::test]
    async fn connects_only_to_what_is_allowed_and_is_there() {
        let server = Server::start().await;
        let elsewhere = allowed("redis://127.0.0.1:1");
        for address in [server.url().as_str(), "nonsense", "", "http://127.0.0.1:1"] {
            let refused = Connection::open(address, &elsewhere).await.err();
            assert_eq!(refused, Some(Fault::InvalidAddress), "{address}");
        }
        let absent = Connection::open("redis://127.0.0.1:1", &elsewhere).await.err();
        assert!(matches!(absent, Some(Fault::Other(_))), "{absent:?}");
        let url = server.url();
        drop(server);
        assert!(matches!(Connection::open(&url, &allowed(&url)).await, Err(Fault::Other(_))));
    }

    fn flat(value: Value) -> Result<Vec<Part>, Fault> {
        let mut parts = Vec::new();
        flatten(value, &mut parts).map(|()| parts)
    }

    #[test]
    fn a_reply_is_made_flat() {
        let keys = Value::Array(vec![Value::BulkString(b"a".to_vec()), Value::Nil]);
        let reply = Value::Array(vec![Value::Int(7), keys, Value::Okay, Value::Boolean(true)]);
        let expected = [
            Part::Int64(7),
            Part::Binary(b"a".to_vec()),
            Part::Nil,
            Part::Status("OK".to_owned()),
            Part::Int64(1),
        ];
        assert_eq!(flat(reply).expect("is supported"), expected);
        assert_eq!(flat(Value::Array(Vec::new())).expect("is supported"), []);
    }

    #[test]
    fn a_map_is_not_supported() {
        assert!(matches!(flat(Value::Map(Vec::new())), Err(Fault::Other(_))));
    }
}
