//! Listeners on other hosts than the master's: how one comes, is seen, and goes.

use std::net::IpAddr;

use decnet_pki::token::Token;
use decnet_proto::{
    ids::HostName,
    swarm::{
        operator::{
            CertificateRequest, ListenerRequest, ListenerView, Profile, TOKEN_LIFE, Token as TokenMade,
        },
        worker::Joined,
    },
};
use decnet_store::{KnownCertificate, KnownListener, NewListener, StoreError, listener_name};

use super::{
    caller::Actor,
    controller::Controller,
    listeners::is_own,
    own_listener::{Look, own_name},
    refusal::Refusal,
};

/// Longest name of a listener: certificates have room for so much.
const NAME_MAX: usize = decnet_pki::authority::COMMON_NAME_MAX - "listener@".len();

impl Controller {
    /// Lets a listener on another host come, and answers with what it must show.
    pub(super) async fn invite_listener(
        &self,
        actor: &Actor,
        request: ListenerRequest,
    ) -> Result<TokenMade, Refusal> {
        if !(1..=TOKEN_LIFE).contains(&request.life) {
            return Err(Refusal::Value(format!("a token lives 1 to {TOKEN_LIFE} s, not {}", request.life)));
        }
        let ListenerRequest { name, again, life } = request;
        if name.as_str().len() > NAME_MAX {
            return Err(Refusal::Value(format!("the name of a listener has at most {NAME_MAX} characters")));
        }
        if is_own(&name) {
            return Err(Refusal::Value(format!("{name} is the master's own listener, which needs no token")));
        }
        let drawn = Token::draw(self.master.server.authority_pin());
        let (token, hash) = drawn.map_err(anyhow::Error::from)?;
        let now = self.now();
        let expires_at = now + i64::from(life);
        let new = NewListener { name: name.clone(), hash: hash.0.0, expires_at, again };
        self.store.listener_invite(new, now).await?;
        self.acted(actor, "listener_token", name.to_string()).await;
        Ok(TokenMade { token, host: self.master.host, expires_at })
    }

    /// Takes a listener with a token in. What one of its name had before is good no more.
    pub(super) async fn join_listener(
        &self,
        from: IpAddr,
        token: &Token,
        requests: &[CertificateRequest],
    ) -> Result<Joined, Refusal> {
        let now = self.now();
        let name = self.store.listener_redeem(token.hash().0.0, from.to_string(), now).await?;
        let host = self.master.host;
        let certificates = self.issue(host, &name, self.sign(host, &name, requests)?).await?;
        let actor = Actor { name: name.to_string(), from: from.to_string() };
        self.acted(&actor, "join", "listener").await;
        tracing::info!(listener = %name, %from, "a listener has joined");
        Ok(Joined { host, name, certificates, trust: self.trust().as_ref().clone(), release_key: None })
    }

    /// Every listener: the master's own, then the others by name.
    pub(super) async fn list_listeners(&self) -> Result<Vec<ListenerView>, Refusal> {
        let good = self.store.certificate_good(self.now()).await?;
        let own = KnownListener {
            name: own_name()?,
            invited_at: self.opened_at,
            joined_at: None,
            address: String::new(),
        };
        let others = self.store.listener_list().await?;
        Ok([own].into_iter().chain(others).map(|known| self.view_of(known, &good)).collect())
    }

    fn view_of(&self, known: KnownListener, good: &[KnownCertificate]) -> ListenerView {
        let has = |certificate: &&KnownCertificate| {
            listener_name(&certificate.certificate.name).as_ref() == Some(&known.name)
        };
        let of = |profile: Profile| {
            good.iter().rev().filter(has).find(|found| found.certificate.profile == profile)
        };
        let ends = Profile::ALL.into_iter().filter_map(of).map(|found| found.certificate.not_after);
        ListenerView {
            own: is_own(&known.name),
            address: known.address,
            client_cert_fingerprint: of(Profile::ListenerClient)
                .map(|found| found.certificate.fingerprint.clone()),
            not_after: ends.min(),
            joined_at: known.joined_at,
            heard_at: self.heard_listeners.at(&known.name),
            name: known.name,
        }
    }

    /// Lets a listener in no more: no worker takes its key for good, and its connections are cut. The
    /// master's own gets new keys.
    pub(super) async fn dismiss_listener(&self, actor: &Actor, name: HostName) -> Result<(), Refusal> {
        let is_known = is_own(&name) || {
            let known = self.store.listener_list().await?;
            known.iter().any(|listener| listener.name == name)
        };
        if !is_known {
            return Err(StoreError::NoSuchListener(name).into());
        }
        let why = format!("{} dismissed the listener", actor.name);
        self.store.listener_remove(name.clone(), why, self.now()).await?;
        self.heard_listeners.forget(&name);
        self.refresh().await?;
        self.trust_changed().await?;
        self.acted(actor, "revoke_listener", name.to_string()).await;
        if is_own(&name) {
            self.equip_listener(Look::Again).await?;
        }
        Ok(())
    }
}
