//! A revocation ends what lives and refuses what comes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use decnet_pki::{
    admission::Refused,
    peer::Peer,
    refusals::Reason,
    sessions::Sessions,
    testing::swarm::Swarm,
    tls::{self, ClientPolicy},
};
use decnet_proto::swarm::{operator::Profile, role::Role};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

use crate::meeting::meet;

const CLIENTS: usize = 50;

/// Serves one connection until its session is closed.
async fn serve(stream: DuplexStream, config: Arc<ServerConfig>, sessions: Sessions) {
    let mut stream = TlsAcceptor::from(config).accept(stream).await.unwrap();
    let peer = Peer::of_connection(stream.get_ref().1).unwrap().unwrap();
    let session = sessions.register(&peer);
    stream.write_all(b"!").await.unwrap();
    stream.flush().await.unwrap();
    tokio::select! {
        () = session.closed() => {}
        _ = stream.read_u8() => {}
    }
}

#[tokio::test]
async fn live_sessions_end_at_once() {
    let mut swarm = Swarm::new();
    let (shown, agent) = (swarm.member(Profile::ListenerServer), swarm.member(Profile::AgentClient));
    let server_terms = swarm.terms(swarm.roster.admitting(&[Role::Agent]));
    let server = tls::server(&shown, ClientPolicy::Required, &server_terms).unwrap();
    let client_terms = swarm.terms(swarm.roster.admitting(&[Role::Listener]));
    let client = tls::client(Some(&agent), &[Role::Listener], &client_terms).unwrap();
    let sessions = Sessions::default();
    let mut served = JoinSet::new();
    let mut clients: Vec<TlsStream<DuplexStream>> = Vec::new();
    for _ in 0..CLIENTS {
        let (near, far) = tokio::io::duplex(64 * 1024);
        served.spawn(serve(far, Arc::clone(&server), sessions.clone()));
        let mut stream =
            TlsConnector::from(Arc::clone(&client)).connect(tls::server_name(), near).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'!');
        clients.push(stream);
    }
    let of_agent = |peer: &Peer| peer.fingerprint == agent.peer().fingerprint;
    assert_eq!((sessions.count(of_agent), sessions.count(|_| true)), (CLIENTS, CLIENTS));

    let begin = Instant::now();
    swarm.roster.revoke(&agent.peer());
    assert_eq!(sessions.close(of_agent), CLIENTS);
    for mut stream in clients {
        assert!(stream.read_u8().await.is_err(), "the connection is at its end");
    }
    assert!(!meet(client, server).await.passed());
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(swarm.refusals.count(Reason::Revoked), 1);
    while let Some(ended) = served.join_next().await {
        ended.unwrap();
    }
    assert_eq!(sessions.count(|_| true), 0);
    println!("{CLIENTS} sessions ended, and the next was refused, in {took:?}");
}

#[tokio::test]
async fn no_revocation_falls_between_handshake_and_session() {
    let mut swarm = Swarm::new();
    let agent = swarm.member(Profile::AgentClient).peer();
    let admission = swarm.roster.admitting(&[Role::Agent]);
    let sessions = Sessions::default();
    let session = sessions.enter(&agent, &*admission).unwrap();
    assert!(!session.is_closed());
    swarm.roster.revoke(&agent);
    assert_eq!(sessions.enter(&agent, &*admission).unwrap_err(), Refused::Revoked);
    assert_eq!(sessions.count(|_| true), 1, "the refused one is not counted");
    assert_eq!(sessions.close(|peer| peer.identity == agent.identity), 1);
    session.closed().await;
    assert!(session.is_closed());
    assert_eq!(sessions.close(|_| true), 0, "once");
}

#[tokio::test]
async fn others_are_left_alone() {
    let mut swarm = Swarm::new();
    let (one, other) =
        (swarm.member(Profile::AgentClient).peer(), swarm.member(Profile::UpdaterClient).peer());
    let sessions = Sessions::default();
    let (first, second) = (sessions.register(&one), sessions.register(&other));
    assert_eq!(sessions.close(|peer| peer.identity == one.identity), 1);
    assert!(first.is_closed() && !second.is_closed());
    drop(first);
    assert_eq!(sessions.count(|_| true), 1);
    let ended = tokio::time::timeout(Duration::from_millis(20), second.closed()).await;
    assert!(ended.is_err(), "a session that nobody closes goes on");
}
