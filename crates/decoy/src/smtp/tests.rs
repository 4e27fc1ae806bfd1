//! The transcripts of the real server, held with ours.

use std::sync::{Arc, OnceLock};

use decnet_event::Boot;
use decnet_proto::{
    persona::{BaitCredential, ProductName},
    service::ServiceId,
};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{SEEDS, Smtp, session::Session};
use crate::{
    Conn, ConnectionService as _, Emitter, End, Host,
    testing::{self, Pace, Seen, transcript::Transcript},
};

/// The machine that the transcripts were taken from; made once, as its key takes a while.
fn machine() -> (Arc<Host>, &'static Smtp) {
    static MACHINE: OnceLock<(Arc<Host>, Smtp)> = OnceLock::new();
    let (host, smtp) = MACHINE.get_or_init(|| {
        let host = host();
        let smtp = server(&host, "3.7.11", &[]);
        (host, smtp)
    });
    (Arc::clone(host), smtp)
}

fn host() -> Arc<Host> {
    let mut persona = testing::persona(1);
    persona.hostname = "mail".into();
    persona.ip = [10, 99, 0, 1].into();
    persona.users = vec!["mhansen".into()];
    persona.bait = vec![BaitCredential {
        purpose: "mail".into(),
        username: "mhansen".into(),
        password: "secret1".into(),
    }];
    Arc::new(Host::new(persona, Arc::new(Emitter::new("decky-01", Boot(7)))))
}

fn server(host: &Host, version: &str, config: &[(&str, &str)]) -> Smtp {
    let spec = testing::spec(ServiceId::Smtp, ProductName::Postfix, version, config);
    Smtp::build(&spec, host).unwrap()
}

/// The server on its submission port.
struct Submission<'a>(&'a Smtp);

impl crate::ConnectionService for Submission<'static> {
    fn build(_: &decnet_proto::persona::ServiceSpec, _: &Host) -> Result<Self, crate::ServiceError> {
        Ok(Self(machine().1))
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        let mut session = Session::new(self.0, conn);
        session.submission = true;
        session.run().await
    }
}

#[track_caller]
fn hold_with<S: crate::ConnectionService>(server: &S, host: &Arc<Host>, text: &str) -> Vec<Seen> {
    let transcript = Transcript::parse(text);
    let mut seen = Vec::new();
    for pace in [Pace::Whole, Pace::OneByte] {
        let (output, _, events) = testing::dialogue(server, ServiceId::Smtp, host, &transcript.input(), pace);
        if let Err(difference) = transcript.compare(&output) {
            panic!("{pace:?}: {difference}");
        }
        seen = events;
    }
    seen
}

#[track_caller]
fn hold(text: &str) -> Vec<Seen> {
    let host = host();
    // Events of this conversation only: the shared machine serves, a host of its own listens.
    hold_with(machine().1, &host, text)
}

macro_rules! transcripts {
    ($( $name:ident $file:literal; )*) => {$(
        #[test]
        fn $name() {
            hold(include_str!(concat!("transcripts/", $file)));
        }
    )*};
}

transcripts! {
    greet "greet.txt";
    errors "errors.txt";
    browser "browser.txt";
    header "header.txt";
    noletter "noletter.txt";
    auth "auth.txt";
    auth_syntax "auth-syntax.txt";
    auth_accepted "auth-accepted.txt";
    auth_empty "auth-empty.txt";
    sender "sender.txt";
    sender_lenient "sender-lenient.txt";
    parameters "parameters.txt";
    recipient "recipient.txt";
    relay "relay.txt";
    notices "notices.txt";
    verify "verify.txt";
    order "order.txt";
    data "data.txt";
    chunks "chunks.txt";
}

#[test]
fn submission() {
    hold_with(&Submission(machine().1), &host(), include_str!("transcripts/submission.txt"));
}

#[test]
fn older_and_newer_versions_differ_where_they_should() {
    let host = host();
    let old = server(&host, "2.10.1", &[]);
    let talk = "<~ 220*\n> EHLO x\n<~ *\n<~ *\n<~ *\n<~ *\n<~ *\n<~ *\n<~ *\n<~ *\n<~ *\n< 250 DSN\n> FOO\n\
                < 502 5.5.2 Error: command not recognized\n> 123\n< 502 5.5.2 Error: command not recognized\n\
                > BDAT 1\n< 502 5.5.2 Error: command not recognized\n> VRFY\n< 501 5.5.4 Syntax: VRFY address\n";
    hold_with(&old, &host, talk);
    let new = server(&host, "3.9.0", &[]);
    let talk = "<~ 220*\n> MAIL FROM:<a@b>\n<~ 250*\n> RCPT TO:<root>\n<~ 250*\n> DATA\n<~ 354*\n\
                >~ a\\n.\\nNOOP\\r\\n.\\r\\n\n<~ 250 2.0.0 Ok: queued as *\n> QUIT\n< 221 2.0.0 Bye\n! closed\n";
    hold_with(&new, &host, talk);
}

#[test]
fn the_operator_chooses_greeting_and_name() {
    let host = host();
    for banner in ["220 mx.example.lan ESMTP ready", "mx.example.lan ESMTP ready"] {
        let smtp = server(&host, "3.7.11", &[("banner", banner), ("mta", "mx.example.lan")]);
        let talk = "< 220 mx.example.lan ESMTP ready\n> HELO x\n< 250 mx.example.lan\n";
        hold_with(&smtp, &host, talk);
    }
}

#[test]
fn a_message_is_kept_and_said() {
    let talk = "<~ 220*\n> HELO x\n<~ 250*\n> MAIL FROM:<a@b>\n<~ 250*\n> RCPT TO:<root>\n<~ 250*\n\
                > RCPT TO:<x@gmail.com>\n<~ 454*\n> RCPT TO:<mhansen@northgate.lan>\n<~ 250*\n> DATA\n<~ 354*\n\
                >~ Subject: pay\\r\\n this\\r\\n\\r\\n..\\r\\n.\\r\\n\n<~ 250*\n";
    let seen = hold(talk);
    let kinds: Vec<_> = seen.iter().map(|s| s.kind.as_str()).collect();
    let expect = [
        "ehlo",
        "mail_from",
        "rcpt_to",
        "rcpt_denied",
        "rcpt_to",
        "command",
        "file_captured",
        "message_accepted",
    ];
    assert_eq!(kinds, expect);
    let (file, message) = (&seen[6], &seen[7]);
    assert_eq!([file.get("size"), file.get("source"), file.get("orig_path")], ["26", "mail", "a@b"]);
    assert_eq!(message.get("sha256"), file.get("sha256"));
    let fields = ["mail_from", "rcpt_to", "body_bytes", "subject"].map(|name| message.get(name));
    assert_eq!(fields, ["a@b", "root,mhansen@northgate.lan", "26", "pay this"]);
    assert!((10..=11).contains(&message.get("msg_id").len()));
}

#[test]
fn log_ins_are_said() {
    let talk = "<~ 220*\n> AUTH LOGIN YQ==\n<~ 334*\n> Yg==\n<~ 535*\n> AUTH PLAIN AG1oYW5zZW4Ac2VjcmV0MQ==\n<~ 235*\n";
    let seen = hold(talk);
    let attempt =
        |at: usize| ["mechanism", "username", "password", "status"].map(|name| seen[at].get(name).to_owned());
    assert_eq!(attempt(0), ["login", "a", "b", "rejected"]);
    assert_eq!(attempt(1), ["plain", "mhansen", "secret1", "accepted"]);
}

#[test]
fn who_is_silent_is_told_so() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let host = host();
        let (mut conn, mut peer) = testing::open(&host, ServiceId::Smtp);
        let ended = machine().1.serve(&mut conn).await;
        assert_eq!(ended, Err(End::Idle));
        drop(conn);
        let mut output = String::new();
        peer.read_to_string(&mut output).await.unwrap();
        assert!(output.ends_with("\r\n421 4.4.2 mail.northgate.lan Error: timeout exceeded\r\n"), "{output}");
    });
}

#[test]
fn one_source_gets_fifty_conversations() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (host, source) = (host(), [10, 0, 0, 9].into());
    let smtp = server(&host, "3.7.11", &[]);
    let _others: Vec<_> = (0..50).map(|_| smtp.clients.enter(source)).collect();
    let mut output = String::new();
    runtime.block_on(async {
        let (ours, mut peer) = tokio::io::duplex(1 << 16);
        let session = decnet_event::Session { src: (source, 4_000).into(), ..testing::session() };
        let mut conn = Conn::new(Box::new(ours), Arc::clone(&host), host.emitter.origin("smtp"), session);
        assert_eq!(smtp.serve(&mut conn).await, Ok(()));
        drop(conn);
        peer.read_to_string(&mut output).await.unwrap();
    });
    assert_eq!(output, "421 4.7.0 mail.northgate.lan Error: too many connections from 10.0.0.9\r\n");
}

/// What is sent in the clear after STARTTLS never counts.
#[test]
fn injected_commands_are_dropped_and_said() {
    let host = host();
    let input = b"EHLO x\r\nSTARTTLS\r\nMAIL FROM:<a@b>\r\n";
    let (output, ended, seen) = testing::dialogue(machine().1, ServiceId::Smtp, &host, input, Pace::Whole);
    assert!(output.ends_with(b"\r\n220 2.0.0 Ready to start TLS\r\n") || ended.is_err());
    let exploit = seen.iter().find(|s| s.kind == "exploit_attempt").unwrap();
    assert_eq!(exploit.get("detail"), "MAIL FROM:<a@b>\r\n");
    assert!(!seen.iter().any(|s| s.kind == "mail_from"));
}

#[test]
fn too_large_a_message_is_refused_when_it_ends() {
    let host = host();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let output = runtime.block_on(async {
        let (mut conn, peer) = testing::open(&host, ServiceId::Smtp);
        let (mut answers, mut commands) = tokio::io::split(peer);
        let client = async {
            let head = b"MAIL FROM:<a@b>\r\nRCPT TO:<root>\r\nDATA\r\n";
            commands.write_all(head).await.unwrap();
            let piece = [b'x'; 9_998].into_iter().chain(*b"\r\n").collect::<Vec<_>>();
            for _ in 0..1_100 {
                commands.write_all(&piece).await.unwrap();
            }
            commands.write_all(b".\r\nQUIT\r\n").await.unwrap();
        };
        let mut output = String::new();
        let serve = async {
            let ended = machine().1.serve(&mut conn).await;
            drop(conn);
            ended
        };
        let conversation = async { tokio::join!(client, serve, answers.read_to_string(&mut output)) };
        tokio::select! {
            _ = conversation => {}
            // Captured bytes must leave, or the conversation is held back.
            _ = host.emitter.run(tokio::io::sink()) => panic!("the writer ended"),
        }
        output
    });
    assert!(output.ends_with("552 5.3.4 Error: message file too big\r\n221 2.0.0 Bye\r\n"), "{output}");
    assert!(host.claim(crate::caps::DECOY_MEMORY));
}

#[test]
fn endless_lines_leave_no_trace() {
    let host = host();
    let input = [vec![b'A'; 8 << 20], b"\r\nQUIT\r\n".to_vec()].concat();
    let (output, ..) = testing::dialogue(machine().1, ServiceId::Smtp, &host, &input, Pace::Whole);
    let output = String::from_utf8(output).unwrap();
    let expect = "500 5.5.2 Error: command not recognized\r\n221 2.0.0 Bye\r\n";
    assert_eq!(output.split_once("\r\n").unwrap().1, expect);
}

#[test]
fn recipients_are_bounded() {
    let host = host();
    let input =
        [b"MAIL FROM:<a@b>\r\n".to_vec(), b"RCPT TO:<root>\r\n".repeat(1_001), b"DATA\r\n".to_vec()].concat();
    let (output, ..) = testing::dialogue(machine().1, ServiceId::Smtp, &host, &input, Pace::Whole);
    let output = String::from_utf8(output).unwrap();
    assert_eq!(output.matches("250 2.1.5 Ok\r\n").count(), 1_000);
    assert!(output.contains("452 4.5.3 Error: too many recipients\r\n354 "));
    assert!(host.claim(crate::caps::DECOY_MEMORY), "memory is still claimed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn survives_mutations(
        seed in 0..SEEDS.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in proptest::collection::vec(any::<u8>(), 0..60),
        pace in prop_oneof![Just(Pace::Whole), Just(Pace::OneByte)],
    ) {
        let mut input = SEEDS[seed].to_vec();
        for (at, byte) in flips {
            let at = at.index(input.len());
            input[at] = byte;
        }
        input.extend_from_slice(&tail);
        let host = host();
        let (output, ..) = testing::dialogue(machine().1, ServiceId::Smtp, &host, &input, pace);
        prop_assert!(output.starts_with(b"220 "));
        prop_assert!(output.len() < 1 << 20);
        prop_assert!(host.claim(crate::caps::DECOY_MEMORY), "memory is still claimed");
    }
}

/// What an idle conversation holds: its future, which the driver keeps, and the session.
#[test]
fn an_idle_conversation_is_small() {
    let (host, smtp) = machine();
    let (mut conn, _peer) = testing::open(&host, ServiceId::Smtp);
    let (mut other, _peer) = testing::open(&host, ServiceId::Smtp);
    let size = size_of_val(&smtp.serve(&mut conn)) + size_of_val(&Session::new(smtp, &mut other).run());
    assert!(size <= 3 * 1_024, "{size} bytes");
}
