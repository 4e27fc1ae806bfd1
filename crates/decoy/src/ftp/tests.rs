//! The transcripts of the real servers, held with ours.

use std::{sync::Arc, time::Duration};

use decnet_event::Boot;
use decnet_proto::{
    persona::{BaitCredential, ProductName},
    service::ServiceId,
};
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    net::TcpStream,
    time::timeout,
};

use super::{
    Ftp, SEEDS,
    settings::{Flavour, Settings},
    tree::Tree,
};
use crate::{
    ConnectionService as _, Emitter, Host,
    census::Census,
    testing::{
        self, Pace, Seen,
        transcript::{Action, Step, Transcript, check, lines},
    },
};

fn host() -> Arc<Host> {
    let mut persona = testing::persona(1);
    persona.users = vec!["mhansen".into()];
    persona.bait = vec![BaitCredential {
        purpose: "files".into(),
        username: "mhansen".into(),
        password: "secret1".into(),
    }];
    Arc::new(Host::new(persona, Arc::new(Emitter::new("decky-01", Boot(7)))))
}

fn server(host: &Host, flavour: Flavour, config: &[(&str, &str)]) -> Ftp {
    let (name, version) = match flavour {
        Flavour::Vsftpd => (ProductName::Vsftpd, "3.0.3"),
        Flavour::Proftpd => (ProductName::Proftpd, "1.3.8"),
    };
    let spec = testing::spec(ServiceId::Ftp, name, version, config);
    Ftp {
        settings: Settings::new(&spec, host).unwrap(),
        tree: Tree::fixture(&host.persona, flavour),
        clients: Census::default(),
    }
}

fn built(host: &Host, flavour: Flavour) -> Ftp {
    let name = if flavour == Flavour::Vsftpd { ProductName::Vsftpd } else { ProductName::Proftpd };
    Ftp::build(&testing::spec(ServiceId::Ftp, name, "3.0.3", &[("tls", "no")]), host).unwrap()
}

const OPEN: &[(&str, &str)] = &[("anonymous", "yes"), ("tls", "no")];
const SHUT: &[(&str, &str)] = &[("anonymous", "no"), ("tls", "no")];

/// Holds a transcript and returns what was said about it.
#[track_caller]
fn hold(flavour: Flavour, config: &[(&str, &str)], text: &str) -> Vec<Seen> {
    let transcript = Transcript::parse(text);
    let host = host();
    if transcript.has_transfers() {
        with_transfers(&server(&host, flavour, config), &host, &transcript);
        return testing::events(&host);
    }
    let mut seen = Vec::new();
    for pace in [Pace::Whole, Pace::OneByte] {
        let server = server(&host, flavour, config);
        let (output, _, events) =
            testing::dialogue(&server, ServiceId::Ftp, &host, &transcript.input(), pace);
        if let Err(difference) = transcript.compare(&output) {
            panic!("{pace:?}: {difference}");
        }
        seen = events;
    }
    seen
}

/// Step by step, over real data connections.
#[track_caller]
fn with_transfers(server: &Ftp, host: &Arc<Host>, transcript: &Transcript) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let difference = runtime.block_on(async {
        let (mut conn, mut peer) = testing::open(host, ServiceId::Ftp);
        let client = async move {
            for step in &transcript.steps {
                act(&mut peer, step).await?;
            }
            // The server sees the end of the stream, if it has not closed.
            drop(peer);
            Ok::<(), String>(())
        };
        let (done, _) = tokio::join!(client, server.serve(&mut conn));
        done.err()
    });
    if let Some(difference) = difference {
        panic!("{difference}");
    }
}

async fn act(peer: &mut DuplexStream, step: &Step) -> Result<(), String> {
    let mut data = Vec::new();
    match &step.action {
        Action::Connect => {}
        Action::Send(bytes) => peer.write_all(bytes).await.unwrap(),
        Action::Transfer(command, payload) => {
            peer.write_all(b"PASV\r\n").await.unwrap();
            let mut stream =
                TcpStream::connect(("127.0.0.1", passive_port(&answer_line(peer).await))).await.unwrap();
            peer.write_all(&[command.as_slice(), b"\r\n"].concat()).await.unwrap();
            if let Some(payload) = payload {
                // A server that refuses has closed already.
                let _ = stream.write_all(payload).await;
                let _ = stream.shutdown().await;
            }
            let _ = timeout(Duration::from_millis(300), stream.read_to_end(&mut data)).await;
        }
    }
    for expect in &step.answer {
        check(step, expect, &answer_line(peer).await)?;
    }
    let got = lines(&data);
    if got.len() != step.data.len() {
        return Err(format!("{:?}: data is {:?}", step.action, String::from_utf8_lossy(&data)));
    }
    let unordered =
        matches!(&step.action, Action::Transfer(c, _) if c.starts_with(b"NLST") || c.starts_with(b"MLSD"));
    if unordered {
        return step.data.iter().try_for_each(|expect| match got.iter().any(|line| expect.matches(line)) {
            true => Ok(()),
            false => check(step, expect, &data),
        });
    }
    step.data.iter().zip(&got).try_for_each(|(expect, line)| check(step, expect, line))
}

async fn answer_line(peer: &mut DuplexStream) -> Vec<u8> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        match timeout(Duration::from_secs(10), peer.read_u8()).await {
            Ok(Ok(byte)) => line.push(byte),
            _ => break,
        }
    }
    line.truncate(line.len().saturating_sub(2));
    line
}

fn passive_port(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(answer);
    let numbers: Vec<u16> =
        text.trim_end_matches(").").rsplit(',').take(2).map(|n| n.parse().unwrap()).collect();
    numbers[1] * 256 + numbers[0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn survives_mutations(
        seed in 0..SEEDS.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in proptest::collection::vec(any::<u8>(), 0..60),
        vsftpd in any::<bool>(),
        pace in prop_oneof![Just(Pace::Whole), Just(Pace::OneByte)],
    ) {
        let mut input = SEEDS[seed].to_vec();
        for (at, byte) in flips {
            let at = at.index(input.len());
            input[at] = byte;
        }
        input.extend_from_slice(&tail);
        let host = testing::host(1);
        let flavour = if vsftpd { Flavour::Vsftpd } else { Flavour::Proftpd };
        let server = built(&host, flavour);
        let (output, ..) = testing::dialogue(&server, ServiceId::Ftp, &host, &input, pace);
        prop_assert!(output.starts_with(b"220 "));
        prop_assert!(output.len() < 1 << 20);
        prop_assert!(host.claim(crate::caps::DECOY_MEMORY), "memory is still claimed");
    }
}

/// What never ends a line leaves no trace in memory: vsftpd closes, ProFTPD takes no notice.
#[test]
fn endless_lines_are_cut_off() {
    let host = testing::host(1);
    let much = vec![b'A'; 8 << 20];
    for (flavour, answer) in [(Flavour::Vsftpd, "500 Input line too long.\r\n"), (Flavour::Proftpd, "")] {
        let server = built(&host, flavour);
        let (output, ..) = testing::dialogue(&server, ServiceId::Ftp, &host, &much, Pace::Whole);
        let output = String::from_utf8(output).unwrap();
        assert_eq!(output.split_once("\r\n").unwrap().1, answer);
    }
}

fn with_account(commands: &str) -> String {
    format!("< 220*\n> USER mhansen\n<~ *\n> PASS secret1\n<~ 230*\n{commands}").replace("< 220*", "<~ 220*")
}

#[test]
fn what_happens_is_said() {
    let seen = hold(
        Flavour::Vsftpd,
        OPEN,
        &with_account(
            "> SITE CPFR /etc/passwd\n<~ 500*\n> PORT 8,8,8,8,9,9\n<~ 500*\n> QUIT\n<~ 221*\n! closed\n",
        ),
    );
    let kinds: Vec<_> = seen.iter().map(|s| (s.kind.as_str(), s.get("command"))).collect();
    assert_eq!(
        kinds,
        [
            ("command", "USER"),
            ("auth_attempt", ""),
            ("command", "SITE"),
            ("exploit_attempt", ""),
            ("command", "PORT"),
            ("exploit_attempt", ""),
            ("command", "QUIT"),
        ]
    );
    let attempt = &seen[1];
    let fields = ["mechanism", "username", "password", "status"].map(|name| attempt.get(name));
    assert_eq!(fields, ["user_pass", "mhansen", "secret1", "accepted"]);
    assert_eq!(seen[3].get("technique"), "proftpd_mod_copy");
    assert_eq!(seen[5].get("technique"), "ftp_bounce");
}

#[test]
fn more_than_the_product_takes_are_refused() {
    let host = host();
    let vsftpd = "421 There are too many connections from your internet address.\r\n";
    for (flavour, most, refusal) in [(Flavour::Vsftpd, 50, vsftpd), (Flavour::Proftpd, 30, "")] {
        let server = server(&host, flavour, OPEN);
        let others: Vec<_> = (0..most).map(|_| server.clients.enter([127, 0, 0, 1].into())).collect();
        let (output, ..) = testing::dialogue(&server, ServiceId::Ftp, &host, b"QUIT\r\n", Pace::Whole);
        assert_eq!(String::from_utf8(output).unwrap(), refusal);
        drop(others);
        let (output, ..) = testing::dialogue(&server, ServiceId::Ftp, &host, b"QUIT\r\n", Pace::Whole);
        assert!(output.starts_with(b"220 "));
    }
}

#[test]
fn a_smile_is_an_attack() {
    let seen = hold(Flavour::Vsftpd, OPEN, "<~ 220*\n> USER a:)\n<~ 331*\n");
    assert_eq!(seen[1].get("technique"), "vsftpd_234_backdoor");
}

#[test]
fn uploads_and_downloads_are_said() {
    let talk =
        with_account("@+ STOR a.sh|echo\\r\\n\n<~ 150*\n<~ 226*\n@ RETR a.sh\n<~ 150*\n<~ 226*\n= echo\n");
    let seen = hold(Flavour::Proftpd, OPEN, &talk);
    let file = seen.iter().find(|s| s.kind == "file_captured").unwrap();
    assert_eq!(
        [file.get("orig_path"), file.get("size"), file.get("source")],
        ["/home/mhansen/a.sh", "6", "upload"]
    );
    let fetched = seen.iter().find(|s| s.kind == "download_attempt").unwrap();
    assert_eq!([fetched.get("path"), fetched.get("status")], ["a.sh", "sent"]);
}

#[test]
fn uploads_are_there_for_later_sessions() {
    let host = host();
    let server = server(&host, Flavour::Vsftpd, OPEN);
    let store = with_account("@+ STOR docs/new.txt|abc\n<~ 150*\n<~ 226*\n> DELE notes.txt\n<~ 250*\n");
    with_transfers(&server, &host, &Transcript::parse(&store));
    let fetch =
        with_account("@ RETR docs/new.txt\n<~ 150*(3 bytes)*\n<~ 226*\n= abc\n> SIZE notes.txt\n<~ 550*\n");
    with_transfers(&server, &host, &Transcript::parse(&fetch));
}

macro_rules! transcripts {
    ($( $name:ident $flavour:ident $config:ident $file:literal; )*) => {$(
        #[test]
        fn $name() {
            hold(Flavour::$flavour, $config, include_str!(concat!("transcripts/", $file)));
        }
    )*};
}

transcripts! {
    vsftpd_strangers Vsftpd OPEN "vsftpd/strangers.txt";
    vsftpd_tries Vsftpd SHUT "vsftpd/tries.txt";
    vsftpd_anonymous Vsftpd OPEN "vsftpd/anonymous.txt";
    vsftpd_ports Vsftpd OPEN "vsftpd/ports.txt";
    vsftpd_account Vsftpd OPEN "vsftpd/account.txt";
    vsftpd_transfers Vsftpd OPEN "vsftpd/transfers.txt";
    vsftpd_uploads Vsftpd OPEN "vsftpd/uploads.txt";
    proftpd_strangers Proftpd OPEN "proftpd/strangers.txt";
    proftpd_foreign Proftpd OPEN "proftpd/foreign.txt";
    proftpd_tries Proftpd SHUT "proftpd/tries.txt";
    proftpd_anonymous Proftpd OPEN "proftpd/anonymous.txt";
    proftpd_ports Proftpd OPEN "proftpd/ports.txt";
    proftpd_account Proftpd OPEN "proftpd/account.txt";
    proftpd_transfers Proftpd OPEN "proftpd/transfers.txt";
    proftpd_uploads Proftpd OPEN "proftpd/uploads.txt";
}

/// What an idle conversation holds: its future, which the driver keeps, and the session.
#[test]
fn an_idle_conversation_is_small() {
    let host = host();
    for flavour in [Flavour::Vsftpd, Flavour::Proftpd] {
        let server = server(&host, flavour, OPEN);
        let (mut conn, _peer) = testing::open(&host, ServiceId::Ftp);
        let size = size_of_val(&server.serve(&mut conn)) + size_of::<super::session::Session<'_>>();
        assert!(size <= 3 * 1_024, "{flavour:?}: {size} bytes");
    }
}
