//! What pages say: a text has both languages, or the program does not compile.

use billing::domain::catalogue::Language;

/// A text of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub english: &'static str,
    /// In simplified Chinese.
    pub chinese: &'static str,
}

impl Text {
    /// The text in a language.
    pub fn of(self, language: Language) -> &'static str {
        language.choose(self.chinese, self.english)
    }
}

/// Declares texts: the name, the English, the Chinese.
macro_rules! texts {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        $(pub const $name: $crate::text::Text =
            $crate::text::Text { english: $english, chinese: $chinese };)*
    };
}

pub(crate) use texts;
