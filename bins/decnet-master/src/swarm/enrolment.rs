//! Ways into the swarm: a token, or certificates that are carried by hand; and staying in it.

use std::net::IpAddr;

use decnet_pki::{authority::Signed, peer::Peer, token::Token};
use decnet_proto::{
    ids::{HostId, HostName},
    swarm::{
        operator::{
            Certificate, CertificateRequest, EnrollRequest, Enrolled, Profile, TOKEN_LIFE,
            Token as TokenMade, TokenRequest,
        },
        role::{Identity, Role},
        worker::{JoinRequest, Joined},
    },
};
use decnet_store::{NewHost, NewToken, Part, listener_holder};

use super::{
    caller::Actor, controller::Controller, folder::draw_id, identity::new_certificate, refusal::Refusal,
};

/// Most characters of an operator's notes.
const NOTES: usize = 1024;

/// Longest address of a host, in bytes.
const ADDRESS: usize = 253;

impl Controller {
    /// Lets a host come, and answers with what it must show.
    pub(super) async fn invite(&self, actor: &Actor, request: TokenRequest) -> Result<TokenMade, Refusal> {
        if !(1..=TOKEN_LIFE).contains(&request.life) {
            return Err(Refusal::Value(format!("a token lives 1 to {TOKEN_LIFE} s, not {}", request.life)));
        }
        check(
            request.address.as_deref(),
            [request.agent_port, request.updater_port],
            request.notes.as_deref(),
        )?;
        let now = self.now();
        let mut new = NewHost {
            id: draw_id()?,
            name: request.name,
            address: request.address,
            agent_port: request.agent_port,
            updater_port: request.updater_port,
            use_ipvlan: request.ipvlan,
            by_hand: false,
            notes: request.notes,
        };
        if request.again {
            let known = self.store.host_by_name(new.name.clone()).await?;
            let known = known.ok_or_else(|| Refusal::NoHost(new.name.to_string()))?;
            new.id = known.view.uuid;
            self.store.host_invite_again(new.clone(), now).await?;
        } else {
            self.store.host_invite(new.clone(), now).await?;
        }
        let drawn = Token::draw(self.master.server.authority_pin());
        let (token, hash) = drawn.map_err(anyhow::Error::from)?;
        let expires_at = now + i64::from(request.life);
        let kept = NewToken { hash: hash.0.0, host: new.id, updater: request.updater, expires_at };
        self.store.token_add(kept, now).await?;
        self.acted(actor, "token", new.name.to_string()).await;
        Ok(TokenMade { token, host: new.id, expires_at })
    }

    /// Certifies a host that is prepared by hand.
    pub(super) async fn enroll(&self, actor: &Actor, request: EnrollRequest) -> Result<Enrolled, Refusal> {
        check(Some(&request.address), [request.agent_port, request.updater_port], request.notes.as_deref())?;
        let profiles: Vec<_> = request.requests.iter().map(|request| request.profile).collect();
        let is_whole = |role| parts_of(&profiles, role).is_none_or(|whole| whole);
        if !is_whole(Role::Agent) || !is_whole(Role::Updater) || parts_of(&profiles, Role::Agent).is_none() {
            return Err(wrong_profiles());
        }
        if profiles.iter().any(|profile| !matches!(profile.role(), Role::Agent | Role::Updater)) {
            return Err(wrong_profiles());
        }
        let (host, now) = (draw_id()?, self.now());
        let signed = self.sign(host, &request.name, &request.requests)?;
        let new = NewHost {
            id: host,
            name: request.name.clone(),
            address: Some(request.address),
            agent_port: request.agent_port,
            updater_port: request.updater_port,
            use_ipvlan: request.ipvlan,
            by_hand: true,
            notes: request.notes,
        };
        self.store.host_invite(new, now).await?;
        let certificates = self.issue(host, &request.name, signed).await?;
        self.acted(actor, "enroll", request.name.to_string()).await;
        let (trust, release_key) = (self.trust().as_ref().clone(), self.release_key_line());
        Ok(Enrolled { host, certificates, trust, release_key })
    }

    /// Takes a host, or a listener, with a token in.
    pub(super) async fn join(&self, from: IpAddr, request: JoinRequest) -> Result<Joined, Refusal> {
        let token = Token::parse(&request.token).map_err(|error| Refusal::Value(error.to_string()))?;
        let profiles: Vec<_> = request.requests.iter().map(|request| request.profile).collect();
        let role = profiles.first().map(|profile| profile.role()).ok_or_else(wrong_profiles)?;
        if parts_of(&profiles, role) != Some(true) || profiles.len() != 2 {
            return Err(wrong_profiles());
        }
        let part = match role {
            Role::Agent => Part::Agent,
            Role::Updater => Part::Updater,
            Role::Listener => return self.join_listener(from, &token, &request.requests).await,
            _ => return Err(wrong_profiles()),
        };
        let now = self.now();
        let host = self.store.token_redeem(token.hash().0.0, part, now).await?;
        let known = self.store.host_by_id(host).await?;
        let name = known.ok_or_else(|| Refusal::NoHost(host.to_string()))?.view.name;
        let signed = self.sign(host, &name, &request.requests)?;
        if part == Part::Agent {
            self.store.host_joined(host, Some(from.to_string()), now).await?;
        }
        let certificates = self.issue(host, &name, signed).await?;
        let actor = Actor { name: name.to_string(), from: from.to_string() };
        self.acted(&actor, "join", role.to_string()).await;
        tracing::info!(host = %name, %from, "the {role} of a host has joined");
        let release_key = self.release_key_line().filter(|_| part == Part::Updater);
        Ok(Joined { host, name, certificates, trust: self.trust().as_ref().clone(), release_key })
    }

    /// Certifies new keys of a part that has good ones.
    pub(super) async fn renew(
        &self,
        peer: &Peer,
        from: IpAddr,
        requests: &[CertificateRequest],
    ) -> Result<Vec<Certificate>, Refusal> {
        let role = peer.identity.role;
        let own = |profile: Profile| profile.role() == role;
        let mut profiles: Vec<_> = requests.iter().map(|request| request.profile).collect();
        profiles.sort_unstable();
        profiles.dedup();
        if profiles.is_empty() || profiles.len() != requests.len() || !profiles.into_iter().all(own) {
            return Err(Refusal::Value(format!("the {role} renews its own profiles, each once")));
        }
        let host = peer.identity.host;
        let name = match self.listener(peer) {
            Some(name) => name,
            None => {
                let known = self.store.host_by_id(host).await?;
                known.ok_or_else(|| Refusal::NoHost(host.to_string()))?.view.name
            }
        };
        let certificates = self.issue(host, &name, self.sign(host, &name, requests)?).await?;
        let actor = Actor { name: name.to_string(), from: from.to_string() };
        self.acted(&actor, "renew", role.to_string()).await;
        Ok(certificates)
    }

    pub(super) fn sign(
        &self,
        host: HostId,
        name: &HostName,
        requests: &[CertificateRequest],
    ) -> Result<Vec<Signed>, Refusal> {
        let sign = |request: &CertificateRequest| {
            let identity = Identity { role: request.profile.role(), host };
            let name = common_name(identity.role, name);
            Ok(self.authority.sign(request.profile, identity, &name, &request.pem, self.now())?)
        };
        requests.iter().map(sign).collect()
    }

    /// Records what was signed, and lets it in.
    pub(super) async fn issue(
        &self,
        host: HostId,
        name: &HostName,
        signed: Vec<Signed>,
    ) -> Result<Vec<Certificate>, Refusal> {
        let new = signed.iter().map(|signed| {
            let identity = Identity { role: signed.profile.role(), host };
            new_certificate(signed, identity, &common_name(identity.role, name), &self.authority)
        });
        self.store.certificate_record(new.collect(), self.now()).await?;
        self.refresh().await?;
        if signed.iter().any(|signed| signed.profile == Profile::ListenerServer) {
            // Workers hear of its key before it can be shown.
            self.trust_changed().await?;
        }
        Ok(signed.iter().map(Signed::wire).collect())
    }
}

/// What the certificates of a host are called; a name of 63 characters must fit.
fn common_name(role: Role, host: &HostName) -> String {
    let text = match role {
        Role::Updater => format!("updater@{host}"),
        Role::Listener => listener_holder(host),
        _ => host.to_string(),
    };
    text.chars().take(decnet_pki::authority::COMMON_NAME_MAX).collect()
}

/// Whether both ends of a role are there and each once; nothing where there is neither.
fn parts_of(profiles: &[Profile], role: Role) -> Option<bool> {
    let own: Vec<_> = profiles.iter().filter(|profile| profile.role() == role).collect();
    match own.as_slice() {
        [] => None,
        [one, other] => Some(one != other),
        _ => Some(false),
    }
}

fn wrong_profiles() -> Refusal {
    Refusal::Value("wanted are the server's and the client's profile of one part, each once".to_owned())
}

fn check(address: Option<&str>, ports: [u16; 2], notes: Option<&str>) -> Result<(), Refusal> {
    if let Some(address) = address.filter(|address| !is_address(address)) {
        let shown: String = address.chars().take(80).collect();
        return Err(Refusal::Value(format!("{shown:?} is no address or name of a host")));
    }
    if ports.contains(&0) {
        return Err(Refusal::Value("the ports of agent and updater are 1 to 65535".to_owned()));
    }
    if notes.is_some_and(|notes| notes.chars().count() > NOTES) {
        return Err(Refusal::Value(format!("notes have at most {NOTES} characters")));
    }
    Ok(())
}

/// Whether it is an IP address or a host name.
fn is_address(text: &str) -> bool {
    let label = |label: &str| {
        let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        label.len() <= 63
            && edge(label.bytes().next())
            && edge(label.bytes().next_back())
            && label.bytes().all(inner)
    };
    text.parse::<IpAddr>().is_ok() || (text.len() <= ADDRESS && text.split('.').all(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain() {
        let long = "a".repeat(10_240);
        for good in ["10.0.0.7", "fd00::1", "w1", "w1.example.org", "a_b.c"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "../x", "a..b", "-a", "a:1", "a b", "a/b", "ä", "http://a", "a\0", &long] {
            assert!(!is_address(bad), "{bad:.40}");
        }
    }

    #[test]
    fn the_longest_name_fits_a_certificate() {
        let name: HostName = "a".repeat(63).parse().unwrap();
        assert_eq!(common_name(Role::Updater, &name).len(), 64);
        assert_eq!(common_name(Role::Agent, &name).len(), 63);
    }

    #[test]
    fn a_part_asks_for_both_its_ends() {
        use Profile::{AgentClient, AgentServer, UpdaterClient};
        assert_eq!(parts_of(&[AgentServer, AgentClient], Role::Agent), Some(true));
        assert_eq!(parts_of(&[AgentServer, AgentServer], Role::Agent), Some(false));
        assert_eq!(parts_of(&[AgentServer, UpdaterClient], Role::Agent), Some(false));
        assert_eq!(parts_of(&[AgentServer], Role::Updater), None);
    }
}
