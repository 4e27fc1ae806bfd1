//! New certificates in time: at two thirds of the life of the old ones, with new keys.

use std::{sync::Arc, time::Duration};

use decnet_api::client::{CallError, Client};
use decnet_pki::credentials::Presented;
use decnet_proto::swarm::{
    operator::{CertificateRequest, Profile},
    worker::{RenewRequest, Renewed, Route},
};
use thiserror::Error;

use super::{
    membership::{Membership, MembershipError},
    pace::{Pace, chance},
};

/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_secs(600);

#[derive(Debug, Error)]
enum RenewalError {
    #[error("the controller does not renew")]
    Call(#[from] CallError),
    #[error("cannot use what was renewed")]
    Membership(#[from] MembershipError),
    #[error("the controller sent no certificate for {0}")]
    Missing(Profile),
}

/// Renews again and again, until the host leaves.
pub(crate) async fn renew_forever(membership: Arc<Membership>) {
    let mut left = membership.left();
    let mut pace = Pace::default();
    loop {
        let wait = match renew_those_due(&membership).await {
            Ok(()) => {
                pace = Pace::default();
                EVERY
            }
            Err(error) => {
                tracing::warn!("certificates are not renewed yet: {}", decnet_engine::chain(&error));
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

async fn renew_those_due(membership: &Membership) -> Result<(), RenewalError> {
    let now = membership.clock.now();
    for shown in [&membership.server, &membership.client] {
        if shown.peer().renew_from() <= now {
            renew(membership, &membership.controller()?, shown).await?;
        }
    }
    Ok(())
}

async fn renew(membership: &Membership, controller: &Client, shown: &Presented) -> Result<(), RenewalError> {
    let profile = shown.peer().profile;
    let pem = membership.folder.prepare_renewal(profile).map_err(MembershipError::from)?;
    let body = RenewRequest { requests: vec![CertificateRequest { profile, pem }] };
    let renewed: Renewed = controller.send(Route::Renew.method(), Route::Renew.path(), &body).await?;
    let ours = renewed.certificates.into_iter().find(|certificate| certificate.profile == profile);
    let certificate = ours.ok_or(RenewalError::Missing(profile))?;
    let folder = &membership.folder;
    let peer = folder.commit(profile, &certificate.pem).map_err(MembershipError::from)?;
    let credentials = folder.credentials(profile).map_err(MembershipError::from)?;
    shown.replace(credentials).map_err(MembershipError::from)?;
    tracing::info!("renewed the certificate for {profile}, good until second {}", peer.not_after);
    Ok(())
}
