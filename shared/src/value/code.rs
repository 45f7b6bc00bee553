//! Forms of values: enumerations that the wire writes as numbers or as short texts, and values that
//! records keep as their text.

/// Declares an enumeration with its wire values, `integer` or `text`, for JSON and for records.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident: integer {
        $($(#[$item_doc:meta])* $item:ident = $code:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $name {
            /// The wire value.
            pub fn code(self) -> i64 {
                match self { $(Self::$item => $code,)* }
            }

            /// The value with this wire value, if there is one.
            pub fn from_code(code: i64) -> Option<Self> {
                match code { $($code => Some(Self::$item),)* _ => None }
            }
        }

        $crate::value::code::codes!(
            @forms $name, i64, i64, |code| code, |decoder| decoder.i64()
        );
    };
    ($(#[$doc:meta])* $name:ident: text {
        $($(#[$item_doc:meta])* $item:ident = $code:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $name {
            /// The wire value.
            pub fn code(self) -> &'static str {
                match self { $(Self::$item => $code,)* }
            }

            /// The value with this wire value, if there is one.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$item),)* _ => None }
            }
        }

        $crate::value::code::codes!(
            @forms $name, String, str, |code| code.as_str(), |decoder| decoder.str()
        );
    };
    (@forms $name:ident, $json:ty, $cbor:ident, |$code:ident| $wire:expr,
     |$decoder:ident| $read:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.code(), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let $code = <$json as serde::Deserialize>::deserialize(deserializer)?;
                Self::from_code($wire).ok_or_else(|| {
                    serde::de::Error::custom(concat!("not a value of ", stringify!($name)))
                })
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                encoder: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                encoder.$cbor(self.code())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                $decoder: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                Self::from_code($read?)
                    .ok_or_else(|| minicbor::decode::Error::message(stringify!($name)))
            }
        }
    };
}

pub(crate) use codes;

/// Keeps a type in records as the text that it prints and parses.
macro_rules! text_form {
    ($type:ty) => {
        impl<C> minicbor::Encode<C> for $type {
            fn encode<W: minicbor::encode::Write>(
                &self,
                encoder: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                encoder.str(&self.to_string())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $type {
            fn decode(
                decoder: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                decoder.str()?.parse().map_err(minicbor::decode::Error::custom)
            }
        }
    };
}

pub(crate) use text_form;

#[cfg(test)]
mod tests {
    codes! {
        /// A number on the wire.
        Number: integer {
            /// None at all.
            None = -1,
            /// Some.
            Some = 4,
        }
    }

    codes! {
        /// A text on the wire.
        Text: text {
            /// The first.
            First = "1",
            /// The second.
            Second = "B_2",
        }
    }

    #[test]
    fn numbers_are_numbers_in_json_and_records() {
        assert_eq!(serde_json::to_string(&[Number::None, Number::Some]).expect("json"), "[-1,4]");
        assert_eq!(serde_json::from_str::<Number>("4").expect("json"), Number::Some);
        for json in ["0", "\"4\"", "4.0", "null"] {
            assert!(serde_json::from_str::<Number>(json).is_err(), "{json}");
        }
        let bytes = minicbor::to_vec(Number::None).expect("encodes");
        assert_eq!(minicbor::decode::<Number>(&bytes).expect("decodes"), Number::None);
        assert_eq!((Number::Some.code(), Number::from_code(7)), (4, None));
    }

    #[test]
    fn texts_are_texts_in_json_and_records() {
        assert_eq!(serde_json::to_string(&[Text::First]).expect("json"), "[\"1\"]");
        assert_eq!(serde_json::from_str::<Text>("\"B_2\"").expect("json"), Text::Second);
        for json in ["1", "\"\"", "\"b_2\"", "null"] {
            assert!(serde_json::from_str::<Text>(json).is_err(), "{json}");
        }
        let bytes = minicbor::to_vec(Text::Second).expect("encodes");
        assert_eq!(minicbor::decode::<Text>(&bytes).expect("decodes"), Text::Second);
        assert_eq!((Text::First.code(), Text::from_code("2")), ("1", None));
    }
}
