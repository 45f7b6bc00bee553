//! Stored-value cards.

mod list_stored_value_cards;
