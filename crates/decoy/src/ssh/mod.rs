//! SSH: OpenSSH, as the machine's distribution ships it.
//!
//! The data flow: [`transport`] greets, exchanges keys ([`kex`]) and turns bytes into payloads
//! ([`packet`]) and back; [`auth`] lets somebody in; [`connection`] has the channels, in which
//! shells, commands and [`sftp`] run. [`product`] holds all in which builds of OpenSSH differ on
//! the wire, [`policy`] in what they do with visitors.
//!
//! Who may come: accounts of the persona's bait, root with the password that the operator set,
//! and whoever put a key into `authorized_keys` before. Port forwards are told of and refused, as
//! `DisableForwarding yes` does it.

mod auth;
mod cipher;
mod connection;
#[cfg(any(test, feature = "testing"))]
pub mod fuzzing;
mod greeting;
mod hostkey;
mod identification;
mod kex;
mod link;
mod mac;
mod message;
mod packet;
mod policy;
pub mod product;
mod public_key;
mod quirks;
#[cfg(any(test, feature = "testing"))]
pub mod rehearsal;
pub(crate) mod scp;
mod sftp;
mod startups;
#[cfg(test)]
mod tests;
mod transport;

use std::{sync::Arc, time::Duration};

use decnet_proto::persona::ServiceSpec;
use tokio::time::{Instant, timeout_at};

use self::{
    auth::{Door, Login},
    connection::Place,
    hostkey::HostKeys,
    policy::Policy,
    product::Build,
    startups::Startups,
    transport::Transport,
};
use crate::{
    conn::{Conn, End},
    host::Host,
    openssh::wire,
    service::{ConnectionService, ServiceError},
};

/// The SSH server of one decky.
#[derive(Debug)]
pub struct Ssh {
    policy: Policy,
    keys: Arc<HostKeys>,
    root_password: Option<String>,
    startups: Startups,
}

impl ConnectionService for Ssh {
    fn needs_key(_: &ServiceSpec) -> bool {
        true
    }

    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let build = Build::of(&host.persona);
        let keys = HostKeys::derive(&host.persona.key, build);
        let failed = |source| ServiceError::Keys { service: spec.service, source };
        let keys = keys.map_err(failed)?;
        host.machine().set_host_keys(keys.files(&host.persona).map_err(failed)?);
        Ok(Self {
            policy: Policy::of(build),
            keys: Arc::new(keys),
            root_password: spec.key("password").map(str::to_owned),
            startups: Startups::new(build.auth.startups),
        })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        let Some(startup) = self.startups.enter() else {
            conn.close_at_once();
            if self.policy.tells_startups {
                conn.write(b"Exceeded MaxStartups\r\n").await?;
            }
            return Ok(());
        };
        let witness = conn.witness();
        let machine = Arc::clone(conn.host().machine());
        let grace = Instant::now() + Duration::from_secs(self.policy.build.auth.grace);
        let door = Door {
            machine: Arc::clone(&machine),
            witness: witness.clone(),
            policy: self.policy,
            root_password: self.root_password.clone(),
        };
        // On the heap, so that the driver's own future stays small.
        let entering = Box::pin(self.enter(conn, &door));
        // Who is not in when the time is over is cut off without a word.
        let Ok(entered) = timeout_at(grace, entering).await else { return Ok(()) };
        let Some((mut transport, login)) = entered? else { return Ok(()) };
        drop(startup);
        let place = Place { machine, witness, policy: self.policy };
        Box::pin(connection::serve(&mut transport, &place, &login)).await
    }
}

impl Ssh {
    async fn enter<'c>(
        &self,
        conn: &'c mut Conn,
        door: &Door,
    ) -> Result<Option<(Transport<'c>, Login)>, End> {
        let mut transport = Transport::accept(conn, self.policy.build, &self.keys).await?;
        // On the heap as well: who has said nothing yet has no room for it.
        let login = Box::pin(auth::authenticate(&mut transport, door)).await?;
        Ok(login.map(|login| (transport, login)))
    }
}
