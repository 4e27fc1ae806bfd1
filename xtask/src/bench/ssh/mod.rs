//! The decoy's SSH: log-ins beside Debian's own sshd, and what somebody at a prompt weighs.

mod log_ins;
mod sessions;

use anyhow::Result;
use decnet_proto::{persona::ProductName, service::ServiceId};
use lab::sshd;

use super::{decoy::alone, played::Played, row::Row};
use crate::{
    image::{self, Profile},
    lab_verb,
};

const SSH: [Played; 1] = [(ServiceId::Ssh, ProductName::Openssh, "9.2p1")];

/// Runs every part and gives back its rows.
pub(super) fn run() -> Result<Vec<Row>> {
    lab_verb::up()?;
    let binary = image::build(Profile::Shipped)?;
    // While there is an engine and a network to get it with.
    let root = sshd::root()?;
    alone()?;
    let mut rows = sessions::rows(&binary)?;
    rows.extend(log_ins::rows(&binary, &root)?);
    Ok(rows)
}
