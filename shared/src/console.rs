//! The console's side of a request: pages of HTML for a browser, which signs nothing.
//!
//! - `session`: who is signed in, sealed in a cookie. `sign_in`: how one signs in.
//! - `form`, `multipart`: what a page posts. `visit`: a request with its visitor, and the calls that pages make.
//! - `screen`: an answer, with what the browser must be told about it.
//!
//! There are no rules of money here and no reading of the books: a page does both through the
//! [`Call`](crate::api::Call) or the [`OperatorCall`](crate::operator::OperatorCall) of its visitor,
//! as the routes do.

mod form;
mod multipart;
mod screen;
mod session;
mod sign_in;
mod visit;

pub use form::Form;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use multipart::form_with_file;
pub use screen::{HEADERS, Problem, Screen};
pub use session::{AcceptedSignIn, Pair, SIGN_IN};
pub use sign_in::{SignedIn, StartedSignIn};
pub use visit::{Rejected, Visit, Visitor, admit_visit};
