//! What components send: only to the hosts that the manifest allows them.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use http_body_util::BodyExt;
use hyper::{Request, Response, Uri};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::variables::{self, Values};

/// The hosts that a component may send to.
#[derive(Debug, Default)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// One entry of `allowed_outbound_hosts`; `None` stands for any.
#[derive(Debug)]
struct AllowedHost {
    scheme: Option<String>,
    host: Host,
    port: Option<Range<u32>>,
}

#[derive(Debug)]
enum Host {
    Any,
    /// With the dot at its start.
    Below(String),
    One(String),
}

impl AllowedHosts {
    /// Reads the entries of a manifest.
    ///
    /// Fails on an entry that cannot be read. As in Spin, an entry that becomes so only when its
    /// variables are filled in allows nothing.
    pub fn new(entries: &[String], values: &Values) -> Result<Self> {
        let mut hosts = Vec::new();
        for entry in entries {
            let host = AllowedHost::parse(&variables::fill(entry, values)?);
            if variables::is_template(entry) {
                hosts.extend(host);
            } else {
                hosts.push(host.with_context(|| format!("allowed host `{entry}`"))?);
            }
        }
        Ok(Self(hosts))
    }

    /// Whether an address of another protocol than HTTP is allowed. User and password in it do
    /// not matter.
    pub fn allow_address(&self, address: &str) -> bool {
        address.parse().is_ok_and(|uri| self.allow(&uri))
    }

    fn allow(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return false;
        };
        let port = uri.port_u16().map(u32::from).or_else(|| well_known_port(scheme));
        self.0.iter().any(|allowed| allowed.allows(scheme, host, port))
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self> {
        let (scheme, rest) = entry
            .trim()
            .split_once("://")
            .context("is not of the form `scheme://host` or `scheme://host:port`")?;
        ensure!(
            scheme == "*" || scheme.chars().all(|c| c.is_ascii_alphabetic()),
            "the scheme has other characters than letters"
        );
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: Host::parse(host)?,
            port: ports(port, scheme)?,
        })
    }

    fn allows(&self, scheme: &str, host: &str, port: Option<u32>) -> bool {
        self.scheme.as_ref().is_none_or(|allowed| allowed == scheme)
            && self.host.allows(host)
            && self.port.as_ref().is_none_or(|allowed| port.is_some_and(|p| allowed.contains(&p)))
    }
}

impl Host {
    fn parse(host: &str) -> Result<Self> {
        ensure!(!host.is_empty(), "the host is empty");
        ensure!(!host.contains('/'), "paths and networks are not supported here");
        if host == "*" {
            return Ok(Self::Any);
        }
        if host == "self" || host.ends_with(".alt") || host.ends_with(".spin.internal") {
            bail!("requests to the application itself are not supported here");
        }
        match host.strip_prefix('*') {
            Some(domain) if domain.starts_with('.') && !domain.contains('*') => {
                Ok(Self::Below(domain.to_owned()))
            }
            None if !host.contains('*') => Ok(Self::One(host.to_owned())),
            _ => bail!("`*` stands for a whole host or for its first parts"),
        }
    }

    fn allows(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Below(domain) => host.ends_with(domain.as_str()),
            Self::One(allowed) => allowed.eq_ignore_ascii_case(host),
        }
    }
}

/// The ports of an entry; `None` stands for any.
fn ports(port: &str, scheme: &str) -> Result<Option<Range<u32>>> {
    let number = |text: &str| {
        let number: Result<u16, _> = text.parse();
        number.map(u32::from).with_context(|| format!("`{text}` is not a port"))
    };
    match (port, port.split_once("..")) {
        ("*", _) => Ok(None),
        ("", _) => {
            let port = well_known_port(scheme).context("has no port")?;
            Ok(Some(port..port + 1))
        }
        (_, Some((start, end))) => Ok(Some(number(start)?..number(end)?)),
        (_, None) => number(port).map(|port| Some(port..port + 1)),
    }
}

fn well_known_port(scheme: &str) -> Option<u32> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "redis" => Some(6379),
        "mysql" => Some(3306),
        "postgres" => Some(5432),
        "mqtt" => Some(1883),
        _ => None,
    }
}

/// Sends the requests of one component.
#[derive(Clone, Debug)]
pub struct Outbound(pub Arc<AllowedHosts>);

type Sent = Result<(Response<WasiBody>, Completion), Error>;
type Completion = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _completed: Completion,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let allowed = self.0.allow(request.uri());
        Box::new(async move {
            if !allowed {
                return Err(Error::HttpRequestDenied);
            }
            let (response, connection) = default_send_request(request, options).await?;
            let connection: Completion = Box::new(connection);
            Ok((response.map(BodyExt::boxed_unsync), connection))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        let hosts = AllowedHosts::new(&[entry.to_owned()], &Values::new()).expect("is read");
        hosts.allow(&uri.parse().expect("is a URI"))
    }

    #[test]
    fn allows_what_the_entry_says() {
        for (entry, uri) in [
            ("https://api.example.com", "https://api.example.com/v2?x=1"),
            ("https://api.example.com/", "https://api.example.com:443/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://127.0.0.1:*", "http://127.0.0.1:9/"),
            ("http://localhost:80..90", "http://localhost:89/"),
            ("*://*:*", "https://anything.example/"),
            ("https://*.example.com", "https://a.b.example.com/"),
        ] {
            assert!(allows(entry, uri), "{entry} {uri}");
        }
    }

    #[test]
    fn denies_everything_else() {
        for (entry, uri) in [
            ("https://api.example.com", "http://api.example.com/"),
            ("https://api.example.com", "https://api.example.com:8443/"),
            ("https://api.example.com", "https://example.com/"),
            ("https://api.example.com", "https://api.example.com.evil.example/"),
            ("https://*.example.com", "https://example.com/"),
            ("http://localhost:80..90", "http://localhost:90/"),
            ("https://*", "https://example.com:8443/"),
        ] {
            assert!(!allows(entry, uri), "{entry} {uri}");
        }
        assert!(!AllowedHosts::default().allow(&Uri::from_static("http://localhost/")));
    }

    #[test]
    fn an_address_is_compared_without_its_credentials() {
        let allows = |entry: &str, address: &str| {
            let hosts = AllowedHosts::new(&[entry.to_owned()], &Values::new()).expect("is read");
            hosts.allow_address(address)
        };
        for address in ["redis://a", "redis://a:6379/", "redis://user:p%40ss@a:6379"] {
            assert!(allows("redis://a:6379", address), "{address}");
        }
        for address in ["redis://b:6379", "rediss://a:6379", "redis://a:6380", "a:6379", "", "/"] {
            assert!(!allows("redis://a:6379", address), "{address}");
        }
        // Spin takes all before the last colon for the host.
        assert!(!allows("redis://user:pass@a:6379", "redis://user:pass@a:6379"));
    }

    #[test]
    fn refuses_entries_that_cannot_be_read() {
        for entry in
            ["example.com", "*", "http://", "http://a/b", "http://a*", "http://a:x", "ftp://a"]
        {
            assert!(AllowedHosts::new(&[entry.to_owned()], &Values::new()).is_err(), "{entry}");
        }
    }

    #[test]
    fn an_entry_of_an_empty_variable_allows_nothing() {
        let values = Values::from([("url".to_owned(), String::new())]);
        let hosts = AllowedHosts::new(&["{{ url }}".to_owned()], &values).expect("is read");
        assert!(!hosts.allow(&Uri::from_static("http://localhost/")));
    }
}
