//! The authority as operators see it: a new key in an order in which nobody is locked out, and
//! certificates of operators.
//!
//! ```text
//! roll over ─► workers are told of both ─► all know ─► the master renews ─► workers renew
//!   ─► nobody has a certificate of the old one ─► roll over again: the old one is ended
//! ```

use std::sync::Arc;

use decnet_pki::digest::Pin;
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::{Authority, Certificate, OperatorRequest, Profile},
        role::{Identity, Role},
    },
};
use decnet_store::{Revoke, StoreError};

use super::{
    caller::Actor, controller::Controller, folder::draw_id, identity::new_certificate, refusal::Refusal,
};

impl Controller {
    /// The authority, and who still has certificates of the one before.
    pub(super) async fn authority_view(&self) -> Result<Authority, Refusal> {
        let certificates = self.authority.certificates();
        let previous = certificates.get(1).map(|certificate| Pin::of_authority(certificate).to_string());
        let pin = self.authority.pin().to_string();
        let waiting = match previous {
            Some(_) => {
                let mut hosts = self.store.certificate_waiting(pin.clone()).await?;
                hosts.extend(self.waiting_listeners(&pin).await?);
                hosts
            }
            None => Vec::new(),
        };
        Ok(Authority {
            pin,
            not_after: self.authority.not_after(),
            previous,
            waiting,
            master_not_after: Some(self.master.first_expiry()),
        })
    }

    /// Begins to sign with a new key, or ends the trust in the old one.
    pub(super) async fn roll_over(self: &Arc<Self>, actor: &Actor) -> Result<Authority, Refusal> {
        let _turn = self.deciding.lock().await;
        let view = self.authority_view().await?;
        if view.previous.is_none() {
            self.authority.roll_over(self.now()).map_err(anyhow::Error::from)?;
            self.roots.replace(&self.authority.certificates()).map_err(anyhow::Error::from)?;
            self.trust_changed().await?;
            self.acted(actor, "roll_over", self.authority.pin().to_string()).await;
        } else {
            if self.master.server.authority_pin() != self.authority.pin() {
                let serial = self.trust().serial;
                let hosts = self.members().await?;
                let late = hosts.iter().filter(|host| host.trust < Some(serial));
                let listeners = self.late_listeners(serial).await?;
                let late = late.map(|host| &host.view.name).chain(&listeners);
                let late: Vec<_> = late.map(ToString::to_string).collect();
                return Err(Refusal::NotNow(format!(
                    "the master waits with its own certificates until every host trusts the new authority; still to learn of it: {}",
                    late.join(", ")
                )));
            }
            if !view.waiting.is_empty() {
                let names: Vec<_> = view.waiting.iter().map(ToString::to_string).collect();
                return Err(Refusal::NotNow(format!(
                    "hosts still have certificates of the old authority: {}; wait, let them join again, or decommission them",
                    names.join(", ")
                )));
            }
            self.authority.end_old().map_err(anyhow::Error::from)?;
            self.roots.replace(&self.authority.certificates()).map_err(anyhow::Error::from)?;
            self.trust_changed().await?;
            self.acted(actor, "end_old_authority", view.previous.unwrap_or_default()).await;
        }
        self.authority_view().await
    }

    /// While the authority changes its key: once every host trusts the new one, the master shows
    /// certificates of it.
    pub(super) async fn go_on_rolling(&self) -> anyhow::Result<()> {
        let rolls = self.authority.certificates().len() > 1;
        let serial = self.trust().serial;
        let all_know = rolls
            && self.members().await?.iter().all(|host| host.trust >= Some(serial))
            && self.late_listeners(serial).await?.is_empty();
        self.master.renew(&self.authority, &self.store, self.now(), all_know).await?;
        // A renewal keeps the keys, but a certificate is let in by its fingerprint.
        self.refresh().await?;
        self.trust_changed().await
    }

    /// Certifies an operator off this host.
    pub(super) async fn admit_operator(
        &self,
        actor: &Actor,
        request: OperatorRequest,
    ) -> Result<Certificate, Refusal> {
        let identity = Identity { role: Role::Operator, host: draw_id()? };
        let (name, now) = (request.name.as_str(), self.now());
        let signed = self.authority.sign(Profile::OperatorClient, identity, name, &request.pem, now)?;
        let new = new_certificate(&signed, identity, name, &self.authority);
        self.store.certificate_record(vec![new], now).await?;
        self.refresh().await?;
        self.acted(actor, "operator", format!("{name} {}", identity.host)).await;
        Ok(signed.wire())
    }

    /// Closes an operator's sessions and lets him in no more.
    pub(super) async fn dismiss_operator(&self, actor: &Actor, id: HostId) -> Result<(), Refusal> {
        if !self.roster.has(&Identity { role: Role::Operator, host: id }) {
            return Err(Refusal::NoOperator(id));
        }
        let why = format!("{} dismissed the operator", actor.name);
        self.store.certificate_revoke(Revoke::Holder(id), why, self.now()).await?;
        self.refresh().await?;
        self.acted(actor, "revoke_operator", id.to_string()).await;
        Ok(())
    }

    /// What runs out soon, in words that name nobody.
    pub(super) async fn warnings(&self) -> Result<Vec<String>, StoreError> {
        super::watch::expiries(self).await
    }
}
