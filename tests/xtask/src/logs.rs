//! `cargo xtask logs`: what a demo tenant's clients have requested of a running bundle.
//!
//! The bundle records it while `PUT /operator/v1/sandbox` says so.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use crate::operator::Access;

/// How long it waits before it asks again.
const PAUSE: Duration = Duration::from_secs(1);

/// Whose requests, and where.
#[derive(Args)]
pub struct Options {
    /// The demo tenant
    tenant_id: String,
    /// The server's address: its scheme, http or https, its host, and its port if it has one
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    from: String,
    /// Go on with each new request until interrupted
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    access: Access,
}

/// Prints a line for each request, the oldest first.
pub fn run(options: &Options) -> Result<()> {
    let operator = options.access.to(&options.from)?;
    let mut newest = 0;
    loop {
        let tenant_id = &options.tenant_id;
        let route =
            format!("/operator/v1/requests?tenant_id={tenant_id}&limit=1000&after={newest}");
        let answer = operator.get_json(&route)?;
        let requests = answer["requests"].as_array().context("the answer has no requests")?;
        for request in requests.iter().rev() {
            println!("{}", line(request));
            newest = newest.max(request["number"].as_u64().unwrap_or_default());
        }
        if !options.follow {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
}

/// A request in a line: what is not known is left out.
fn line(request: &Value) -> String {
    let texts = ["time", "operation", "principal"];
    let texts = texts.iter().filter_map(|name| request[name].as_str().map(str::to_owned));
    let status = request["status"].as_u64().map(|status| status.to_string());
    let code = request["error_code"].as_str().map(str::to_owned);
    let took = request["milliseconds"].as_u64().map(|took| format!("{took} ms"));
    let parts: Vec<String> = texts.chain(status).chain(code).chain(took).collect();
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_a_line_with_all_that_is_known_of_it() {
        let whole = json!({"number": 7, "time": "2026-06-01T00:00:00Z", "request_id": "r",
                           "operation": "PayOrders", "principal": "customer", "status": 429,
                           "error_code": "APIGW.0308", "milliseconds": 3});
        let expected = "2026-06-01T00:00:00Z  PayOrders  customer  429  APIGW.0308  3 ms";
        assert_eq!(line(&whole), expected);
        assert_eq!(line(&json!({"status": 204, "operation": "PayOrders"})), "PayOrders  204");
    }
}
