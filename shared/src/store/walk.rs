//! The walk: reads every page that a snapshot reaches, since a lookup reads only those on its way.

use super::error::StoreError;
use super::page::PageRef;
use super::reader::Snapshot;

/// Pages held at one time.
const PAGES_PER_STEP: usize = 64;

/// Checks that every page is what its reference says.
pub(super) async fn verify_pages(snapshot: &Snapshot<'_>) -> Result<(), StoreError> {
    let mut level: Vec<PageRef> = snapshot.root()?.children().collect();
    while !level.is_empty() {
        let mut below = Vec::new();
        for pages in level.chunks(PAGES_PER_STEP) {
            for page in snapshot.pages.load(pages).await? {
                if !page.is_in_order() {
                    return Err(snapshot.corrupt("the keys of a page do not ascend"));
                }
                below.extend(page.children());
            }
        }
        level = below;
    }
    Ok(())
}
