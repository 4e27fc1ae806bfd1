//! Learning whom to trust from now on.

use std::{sync::Arc, time::Duration};

use decnet_api::client::{CallError, Client};
use decnet_proto::swarm::worker::{Route, Trust};
use thiserror::Error;

use crate::{
    membership::{Membership, MembershipError},
    pace::{Pace, chance},
};

/// How often the controller is asked by who has nothing else to tell it.
const EVERY: Duration = Duration::from_secs(60);

/// What is to be trusted is not known.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The controller was not reached, or refuses.
    #[error("the controller does not say whom to trust")]
    Call(#[from] CallError),
    /// What it says is of no use.
    #[error("cannot trust what the controller says")]
    Membership(#[from] MembershipError),
}

/// Asks whom to trust, and trusts it if it is newer; whether it was.
///
/// # Errors
/// [`TrustError`]; then nothing has changed.
pub async fn catch_up(membership: &Membership, controller: &Client) -> Result<bool, TrustError> {
    let trust: Trust = controller.get(Route::Trust.method(), Route::Trust.path()).await?;
    Ok(membership.learn(&trust)?)
}

/// Asks again and again, until the host leaves: for parts that are told in no other way.
pub async fn follow_trust_forever(membership: Arc<Membership>) {
    let controller = match membership.controller() {
        Ok(controller) => controller,
        Err(error) => {
            return tracing::error!(
                "whom to trust is not followed: {}",
                decnet_proto::problem::chain(&error)
            );
        }
    };
    let (mut pace, mut told) = (Pace::default(), None);
    let mut left = membership.left();
    loop {
        let wait = match catch_up(&membership, &controller).await {
            Ok(_) => {
                if told.take().is_some() {
                    tracing::info!("the controller answers again");
                }
                pace = Pace::default();
                EVERY
            }
            Err(error) => {
                let error = decnet_proto::problem::chain(&error);
                if told.as_ref() != Some(&error) {
                    tracing::warn!("{error}");
                    told = Some(error);
                }
                pace.next(chance())
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = left.requested() => return,
        }
    }
}
