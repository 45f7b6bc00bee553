//! Administrative divisions.

mod list_cities;
mod list_counties;
mod list_provinces;
