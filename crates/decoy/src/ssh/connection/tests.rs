use decnet_proto::service::ServiceId;
use tokio::sync::mpsc;

use super::*;
use crate::ssh::wire::Writer as _;
use crate::{
    host::Host,
    ssh::{link::Facts, product::Build},
    testing,
};

/// A link that says what a test gives it and keeps what it is told.
struct Script {
    input: mpsc::UnboundedReceiver<Vec<u8>>,
    output: mpsc::UnboundedSender<Vec<u8>>,
    backlog: usize,
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
        let _ = self.output.send(vec![3]);
        Ok(())
    }

    async fn announce(&mut self) -> Result<(), End> {
        Ok(())
    }

    async fn disconnect(&mut self, text: &[u8]) -> End {
        let _ = self.output.send([&[1], text].concat());
        End::Service
    }

    fn backlog(&self) -> usize {
        self.backlog
    }

    fn facts(&self) -> Facts<'_> {
        Facts { session_id: b"session", host_key: b"key", is_openssh: true }
    }

    fn prove(&self, keys: &[u8]) -> Option<Vec<u8>> {
        (keys == b"mine").then(|| b"proof".to_vec())
    }
}

/// A client of the connection protocol.
struct Client {
    to: mpsc::UnboundedSender<Vec<u8>>,
    from: mpsc::UnboundedReceiver<Vec<u8>>,
}

impl Client {
    fn say(&self, number: u8, fields: impl FnOnce(&mut Vec<u8>)) {
        let mut payload = begin(number);
        fields(&mut payload);
        let _ = self.to.send(payload);
    }

    fn open(&self, kind: &str) {
        self.say(message::CHANNEL_OPEN, |out| {
            out.put_string(kind.as_bytes());
            out.put_u32(7);
            out.put_u32(1 << 21);
            out.put_u32(1 << 15);
        });
    }

    fn request(&self, name: &str, fields: impl FnOnce(&mut Vec<u8>)) {
        self.say(message::CHANNEL_REQUEST, |out| {
            out.put_u32(0);
            out.put_string(name.as_bytes());
            out.put_boolean(true);
            fields(out);
        });
    }

    async fn hear(&mut self) -> Vec<u8> {
        self.from.recv().await.unwrap_or_default()
    }

    /// Hears until a message of this number.
    async fn hear_until(&mut self, number: u8) -> Vec<u8> {
        loop {
            let payload = self.hear().await;
            if payload.first().is_none_or(|first| *first == number) {
                return payload;
            }
        }
    }
}

fn converse<F: Future<Output = Client>>(with: impl FnOnce(Client) -> F) -> (Result<(), End>, Arc<Host>) {
    converse_behind(0, with)
}

fn converse_behind<F: Future<Output = Client>>(
    backlog: usize,
    with: impl FnOnce(Client) -> F,
) -> (Result<(), End>, Arc<Host>) {
    let host = testing::host(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let (conn, _peer) = testing::open(&host, ServiceId::Ftp);
        let machine = Arc::clone(host.machine());
        let account = machine.account("backup").unwrap();
        let policy = Policy::of(Build::find("debian").unwrap());
        let place = Place { machine, witness: conn.witness(), policy };
        let login = Login { account, command: None, terminal: true, notices: vec![b"notice".to_vec()] };
        let ((to, input), (output, from)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let mut link = Script { input, output, backlog };
        let talk = async {
            let mut client = Client { to, from };
            assert_eq!(client.hear().await, message::debug(b"notice"));
            drop(with(client).await);
        };
        let serving = serve(&mut link, &place, &login);
        tokio::join!(serving, talk).0
    });
    (ended, host)
}

#[test]
fn forwards_are_refused_and_told_of() {
    let (ended, host) = converse(|mut client| async move {
        client.say(message::CHANNEL_OPEN, |out| {
            out.put_string(b"direct-tcpip");
            for number in [7, 1 << 21, 1 << 15] {
                out.put_u32(number);
            }
            out.put_string(b"10.0.0.9");
            out.put_u32(445);
            out.put_string(b"127.0.0.1");
            out.put_u32(9);
        });
        assert_eq!(client.hear().await, message::refusal(7, message::Reason::Prohibited));
        client.say(message::GLOBAL_REQUEST, |out| {
            out.put_string(b"tcpip-forward");
            out.put_boolean(true);
            out.put_string(b"");
            out.put_u32(8_080);
        });
        assert_eq!(client.hear().await, message::debug(forward::NO_PORTS));
        assert_eq!(client.hear().await, [message::REQUEST_FAILURE]);
        client.open("x11");
        assert_eq!(client.hear().await, message::refusal(7, message::Reason::ConnectFailed));
        client
    });
    assert_eq!(ended, Err(End::Peer));
    let events = testing::events(&host);
    let forwards: Vec<_> = events.iter().filter(|event| event.kind == "forward_attempt").collect();
    assert_eq!((forwards[0].get("target"), forwards[0].get("port")), ("10.0.0.9", "445"));
    assert_eq!(forwards[0].get("originator"), "127.0.0.1:9");
    assert_eq!(forwards[1].get("forward"), "tcpip-forward");
}

#[test]
fn sessions_have_a_bound_and_their_numbers_are_used_again() {
    let (ended, _) = converse(|mut client| async move {
        for number in 0..SESSIONS {
            client.open("session");
            let number = u32::try_from(number).unwrap();
            assert_eq!(client.hear().await, message::confirmation(7, number, 0, channel::PACKET));
        }
        client.open("session");
        assert_eq!(client.hear().await, message::refusal(7, message::Reason::ConnectFailed));
        client.say(message::CLOSE, |out| out.put_u32(3));
        assert_eq!(client.hear().await, message::about(message::CLOSE, 7));
        client.open("session");
        assert_eq!(client.hear().await, message::confirmation(7, 3, 0, channel::PACKET));
        client
    });
    assert_eq!(ended, Err(End::Peer));
}

#[test]
fn what_has_no_channel_ends_the_connection() {
    let said = |number: u8, text: &'static str| {
        let (ended, _) = converse(|mut client| async move {
            client.say(number, |out| {
                out.put_u32(5);
                out.put_string(b"x");
                out.put_boolean(false);
            });
            assert_eq!(client.hear().await, [b"\x01", text.as_bytes()].concat());
            client
        });
        assert_eq!(ended, Err(End::Service));
    };
    said(message::DATA, "data packet referred to nonexistent channel 5");
    said(message::EOF, "ieof packet referred to nonexistent channel 5");
    said(message::CLOSE, "oclose packet referred to nonexistent channel 5");
    said(message::CHANNEL_REQUEST, "server_input_channel_req: unknown channel 5");
    said(message::OPEN_FAILURE, "open failure packet referred to nonexistent channel 5");
}

#[test]
fn a_transfer_runs_from_its_request_to_its_exit() {
    let (ended, _) = converse(|mut client| async move {
        client.open("session");
        client.hear().await;
        client.request("subsystem", |out| out.put_string(b"sftp"));
        assert_eq!(client.hear().await, message::adjustment(7, channel::WINDOW));
        assert_eq!(client.hear().await, message::answer(7, true));
        client.say(message::DATA, |out| {
            out.put_u32(0);
            out.put_string(b"\0\0\0\x05\x01\0\0\0\x03");
        });
        assert!(client.hear().await.starts_with(&message::about(message::DATA, 7)));
        client.say(message::EOF, |out| out.put_u32(0));
        assert_eq!(client.hear().await, message::about(message::EOF, 7));
        assert_eq!(client.hear().await, message::exit_status(7, 0));
        assert_eq!(client.hear().await, message::about(message::CLOSE, 7));
        client.say(message::CLOSE, |out| out.put_u32(0));
        client
    });
    assert_eq!(ended, Err(End::Peer));
}

#[test]
fn requests_are_granted_as_sshd_grants_them() {
    let (ended, _) = converse(|mut client| async move {
        client.open("session");
        client.hear().await;
        let pair = |name: &'static [u8]| {
            move |out: &mut Vec<u8>| {
                out.put_string(name);
                out.put_string(b"x");
            }
        };
        client.request("env", pair(b"LC_ALL"));
        assert_eq!(client.hear().await, message::answer(7, true));
        client.request("env", pair(b"LD_PRELOAD"));
        assert_eq!(client.hear().await, message::answer(7, false));
        client.request("auth-agent-req@openssh.com", |_| ());
        assert_eq!(client.hear().await, message::answer(7, false));
        client.request("signal", |out| out.put_string(b"TERM"));
        assert_eq!(client.hear().await, message::answer(7, false));
        client.request("subsystem", |out| out.put_string(b"nothing"));
        assert_eq!(client.hear().await, message::answer(7, false));
        let terminal = |out: &mut Vec<u8>| {
            out.put_string(b"xterm");
            for number in [80, 24, 0, 0] {
                out.put_u32(number);
            }
            out.put_string(b"");
        };
        client.request("pty-req", terminal);
        assert_eq!(client.hear().await, message::answer(7, true));
        client.request("pty-req", terminal);
        assert_eq!(client.hear().await, b"\x01Protocol error: you already have a pty.");
        client
    });
    assert_eq!(ended, Err(End::Service));
}

#[test]
fn variables_have_a_bound() {
    let (ended, _) = converse(|mut client| async move {
        client.open("session");
        client.hear().await;
        let long = vec![b'x'; 17_000];
        client.request("env", |out| {
            out.put_string(b"LC_ALL");
            out.put_string(&long);
        });
        assert_eq!(client.hear().await, message::answer(7, false));
        client
    });
    assert_eq!(ended, Err(End::Peer));
}

#[test]
fn host_keys_are_proven_to_who_asks() {
    let (ended, _) = converse(|mut client| async move {
        for (key, answer) in [(&b"mine"[..], &b"\x51proof"[..]), (b"other", b"\x52")] {
            client.say(message::GLOBAL_REQUEST, |out| {
                out.put_string(b"hostkeys-prove-00@openssh.com");
                out.put_boolean(true);
                out.extend_from_slice(key);
            });
            assert_eq!(client.hear().await, answer);
        }
        client.say(message::GLOBAL_REQUEST, |out| {
            out.put_string(b"no-more-sessions@openssh.com");
            out.put_boolean(false);
        });
        client.open("session");
        let text = b"\x01Possible attack: attempt to open a session after additional sessions disabled";
        assert_eq!(client.hear().await, text);
        client
    });
    assert_eq!(ended, Err(End::Service));
}

/// Messages beyond what nobody reads wait: the first that is not data is answered only when the
/// program has read.
#[test]
fn who_sends_more_than_is_read_waits() {
    let mut mux = Mux::new(Grants { policy: Policy::of(Build::find("debian").unwrap()), terminal: true });
    let mut open = begin(message::CHANNEL_OPEN);
    open.put_string(b"session");
    for number in [7, 1 << 21, 1 << 15] {
        open.put_u32(number);
    }
    mux.handle(&open).unwrap();
    let mut start = begin(message::CHANNEL_REQUEST);
    start.put_u32(0);
    start.put_string(b"exec");
    start.put_boolean(false);
    start.put_string(b"sleep 1000");
    mux.handle(&start).unwrap();
    for _ in 0..64 {
        let mut data = begin(message::DATA);
        data.put_u32(0);
        data.put_string(&[0; 32 * 1024]);
        mux.handle(&data).unwrap();
        if mux.unread() >= caps::SSH_UNREAD {
            return;
        }
    }
    panic!("never too much");
}

#[test]
fn programs_wait_for_who_reads_too_little() {
    let (ended, _) = converse_behind(caps::SSH_BACKLOG, |mut client| async move {
        client.open("session");
        client.hear().await;
        client.request("subsystem", |out| out.put_string(b"sftp"));
        client.hear_until(message::CHANNEL_SUCCESS).await;
        client.say(message::DATA, |out| {
            out.put_u32(0);
            out.put_string(b"\0\0\0\x05\x01\0\0\0\x03");
        });
        client.open("none");
        // The answer to what came last is the next, as the program was not asked for its own.
        assert_eq!(client.hear().await, message::refusal(7, message::Reason::ConnectFailed));
        client
    });
    assert_eq!(ended, Err(End::Peer));
}

#[test]
fn programs_claim_memory() {
    let (ended, _) = converse(|mut client| async move {
        for _ in 0..SESSIONS {
            client.open("session");
            client.hear().await;
        }
        client
    });
    assert_eq!(ended, Err(End::Peer));
    let host = testing::host(1);
    let (conn, _peer) = testing::open(&host, ServiceId::Ftp);
    let witness = conn.witness();
    let most = caps::DECOY_MEMORY / caps::SSH_PROGRAM;
    let claims: Vec<_> = (0..most).map(|_| witness.claim(caps::SSH_PROGRAM).unwrap()).collect();
    assert!(witness.claim(caps::SSH_PROGRAM).is_none());
    drop(claims);
}

mod random {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_messages_are_taken_or_end_it(
            messages in proptest::collection::vec((80_u8..101, any::<Vec<u8>>()), 0..40)
        ) {
            let policy = Policy::of(Build::find("debian").unwrap());
            let mut mux = Mux::new(Grants { policy, terminal: true });
            for (number, body) in messages {
                let payload = [vec![number], body].concat();
                if mux.handle(&payload).is_err() {
                    break;
                }
                mux.flush_data();
                mux.flush_ends();
                mux.out.clear();
                mux.tasks.clear();
            }
        }
    }
}
