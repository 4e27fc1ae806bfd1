//! Who the master is in its swarm: its own certificates, renewed in time.
//!
//! A renewal keeps the key: what workers know the master by stays the same, and nobody has to be
//! told of it.

use anyhow::Context as _;
use decnet_pki::{
    authority::{Authority, Signed},
    credentials::{Credentials, Presented},
    folder::{Held, IdentityFolder},
};
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::Profile,
        role::{Identity, Role},
        worker::Trust,
    },
};
use decnet_store::{NewCertificate, Store};

/// What the master's certificates are called.
const COMMON_NAME: &str = "decnet-master";

/// The master's certificates.
#[derive(Debug)]
pub(super) struct MasterIdentity {
    folder: IdentityFolder,
    /// The master's own host.
    pub(super) host: HostId,
    /// What the controller shows to who connects to it.
    pub(super) server: Presented,
    /// What the master shows to agents.
    pub(super) client: Presented,
}

impl MasterIdentity {
    /// Reads them, and makes those that are missing or no longer good.
    pub(super) async fn open(
        folder: IdentityFolder,
        host: HostId,
        authority: &Authority,
        store: &Store,
        now: i64,
    ) -> anyhow::Result<Self> {
        let by = Signer { folder: &folder, host, authority, store, now };
        let server = Presented::new(by.usable(Profile::ControllerServer).await?);
        let client = Presented::new(by.usable(Profile::MasterClient).await?);
        Ok(Self { folder, host, server, client })
    }

    /// Renews what has had two thirds of its life, and all that is not of the newest authority if
    /// that is `wanted`.
    pub(super) async fn renew(
        &self,
        authority: &Authority,
        store: &Store,
        now: i64,
        newest: bool,
    ) -> anyhow::Result<()> {
        let by = Signer { folder: &self.folder, host: self.host, authority, store, now };
        for shown in [&self.server, &self.client] {
            let due = shown.peer().renew_from() <= now;
            if due || (newest && shown.authority_pin() != authority.pin()) {
                let profile = shown.peer().profile;
                shown.replace(by.sign(profile).await?)?;
                tracing::info!("renewed the master's certificate for {profile}");
            }
        }
        Ok(())
    }

    /// Keeps whom to trust beside the master's own keys, for its other parts.
    pub(super) fn keep(&self, trust: &Trust) -> anyhow::Result<()> {
        self.folder.set_trust(trust).context("cannot keep whom to trust")?;
        Ok(())
    }

    /// By which workers know the master's parts.
    pub(super) fn pins(&self) -> Vec<(Role, String)> {
        let pin = |shown: &Presented| (shown.peer().identity.role, shown.peer().pin.to_string());
        vec![pin(&self.server), pin(&self.client)]
    }

    /// When the first of the certificates runs out.
    pub(super) fn first_expiry(&self) -> i64 {
        self.server.peer().not_after.min(self.client.peer().not_after)
    }
}

/// Whatever it takes to sign for the master itself.
struct Signer<'a> {
    folder: &'a IdentityFolder,
    host: HostId,
    authority: &'a Authority,
    store: &'a Store,
    now: i64,
}

impl Signer<'_> {
    async fn usable(&self, profile: Profile) -> anyhow::Result<Credentials> {
        let held = self.folder.open(profile).context("cannot use the master's identity")?;
        let good = |held: &Held| held.peer.identity.host == self.host && held.peer.renew_from() > self.now;
        let credentials = held.filter(good).and_then(|held| {
            Credentials::new(&held.key, &held.certificate, &self.authority.certificates()).ok()
        });
        match credentials {
            Some(credentials) => {
                // A crash may have come between signing and noting.
                let peer = credentials.peer().fingerprint.to_string();
                if self.store.certificate_find(peer).await?.is_some() {
                    return Ok(credentials);
                }
                self.sign(profile).await
            }
            None => self.sign(profile).await,
        }
    }

    async fn sign(&self, profile: Profile) -> anyhow::Result<Credentials> {
        let failed = || format!("cannot certify the master for {profile}");
        let key = self.folder.key(profile).with_context(failed)?;
        let request = key.request(profile).with_context(failed)?;
        let identity = Identity { role: profile.role(), host: self.host };
        let signed = self.authority.sign(profile, identity, COMMON_NAME, &request, self.now);
        let signed = signed.with_context(failed)?;
        let new = new_certificate(&signed, identity, COMMON_NAME, self.authority);
        let fingerprint = new.fingerprint.clone();
        self.store.certificate_record(vec![new], self.now).await?;
        self.folder.store(profile, &signed.pem).with_context(failed)?;
        self.store.certificate_used(fingerprint, self.now).await?;
        Credentials::new(&key, &signed.der, &self.authority.certificates()).with_context(failed)
    }
}

/// What the store keeps of a certificate that was just signed.
pub(super) fn new_certificate(
    signed: &Signed,
    identity: Identity,
    name: &str,
    authority: &Authority,
) -> NewCertificate {
    NewCertificate {
        identity,
        profile: signed.profile,
        name: name.to_owned(),
        fingerprint: signed.fingerprint.to_string(),
        pin: signed.pin.to_string(),
        authority: authority.pin().to_string(),
        not_after: signed.not_after,
    }
}
