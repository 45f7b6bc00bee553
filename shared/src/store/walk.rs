//! The walk: reads every page that a snapshot reaches, since a lookup reads only those on its way.

use super::error::StoreError;
use super::key_value::Backend;
use super::page::{Node, PageRef};
use super::reader::Snapshot;

/// Pages held at one time.
const PAGES_PER_STEP: usize = 64;

/// Checks that every page is what its reference says.
pub(super) async fn verify_pages<B: Backend>(snapshot: &Snapshot<'_, B>) -> Result<(), StoreError> {
    let mut level: Vec<PageRef> = children(&*snapshot.root()?).to_vec();
    while !level.is_empty() {
        let mut below = Vec::new();
        for pages in level.chunks(PAGES_PER_STEP) {
            for node in snapshot.pages.load(pages).await? {
                below.extend_from_slice(children(&node));
            }
        }
        level = below;
    }
    Ok(())
}

/// The references of a node.
pub(super) fn children(node: &Node) -> &[PageRef] {
    match node {
        Node::Inner(children) => children,
        Node::Leaf(_) => &[],
    }
}
