//! What both operations take.

use billing::domain::realname::{CertifierRole, EnterprisePerson};
use billing::security::vault::Private;
use serde::{Deserialize, Serialize};

/// The only way in which an enterprise is identified: by its certificate.
#[derive(Deserialize)]
#[serde(try_from = "i64")]
pub struct ByCertificate;

impl TryFrom<i64> for ByCertificate {
    type Error = &'static str;

    fn try_from(identify_type: i64) -> Result<Self, Self::Error> {
        if identify_type == 1 { Ok(Self) } else { Err("must be 1") }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnterprisePersonNew {
    legel_name: Private,
    legel_id_number: Private,
    certifier_role: Option<CertifierRole>,
}

impl From<EnterprisePersonNew> for EnterprisePerson {
    fn from(person: EnterprisePersonNew) -> Self {
        Self {
            legel_name: person.legel_name,
            legel_id_number: person.legel_id_number,
            certifier_role: person.certifier_role,
        }
    }
}

#[derive(Serialize)]
pub struct Response {
    pub is_review: u8,
}
