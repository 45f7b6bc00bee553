//! Show the calling master the organisation of its enterprise, or what lies below a part of it.
//!
//! `ListEnterpriseOrganizations`, `GET /v2/enterprises/multi-accounts/enterprise-organizations`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::enterprise::Organization;
use billing::operations::enterprise::{Depth, Node, Tree, organization_tree};
use billing::value::id::OrganizationId;
use serde::Serialize;

billing::component! { GET ListEnterpriseOrganizations => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let (depth, parent_id) = call.query(|query| {
        let depth = query.number_choice("recursive_query", depth)?;
        Ok((depth.unwrap_or_default(), query.value::<OrganizationId>("parent_id")?))
    })?;
    let is_number = |id: &OrganizationId| id.as_str().bytes().all(|byte| byte.is_ascii_digit());
    if parent_id.as_ref().is_some_and(|id| !is_number(id)) {
        return Err(Refusal::parameter("parent_id", "must be digits"));
    }

    let Tree { root, below } = call
        .read(async |books| organization_tree(books, caller, parent_id.as_ref(), depth).await)
        .await?;

    let (root_id, root_name) = root.map_or((None, None), |root| (Some(root.id), root.name));
    let child_nodes = below.into_iter().map(EmChildNodeV2::from).collect();
    Answer::ok(&ListEnterpriseOrganizationsResponse { root_id, root_name, child_nodes })
}

fn depth(code: i64) -> Option<Depth> {
    match code {
        0 => Some(Depth::Children),
        1 => Some(Depth::All),
        _ => None,
    }
}

#[derive(Serialize)]
struct ListEnterpriseOrganizationsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    root_id: Option<OrganizationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_name: Option<String>,
    child_nodes: Vec<EmChildNodeV2>,
}

#[derive(Serialize)]
struct EmChildNodeV2 {
    #[serde(skip_serializing_if = "Option::is_none")]
    relation_id: Option<String>,
    id: OrganizationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    child_nodes: Vec<EmChildNodeV2>,
}

impl From<Node> for EmChildNodeV2 {
    fn from(node: Node) -> Self {
        let child_nodes = node.below.into_iter().map(Self::from).collect();
        let Organization { id, name, relation_id, .. } = node.part;
        Self { relation_id, id, name, child_nodes }
    }
}
