//! What must hold of parameters and bodies, whatever the client sends.

use super::body::{self, Reading};
use super::query::{Literal, Query, Text};
use super::refusal::Refusal;
use crate::domain::coupon::LimitInfo;
use crate::value::id::{ClientToken, CustomerId, PartnerId, QuotaId};
use crate::value::money::Money;
use crate::value::time::{Month, Timestamp};
use serde::Deserialize;

/// A field of each kind that bodies have.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    quota_id: Option<QuotaId>,
    quota_ids: Option<Vec<QuotaId>>,
    customer_ids: Option<Vec<CustomerId>>,
    indirect_partner_id: Option<PartnerId>,
    face_value: Option<Money>,
    amount: Option<Money>,
    valid_time: Option<Timestamp>,
    expire_time: Option<Timestamp>,
    cloud_service_types: Option<Vec<String>>,
    limit_infos: Option<Vec<LimitInfo>>,
    memo: Option<String>,
    offset: Option<u32>,
    identify_type: Option<i32>,
}

/// A refusal is an answer with a code and a text, and no fault of this program.
fn expect_answer(refusal: &Refusal) {
    let answer = refusal.envelope("id");
    assert_eq!(answer.status, 400, "{refusal:?}");
    let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(body["error_code"], "CBC.0100");
    assert!(body["error_msg"].as_str().is_some_and(|text| !text.is_empty()));
}

/// A body: read into values that say in JSON what they said before, or refused.
pub(crate) fn body(bytes: &[u8]) {
    match body::parse::<Body>(bytes, Reading::Strict) {
        Ok(body) => {
            let amounts = body.face_value.iter().chain(&body.amount);
            for amount in amounts {
                let text = serde_json::to_string(amount).expect("JSON");
                assert_eq!(serde_json::from_str::<Money>(&text).ok().as_ref(), Some(amount));
                assert_eq!(amount.to_string().parse().as_ref(), Ok(amount));
            }
            for time in body.valid_time.iter().chain(&body.expire_time) {
                assert_eq!(time.to_string().parse().as_ref(), Ok(time));
            }
        }
        Err(refusal) => expect_answer(&refusal),
    }
}

/// A query: read or refused, and never more of it than is allowed.
pub(crate) fn query(bytes: &[u8]) {
    let Ok(raw) = str::from_utf8(bytes) else {
        return;
    };
    let odd = Text {
        length_max: 8,
        empty: Literal::Absent,
        empty_string: Literal::Absent,
        null: Literal::Rejected,
    };
    let outcome = Query::read(
        raw,
        |query| {
            let page = query.slice(10, 1..=100)?;
            assert!((1..=100).contains(&page.limit));
            let text = query.text("text", odd)?;
            assert!(text.is_none_or(|text| text.chars().count() <= 8));
            _ = query.value::<CustomerId>("customer_id")?;
            _ = query.value::<ClientToken>("token")?;
            if let Some(month) = query.value::<Month>("bill_cycle")? {
                assert_eq!(month.to_string().parse(), Ok(month));
            }
            if let Some(time) = query.value::<Timestamp>("time")? {
                assert_eq!(time.to_string().parse(), Ok(time));
            }
            Ok(())
        },
        || Ok(Reading::Strict),
    );
    if let Err(refusal) = outcome {
        expect_answer(&refusal);
    }
}
