//! A host by what the operator calls it.

use anyhow::Context as _;
use decnet_proto::{
    ids::HostId,
    swarm::operator::{HostView, HostsQuery},
};

use crate::controller::Controller;

/// The host of a name or an id.
///
/// # Errors
/// There is none, or the controller cannot be asked.
pub(crate) async fn find_host(controller: &Controller, text: &str) -> anyhow::Result<HostView> {
    if let Ok(id) = text.parse::<HostId>() {
        return Ok(controller.host(id).await?);
    }
    let hosts = controller.hosts(&HostsQuery::default()).await?;
    let found = hosts.into_iter().find(|host| host.name.as_str() == text);
    found.with_context(|| format!("no host {text:?} is in the swarm; `decnet-master swarm list` lists them"))
}
