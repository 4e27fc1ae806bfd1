//! New certificates in time: at two thirds of the life of the old ones, with new keys; and as soon as
//! the authority has a new key, so that it can end the old one.
//!
//! A new certificate is tried before it takes the place of the old one. It is on disk before that:
//! the controller may end the old one as soon as it has seen the new, and a crash right then must
//! not leave the host with neither.
//!
//! A listener's new key waits beside the old one until agents have heard of it: they let in only keys
//! that the controller has told them.

use std::{sync::Arc, time::Duration};

use decnet_api::client::{CallError, Client};
use decnet_pki::{
    credentials::{CredentialsError, Presented},
    folder::{FolderError, Held},
};
use decnet_proto::swarm::{
    operator::{CertificateRequest, Profile},
    worker::{RenewRequest, Renewed, Route},
};
use thiserror::Error;

use crate::{
    membership::{Membership, MembershipError},
    pace::{Pace, chance},
    trial::{TrialError, tried},
};

/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_secs(600);

/// How long after its beginning a listener's certificate is shown, in seconds: certificates begin
/// five minutes before they are signed, and agents hear of a change within five more.
const KNOWN: i64 = 15 * 60;

/// A certificate is not renewed.
#[derive(Debug, Error)]
pub enum RenewalError {
    /// The controller was not reached, or refuses.
    #[error("the controller does not renew")]
    Call(#[from] CallError),
    /// The controller cannot be spoken to, or what it sent cannot be used.
    #[error("cannot use what was renewed")]
    Membership(#[from] MembershipError),
    /// It sent something else.
    #[error("the controller sent no certificate for {0}")]
    Missing(Profile),
    /// What it sent does not work.
    #[error("the new certificate for {0} does not work: the old one is kept")]
    Trial(Profile, #[source] TrialError),
}

impl From<FolderError> for RenewalError {
    fn from(error: FolderError) -> Self {
        Self::Membership(error.into())
    }
}

impl From<CredentialsError> for RenewalError {
    fn from(error: CredentialsError) -> Self {
        Self::Membership(error.into())
    }
}

/// Renews again and again, until the host leaves.
pub async fn renew_forever(membership: Arc<Membership>) {
    let mut left = membership.left();
    let mut pace = Pace::default();
    loop {
        let wait = match renew_those_due(&membership).await {
            Ok(_) => {
                pace = Pace::default();
                EVERY
            }
            Err(error) => {
                tracing::warn!("certificates are not renewed yet: {}", decnet_proto::problem::chain(&error));
                // A third of their life is left: there is no hurry.
                pace.next(chance()) * 10
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = left.requested() => return,
        }
    }
}

/// Renews the certificates that have lived two thirds of their life, or that an authority has signed
/// which is about to end; how many those were.
///
/// # Errors
/// [`RenewalError`]; the old ones are used on.
pub async fn renew_those_due(membership: &Membership) -> Result<usize, RenewalError> {
    let now = membership.clock.now();
    let (mut renewed, mut failed) = (0, None);
    // With the client's the server's is asked for.
    for shown in [&membership.client, &membership.server] {
        if shown.peer().renew_from() > now && !membership.is_of_old_authority(shown) {
            continue;
        }
        match renew(membership, shown).await {
            Ok(switched) => renewed += usize::from(switched),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(renewed), Err)
}

/// Renews one certificate; whether another is shown now.
async fn renew(membership: &Membership, shown: &Presented) -> Result<bool, RenewalError> {
    let profile = shown.peer().profile;
    // One that a crash left behind may be the only one that the controller still takes.
    if let Some(kept) = membership.folder.staged(profile)? {
        if is_early(membership, &kept) {
            return Ok(false);
        }
        match attempt(membership, shown, &kept).await {
            Ok(switched) => return Ok(switched),
            Err(error) => tracing::debug!("a certificate that was kept does not work: {error}"),
        }
    }
    let pem = asked(membership, &membership.controller()?, profile).await?;
    let staged = membership.while_member(|| membership.folder.stage(profile, &pem)).transpose()?;
    match staged {
        Some(staged) if is_early(membership, &staged) => Ok(false),
        Some(staged) => attempt(membership, shown, &staged).await,
        None => Ok(false),
    }
}

/// Whether those who connect to this part do not know the key yet.
fn is_early(membership: &Membership, held: &Held) -> bool {
    let is_told = held.peer.profile == Profile::ListenerServer;
    is_told && membership.clock.now() < held.peer.not_before.saturating_add(KNOWN)
}

/// Asks for a certificate.
async fn asked(
    membership: &Membership,
    controller: &Client,
    profile: Profile,
) -> Result<String, RenewalError> {
    let request = membership.while_member(|| membership.folder.prepare_renewal(profile)).transpose()?;
    let Some(pem) = request else { return Err(RenewalError::Missing(profile)) };
    let body = RenewRequest { requests: vec![CertificateRequest { profile, pem }] };
    let renewed: Renewed = controller.send(Route::Renew.method(), Route::Renew.path(), &body).await?;
    let ours = renewed.certificates.into_iter().find(|certificate| certificate.profile == profile);
    Ok(ours.ok_or(RenewalError::Missing(profile))?.pem)
}

/// Tries a certificate, and switches to it if it works; whether it did, for a host that leaves does
/// not.
async fn attempt(membership: &Membership, shown: &Presented, held: &Held) -> Result<bool, RenewalError> {
    let profile = held.peer.profile;
    let credentials = membership.folder.shown(held)?;
    tried(membership, &credentials).await.map_err(|error| RenewalError::Trial(profile, error))?;
    let switched = membership.while_member(|| membership.folder.switch(profile)).transpose()?;
    if switched.is_some() {
        shown.replace(credentials)?;
        let until = held.peer.not_after;
        tracing::info!("renewed the certificate for {profile}, good until second {until}");
    }
    Ok(switched.is_some())
}
