use decnet_proto::service::ServiceId;
use openssl::{
    pkey::{PKey, Private},
    sign::Signer,
};
use tokio::sync::mpsc;

use super::*;
use crate::{
    host::Host,
    ssh::{link::Facts, product::Build},
    testing::{self, Seen},
};

/// A link that says what a test gives it and keeps what it is told.
struct Script {
    input: mpsc::UnboundedReceiver<Vec<u8>>,
    output: mpsc::UnboundedSender<Vec<u8>>,
}

impl Link for Script {
    async fn next(&mut self) -> Result<Vec<u8>, End> {
        self.input.recv().await.ok_or(End::Peer)
    }

    async fn send(&mut self, payload: &[u8]) -> Result<(), End> {
        let _ = self.output.send(payload.to_vec());
        Ok(())
    }

    async fn refuse(&mut self) -> Result<(), End> {
        self.send(&[3]).await
    }

    async fn announce(&mut self) -> Result<(), End> {
        Ok(())
    }

    async fn disconnect(&mut self, text: &[u8]) -> End {
        let _ = self.send(&[b"\x01", text].concat()).await;
        End::Service
    }

    fn backlog(&self) -> usize {
        0
    }

    fn facts(&self) -> Facts<'_> {
        Facts { session_id: b"session", host_key: b"key", is_openssh: true }
    }

    fn prove(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// What came of messages that a visitor sends.
struct Outcome {
    login: Result<Option<Login>, End>,
    answers: Vec<Vec<u8>>,
    events: Vec<Seen>,
    took: Duration,
}

fn enter(host: &Arc<Host>, messages: &[Vec<u8>]) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (login, answers, took) = runtime.block_on(async {
        let (conn, _peer) = testing::open(host, ServiceId::Ftp);
        let door = Door {
            machine: Arc::clone(host.machine()),
            witness: conn.witness(),
            policy: Policy::of(Build::find("debian").unwrap()),
            root_password: Some("toor".into()),
        };
        let ((to, input), (output, mut from)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let mut accept = message(SERVICE_REQUEST);
        accept.put_string(b"ssh-userauth");
        to.send(accept).unwrap();
        for message in messages {
            to.send(message.clone()).unwrap();
        }
        drop(to);
        let started = Instant::now();
        let mut link = Script { input, output };
        let login = authenticate(&mut link, &door).await;
        drop(link);
        let mut answers = Vec::new();
        while let Some(answer) = from.recv().await {
            answers.push(answer);
        }
        answers.remove(0);
        (login, answers, started.elapsed())
    });
    Outcome { login, answers, events: testing::events(host), took }
}

fn asking(user: &str, method: &str) -> Vec<u8> {
    let mut payload = message(USERAUTH_REQUEST);
    payload.put_string(user.as_bytes());
    payload.put_string(b"ssh-connection");
    payload.put_string(method.as_bytes());
    payload
}

fn password(user: &str, password: &str) -> Vec<u8> {
    let mut payload = asking(user, "password");
    payload.put_boolean(false);
    payload.put_string(password.as_bytes());
    payload
}

fn failure() -> Vec<u8> {
    let mut payload = message(USERAUTH_FAILURE);
    payload.put_string(b"publickey,password");
    payload.put_boolean(false);
    payload
}

#[test]
fn only_bait_lets_in() {
    let host = testing::host(1);
    let bait = host.persona.bait[0].clone();
    let wrong = enter(&host, &[asking("backup", "none"), password("backup", "wrong")]);
    assert_eq!(wrong.answers, [failure(), failure()]);
    assert_eq!(wrong.login.unwrap_err(), End::Peer);
    let right = enter(&host, &[password(&bait.username, &bait.password)]);
    assert_eq!(right.answers, [[USERAUTH_SUCCESS]]);
    assert_eq!(right.login.unwrap().unwrap().account.name, bait.username);
    let event = &right.events[0];
    assert_eq!((event.get("mechanism"), event.get("status")), ("password", "accepted"));
    assert!(enter(&host, &[password("root", "toor")]).login.unwrap().is_some());
    assert!(enter(&host, &[password("root", &bait.password)]).login.is_err());
    assert!(enter(&host, &[password("nobody", "toor")]).login.is_err());
}

#[test]
fn who_is_known_is_not_told_from_who_is_not() {
    let host = testing::host(1);
    for user in ["root", "backup", "daemon", "nosuchuser"] {
        let tries =
            [asking(user, "none"), password(user, "x"), asking(user, "hostbased"), password(user, "")];
        let outcome = enter(&host, &tries);
        assert_eq!(outcome.answers, [failure(), failure(), failure(), failure()], "{user}");
        assert!(outcome.took > Duration::from_secs(1) && outcome.took < Duration::from_secs(7));
        assert!(outcome.events.iter().all(|event| event.get("username") == user));
        assert_eq!(outcome.events.len(), 4);
    }
}

#[test]
fn six_failures_end_it() {
    let host = testing::host(1);
    let mut tries = vec![asking("root", "none")];
    tries.extend((0..7).map(|number| password("root", &number.to_string())));
    let outcome = enter(&host, &tries);
    assert_eq!(outcome.answers.len(), 7);
    assert_eq!(outcome.answers[6], b"\x01Too many authentication failures");
    assert_eq!(outcome.login.unwrap_err(), End::Service);
}

#[test]
fn a_wish_for_another_service_ends_it() {
    let host = testing::host(1);
    let mut other = message(SERVICE_REQUEST);
    other.put_string(b"ssh-connection");
    assert_eq!(enter(&host, &[other]).answers, [b"\x01bad service request ssh-connection"]);
    assert_eq!(enter(&host, &[vec![90, 0]]).answers, [[3]]);
    let unread = enter(&host, &[asking("root", "password")]);
    assert!(unread.answers.is_empty() && unread.login.unwrap().is_none());
}

fn key_pair() -> (PKey<Private>, Vec<u8>) {
    let private = PKey::generate_ed25519().unwrap();
    let mut blob = Vec::new();
    blob.put_string(b"ssh-ed25519");
    blob.put_string(&private.raw_public_key().unwrap());
    (private, blob)
}

fn offer(user: &str, blob: &[u8], signature: Option<&[u8]>) -> Vec<u8> {
    let mut payload = asking(user, "publickey");
    payload.put_boolean(signature.is_some());
    payload.put_string(b"ssh-ed25519");
    payload.put_string(blob);
    if let Some(signature) = signature {
        payload.put_string(signature);
    }
    payload
}

/// The signature of a request, by this key.
fn proof(user: &str, private: &PKey<Private>, blob: &[u8]) -> Vec<u8> {
    let request = SignedRequest {
        user: user.as_bytes(),
        service: b"ssh-connection",
        method: b"publickey",
        algorithm: b"ssh-ed25519",
        blob,
        host_key: None,
    };
    let data = key::signed_data(b"session", &request);
    let raw = Signer::new_without_digest(private).unwrap().sign_oneshot_to_vec(&data).unwrap();
    let mut signature = Vec::new();
    signature.put_string(b"ssh-ed25519");
    signature.put_string(&raw);
    signature
}

#[test]
fn a_key_opens_what_it_was_put_into() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let host = testing::host(1);
    let (private, blob) = key_pair();
    let signature = proof("backup", &private, &blob);
    let tries = [offer("backup", &blob, None), offer("backup", &blob, Some(&signature))];
    let stranger = enter(&host, &tries);
    assert_eq!(stranger.answers, [failure(), failure()]);
    assert!(stranger.events.iter().all(|event| event.get("key_type") == "ssh-ed25519"));
    assert!(stranger.events[0].get("key_fingerprint").starts_with("SHA256:"));

    let machine = host.machine();
    let account = machine.account("backup").unwrap();
    let files = machine.files([127, 0, 0, 1].into(), &account);
    let folder = format!("{}/.ssh", account.home);
    let path = format!("{folder}/authorized_keys");
    let _ = files.mkdir(folder.as_bytes(), 0o700);
    let line = format!("no-pty ssh-ed25519 {} me\n", STANDARD.encode(&blob));
    files.write(path.as_bytes(), line.as_bytes(), 0o600).unwrap();
    let known = enter(&host, &tries);
    assert_eq!(known.answers.last().unwrap(), &[USERAUTH_SUCCESS]);
    let mut taken = message(PK_OK);
    taken.put_string(b"ssh-ed25519");
    taken.put_string(&blob);
    assert_eq!(known.answers[0], taken);
    let login = known.login.unwrap().unwrap();
    assert!(!login.terminal);
    let notice = format!("{path}:1: key options: agent-forwarding port-forwarding user-rc x11-forwarding");
    assert_eq!(login.notices, [notice.as_bytes(), notice.as_bytes()]);

    let forged = proof("root", &private, &blob);
    assert!(enter(&host, &[offer("backup", &blob, Some(&forged))]).login.is_err());
    files.chmod(path.as_bytes(), 0o666).unwrap();
    assert!(enter(&host, &tries).login.is_err());
}

mod random {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nobody_comes_in_by_chance(bodies in proptest::collection::vec(any::<Vec<u8>>(), 0..8)) {
            let host = testing::host(1);
            let messages: Vec<_> = bodies.into_iter().map(|body| [vec![50], body].concat()).collect();
            let outcome = enter(&host, &messages);
            prop_assert!(!matches!(outcome.login, Ok(Some(_))));
        }
    }
}
