//! Typed identifiers and codes: printable ASCII of bounded length, checked once.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Longest identifier, in characters.
pub const ID_CHARACTERS_MAX: usize = 64;

/// Longest code of a service type or resource type, in characters.
pub const CODE_CHARACTERS_MAX: usize = 256;

/// Longest name that a caller gives to one transfer of an enterprise, in characters.
pub const TRANS_ID_CHARACTERS_MAX: usize = 32;

/// The text is empty, too long, or not printable ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {characters_max} printable ASCII characters")]
pub struct InvalidId {
    characters_max: usize,
}

/// Whether no two of these are the same.
pub fn distinct<T: Ord>(ids: &[T]) -> bool {
    ids.iter().collect::<BTreeSet<_>>().len() == ids.len()
}

fn check(text: &str, characters_max: usize) -> Result<(), InvalidId> {
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let bounded = (1..=characters_max).contains(&text.len());
    if printable && bounded { Ok(()) } else { Err(InvalidId { characters_max }) }
}

macro_rules! ids {
    ($characters_max:ident: $($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(&text, $characters_max)?;
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                check(text, $characters_max)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::try_from(text).map_err(de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({:?})", stringify!($name), self.0)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(
                &self,
                encoder: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), EncodeError<W::Error>> {
                encoder.str(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
                decoder.str()?.parse().map_err(DecodeError::custom)
            }
        }
    )*};
}

ids! {
    ID_CHARACTERS_MAX:
    /// A top-level partner with all that is under it.
    TenantId;
    /// A distributor, solution provider or reseller (`indirect_partner_id` on the wire).
    PartnerId;
    /// An end customer of a partner.
    CustomerId;
    /// A pot that coupons are issued from.
    QuotaId;
    /// A coupon.
    CouponId;
    /// The public half of a key pair.
    AccessKeyId;
    /// A money entry that the operator books from outside.
    BookingId;
    /// A submission for real-name review.
    ReviewId;
    /// An order.
    OrderId;
    /// A resource that an order provides.
    ResourceId;
    /// A stored-value card.
    CardId;
    /// One line of a detailed bill.
    FeeRecordId;
    /// What a resource has used, as the cloud reports it.
    TicketId;
    /// The caller's name for one write, so that a repeat is recognised (`X-Client-Token`).
    ClientToken;
    /// A message to the webhook receiver, the same for each attempt (`webhook-id`).
    DeliveryId;
    /// A product of the catalogue.
    ProductId;
    /// A code of the catalogue: of a specification, region, zone, kind of usage or division.
    CatalogueCode;
    /// A resource package (`order_instance_id`).
    PackageId;
    /// What a resource package holds for one kind of usage (`free_resource_id`), or one use of it.
    PackageItemId;
    /// A discount, an agreement on discounts, or an item of one.
    DiscountId;
    /// Part of an enterprise (`org_id`, `party_id`).
    OrganizationId;
    /// A partner's invitation, which whoever knows it can accept.
    InvitationId;
}

ids! {
    TRANS_ID_CHARACTERS_MAX:
    /// The caller's name for one transfer of an enterprise, which counts once (`trans_id`).
    TransId;
}

ids! {
    CODE_CHARACTERS_MAX:
    /// A service type or resource type, as the cloud names it.
    TypeCode;
}

/// Digits of a new identity: six bytes of time, so that what is created together lies together
/// in the store, and ten random ones.
fn new_digits(now: DateTime<Utc>, random: &[u8; 16]) -> String {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    let mut bytes = *random;
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    hex::encode_upper(bytes)
}

impl PartnerId {
    /// In whose name the cloud issues coupons of its own, and who has the customers that no partner
    /// has. No partner of a book is called so.
    pub fn cloud() -> Self {
        Self("~cloud".to_owned())
    }
}

impl QuotaId {
    /// Where the cloud's own coupons come from and go back to when they expire. No quota of a book
    /// is called so.
    pub fn cloud(kind: &str) -> Self {
        Self(format!("~cloud {kind}"))
    }
}

impl CustomerId {
    /// The identity of a partner's own account as an owner of coupons. Partners and customers are
    /// accounts alike, and an account has one identity.
    pub fn of_account(partner: &PartnerId) -> Self {
        Self(partner.0.clone())
    }
}

impl InvitationId {
    /// The name of an invitation. The bytes must be fresh: whoever knows the name can accept it.
    pub fn new(random: &[u8; 16]) -> Self {
        Self(hex::encode(random))
    }
}

impl CouponId {
    /// The identity of a coupon that is created now, at this place among those of one request:
    /// identities sort as the coupons were issued, so that lists of them lie together in the store.
    pub fn new(now: DateTime<Utc>, place: u16, random: &[u8; 16]) -> Self {
        let mut random = *random;
        random[6..8].copy_from_slice(&place.to_be_bytes());
        Self(format!("CP{}", new_digits(now, &random)))
    }
}

impl CustomerId {
    /// The identity of a customer that is created now, in the form that the cloud gives them.
    pub fn new(now: DateTime<Utc>, random: &[u8; 16]) -> Self {
        Self(new_digits(now, random).to_lowercase())
    }
}

impl QuotaId {
    /// The identity of a quota that is created now.
    pub fn new(now: DateTime<Utc>, random: &[u8; 16]) -> Self {
        Self(format!("CQ{}", new_digits(now, random)))
    }
}

impl OrderId {
    /// The identity of an order that is placed now: `CS`, its minute in GMT+8, and five characters,
    /// which sort by the millisecond of that minute and differ by chance within one.
    pub fn new(now: DateTime<Utc>, random: &[u8; 16]) -> Self {
        let local = now.naive_utc() + TimeDelta::hours(8);
        let milliseconds = u64::from(local.second()) * 1_000
            + now.timestamp_millis().rem_euclid(1_000).unsigned_abs();
        let [first, second, ..] = *random;
        let by_chance = u64::from(u16::from_be_bytes([first, second])) % ORDERS_PER_MILLISECOND;
        let mut rest = milliseconds * ORDERS_PER_MILLISECOND + by_chance;
        let mut characters = [0_u8; 5];
        for character in characters.iter_mut().rev() {
            let digit = usize::try_from(rest % 36).unwrap_or(0);
            *character = ORDER_CHARACTERS.get(digit).copied().unwrap_or(b'0');
            rest /= 36;
        }
        let characters = String::from_utf8_lossy(&characters);
        Self(format!("CS{}{characters}", local.format("%y%m%d%H%M")))
    }

    /// The first identity of orders that are placed in the minute of `time` or later. Of the times
    /// that an identity cannot write, the nearest one that it can.
    pub fn first_of_minute(time: DateTime<Utc>) -> String {
        let local = time.naive_utc().checked_add_signed(TimeDelta::hours(8));
        match local.map(|local| (local.year(), local)) {
            Some((2000..2100, local)) => format!("CS{}", local.format("%y%m%d%H%M")),
            Some((..2000, _)) => "CS".to_owned(),
            Some(_) | None => "CT".to_owned(),
        }
    }
}

/// Identities of orders that one millisecond has: the most that five characters have room for.
const ORDERS_PER_MILLISECOND: u64 = 1_007;

/// The characters of an order's identity, in their order.
const ORDER_CHARACTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl ResourceId {
    /// The identity of a resource that is provided now and that nobody has named.
    pub fn new(now: DateTime<Utc>, random: &[u8; 16]) -> Self {
        Self(new_digits(now, random).to_lowercase())
    }
}

impl ReviewId {
    /// The identity of a submission that is made now.
    pub fn new(now: DateTime<Utc>, random: &[u8; 16]) -> Self {
        Self(format!("RN{}", new_digits(now, random)))
    }
}

impl DeliveryId {
    /// The identity of a message that is written now. Identities sort by time.
    pub fn new(now: DateTime<Utc>, random: &[u8; 16]) -> Self {
        Self(format!("msg_{}", new_digits(now, random)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_printable_ascii_up_to_64_characters() {
        let longest = "x".repeat(64);
        for text in ["a", "CQ13C9CF0470CE399DEE", "a/b:c d~", longest.as_str()] {
            assert_eq!(text.parse::<QuotaId>().expect(text).as_str(), text);
        }
        let too_long = "x".repeat(65);
        for text in ["", "a\n", "\0", "\u{7f}", "é", "客户", too_long.as_str()] {
            assert!(text.parse::<QuotaId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn json_and_records_are_checked_too() {
        assert!(serde_json::from_str::<CustomerId>(r#""""#).is_err());
        assert!(serde_json::from_str::<CustomerId>("1").is_err());
        let id: CustomerId = serde_json::from_str(r#""c\u0031""#).expect("an id");
        assert_eq!(id.as_str(), "c1");
        let bytes = minicbor::to_vec(&id).expect("encodes");
        assert_eq!(minicbor::decode::<CustomerId>(&bytes).expect("decodes"), id);
        let empty = minicbor::to_vec("").expect("encodes");
        assert!(minicbor::decode::<CustomerId>(&empty).is_err());
    }

    #[test]
    fn new_ids_sort_by_time_and_differ_by_chance() {
        let at = |millis| DateTime::from_timestamp_millis(millis).expect("a time");
        let first = QuotaId::new(at(1_790_000_000_000), &[0xff; 16]);
        let second = QuotaId::new(at(1_790_000_000_001), &[0x00; 16]);
        assert_eq!(first.as_str(), "CQ01A0C4506C00FFFFFFFFFFFFFFFFFFFF");
        assert!(first < second);
        assert_ne!(first, QuotaId::new(at(1_790_000_000_000), &[0xfe; 16]));
    }

    #[test]
    fn orders_are_named_by_their_minute_in_gmt_8_and_sort_by_time() {
        let at = |millis| DateTime::from_timestamp_millis(millis).expect("a time");
        // 2021-10-31 12:54:05 UTC.
        let first = OrderId::new(at(1_635_684_845_678), &[0; 16]);
        assert_eq!(first.as_str(), "CS2110312054".to_owned() + "3EJUA");
        assert!(
            first
                < OrderId::new(
                    at(1_635_684_845_678),
                    &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
                )
        );
        let last = OrderId::new(
            at(1_635_684_899_999),
            &[0x03, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        );
        assert!(first < OrderId::new(at(1_635_684_845_679), &[0; 16]) && first < last);
        assert!(last < OrderId::new(at(1_635_684_900_000), &[0; 16]));
        assert_eq!(last.as_str().len(), 17);
        assert_eq!(OrderId::first_of_minute(at(1_635_684_845_678)), "CS2110312054");
        assert_eq!(OrderId::first_of_minute(at(0)), "CS");
        assert_eq!(OrderId::first_of_minute(DateTime::<Utc>::MAX_UTC), "CT");
        assert_eq!(OrderId::first_of_minute(DateTime::<Utc>::MIN_UTC), "CS");
    }

    #[test]
    fn new_coupons_of_one_request_sort_by_their_place() {
        let now = DateTime::from_timestamp_millis(1_790_000_000_000).expect("a time");
        let first = CouponId::new(now, 0x01ff, &[0xff; 16]);
        assert_eq!(first.as_str(), "CP01A0C4506C0001FFFFFFFFFFFFFFFFFF");
        assert!(first < CouponId::new(now, 0x0200, &[0x00; 16]));
        assert_ne!(first, CouponId::new(now, 0x01ff, &[0xfe; 16]));
    }
}
