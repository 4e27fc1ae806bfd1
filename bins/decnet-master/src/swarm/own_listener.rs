//! The identity of the master's own listener, in `swarm/listener`, so that it needs no token on the
//! master's host.
//!
//! It renews itself as every part does. Only when it does not, or what it has is good no more, the
//! controller makes it anew: a listener that ran with the old one must be started again then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Context as _;
use decnet_pki::{
    credentials::Credentials,
    folder::{Certified, FolderError, Held, HostFile, IdentityFolder},
    keys::Key,
};
use decnet_proto::{
    ids::HostName,
    swarm::{operator::Profile, role::Identity},
};
use decnet_store::{CertificateState, listener_holder};

use super::{controller::Controller, identity::new_certificate};

/// What the master's own listener is called.
pub(super) const OWN: &str = "decnet-listener";

/// What it has certified.
const PROFILES: [Profile; 2] = [Profile::ListenerServer, Profile::ListenerClient];

/// Its folder, in the controller's.
pub(crate) const FOLDER: &str = "listener";

/// How the folder is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The controller begins: a listener may run that has not been heard yet.
    First,
    /// As ever.
    Again,
}

/// What the master's own listener is called.
pub(super) fn own_name() -> anyhow::Result<HostName> {
    OWN.parse().context("the master's own listener has no name")
}

impl Controller {
    /// Sees that the folder of the master's own listener can be used.
    pub(super) async fn equip_listener(&self, look: Look) -> anyhow::Result<()> {
        let folder = IdentityFolder::at(self.settings.state.join("swarm").join(FOLDER));
        let host = HostFile { id: self.master.host, name: own_name()?, controller: url(self.workers()) };
        if self.is_equipped(&folder, look).await? {
            // One that does not run is told of a change all the same.
            folder.set_trust(&self.trust()).context("cannot tell the listener whom to trust")?;
            if folder.host()?.as_ref() != Some(&host) {
                folder.set_host(&host).context("cannot tell the listener where the controller is")?;
            }
            return Ok(());
        }
        self.equip_anew(&folder, &host).await.context("cannot make the identity of the listener")
    }

    async fn equip_anew(&self, folder: &IdentityFolder, host: &HostFile) -> anyhow::Result<()> {
        let why = "the master's own listener was given another".to_owned();
        self.store.listener_remove(host.name.clone(), why, self.now()).await?;
        let holder = listener_holder(&host.name);
        let (mut certified, mut new) = (Vec::new(), Vec::new());
        for profile in PROFILES {
            let key = Key::draw()?;
            let identity = Identity { role: profile.role(), host: host.id };
            let request = key.request(profile)?;
            let signed = self.authority.sign(profile, identity, &holder, &request, self.now())?;
            new.push(new_certificate(&signed, identity, &holder, &self.authority));
            certified.push(Certified { profile, key, pem: signed.pem });
        }
        self.store.certificate_record(new, self.now()).await?;
        // Workers hear of its key before it can be shown.
        self.refresh().await?;
        self.trust_changed().await?;
        folder.adopt(certified, &self.trust(), host, None)?;
        tracing::info!("made the identity of the master's own listener");
        Ok(())
    }

    async fn is_equipped(&self, folder: &IdentityFolder, look: Look) -> anyhow::Result<bool> {
        let is_ours = folder.host().is_ok_and(|host| host.is_some_and(|host| host.id == self.master.host));
        if !is_ours || !folder.trust().is_ok_and(|trust| trust.is_some()) {
            return Ok(false);
        }
        for profile in PROFILES {
            if !self.is_held(folder, profile, look).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the folder has a good certificate for this, in use or about to be.
    async fn is_held(&self, folder: &IdentityFolder, profile: Profile, look: Look) -> anyhow::Result<bool> {
        for held in [folder.open(profile), folder.staged(profile)] {
            if let Some(held) = told(held)
                && self.is_good(&held, look).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_good(&self, held: &Held, look: Look) -> anyhow::Result<bool> {
        // Who renews itself is let to; one that is not there cannot.
        let is_left_alone = look == Look::First || self.hears_own_listener();
        let end = if is_left_alone { held.peer.not_after } else { held.peer.renew_from() };
        let chained = Credentials::new(&held.key, &held.certificate, &self.authority.certificates());
        if end <= self.now() || held.peer.identity.host != self.master.host || chained.is_err() {
            return Ok(false);
        }
        let known = self.store.certificate_find(held.peer.fingerprint.to_string()).await?;
        Ok(known.is_some_and(|known| known.state != CertificateState::Revoked))
    }
}

fn told(held: Result<Option<Held>, FolderError>) -> Option<Held> {
    held.unwrap_or_else(|error| {
        tracing::warn!("the listener's identity is made anew: {}", super::refusal::chain(&error));
        None
    })
}

/// Where a program of this host reaches who listens at `address`.
fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("https://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controller_is_reached_on_loopback_where_it_listens_everywhere() {
        let check = |address: &str, expect| assert_eq!(url(address.parse().unwrap()), expect);
        check("0.0.0.0:8771", "https://127.0.0.1:8771");
        check("[::]:8771", "https://[::1]:8771");
        check("10.0.0.1:99", "https://10.0.0.1:99");
        assert!(own_name().is_ok());
    }
}
