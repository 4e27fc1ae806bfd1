//! The controller's folder: authority, identity, store and token, made where there are none.

use std::path::Path;

use anyhow::Context as _;
use decnet_pki::{authority::Authority, folder::IdentityFolder};
use decnet_proto::ids::HostId;
use decnet_store::Store;

use super::{identity::MasterIdentity, operator_token::OperatorToken};
use crate::fleet::SwarmFolder;

/// What the folder holds.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) authority: Authority,
    pub(super) master: MasterIdentity,
    pub(super) store: Store,
    pub(super) token: OperatorToken,
}

impl Folder {
    /// Opens the folder of a state folder.
    pub(super) async fn open(state: &Path, now: i64) -> anyhow::Result<Self> {
        let folder = SwarmFolder::of(state);
        folder.make()?;
        let authority = Authority::open_or_create(&folder.authority(), now)?;
        let store = Store::open(&folder.store()).await?;
        let host = store.meta_master(draw_id()?).await?;
        let identity = IdentityFolder::at(folder.master());
        let master = MasterIdentity::open(identity, host, &authority, &store, now).await?;
        let token = OperatorToken::open_or_make(&folder.token())?;
        Ok(Self { authority, master, store, token })
    }
}

/// Draws the id of a host or an operator.
pub(super) fn draw_id() -> anyhow::Result<HostId> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("cannot draw an id from the system")?;
    Ok(HostId(uuid::Builder::from_random_bytes(bytes).into_uuid()))
}
