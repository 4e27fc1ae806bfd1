//! Conversations as they were held with the real daemons.

use std::sync::Arc;

use decnet_proto::{
    persona::{OsFamily, ProductName},
    service::ServiceId,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Product, SEEDS, Telnet, negotiation::Negotiation, stream::Decoder, stream::Token};
use crate::{
    ConnectionService as _, Host,
    testing::{self, Pace, Seen},
};

const SERVICE: ServiceId = ServiceId::Telnet;

fn host(os: OsFamily, name: &str) -> Arc<Host> {
    let plain = testing::host(1);
    let mut persona = plain.persona.clone();
    persona.os = os;
    persona.system.pretty_name = name.into();
    Arc::new(Host::new(persona, Arc::clone(&plain.emitter)))
}

fn debian() -> Arc<Host> {
    host(OsFamily::Linux, "Debian GNU/Linux 12 (bookworm)")
}

fn telnet(host: &Host, config: &[(&str, &str)]) -> Telnet {
    let spec = testing::spec(SERVICE, ProductName::Telnetd, "2.4", config);
    Telnet::build(&spec, host).unwrap()
}

/// Answers of a client that wants no options: to the first burst of inetutils, and to the second.
const REFUSES: &[u8] =
    b"\xff\xfe\x25\xff\xfe\x26\xff\xfc\x18\xff\xfc\x20\xff\xfc\x23\xff\xfc\x27\xff\xfc\x24";
const REFUSES_MORE: &[u8] = b"\xff\xfd\x03\xff\xfc\x01\xff\xfc\x22\xff\xfc\x1f\xff\xfe\x05\xff\xfc\x21";

fn talk(host: &Arc<Host>, input: &[u8], pace: Pace) -> (Vec<u8>, Vec<Seen>) {
    let (output, _, events) = testing::dialogue(&telnet(host, &[]), SERVICE, host, input, pace);
    (output, events)
}

fn contains(output: &[u8], part: &[u8]) -> bool {
    output.windows(part.len()).any(|window| window == part)
}

/// What a daemon says to options alone.
fn negotiate(product: Product, input: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut negotiation = Negotiation::new(product.plan(), &mut out);
    let mut decoder = Decoder::default();
    let mut said = vec![out];
    for bytes in input {
        let mut out = Vec::new();
        for byte in *bytes {
            match decoder.push(*byte) {
                None | Some(Token::Data(_) | Token::Command(_)) => {}
                Some(token) => {
                    negotiation.take(&token, &mut out);
                    negotiation.advance(&mut out);
                }
            }
        }
        said.push(out);
    }
    said
}

#[test]
fn inetutils_opens_in_three_bursts() {
    let said = negotiate(Product::Inetutils, &[REFUSES, REFUSES_MORE]);
    assert_eq!(said[0], b"\xff\xfb%\xff\xfb&\xff\xfd\x18\xff\xfd \xff\xfd#\xff\xfd'\xff\xfd$");
    assert_eq!(said[1], b"\xff\xfb\x03\xff\xfd\x01\xff\xfd\"\xff\xfd\x1f\xff\xfb\x05\xff\xfd!");
    assert_eq!(said[2], b"\xff\xfb\x01\xff\xfd\x06\xff\xfd\x00");
}

/// The telnet client of Debian with inetutils' daemon.
#[test]
fn inetutils_asks_for_values_and_turns_line_mode_off() {
    let said = negotiate(Product::Inetutils, &[
        b"\xff\xfd%\xff\xfd&\xff\xfa&\x01\xff\xf0\xff\xfb\x18\xff\xfb \xff\xfc#\xff\xfb'\xff\xfc$",
        b"\xff\xfa \x0038400,38400\xff\xf0\xff\xfa'\x00\xff\xf0\xff\xfa\x18\x00XTERM\xff\xf0",
        b"\xff\xfd\x03\xff\xfc\x01\xff\xfb\"",
        b"\xff\xfa\"\x03\x01\0\0\x03b\x03\x04\x02\x0f\x05\0\0\x07b\x1c\xff\xf0\xff\xfb\x1f\xff\xfa\x1f\0P\0\x18\xff\xf0",
    ]);
    assert_eq!(said[1], b"\xff\xfa \x01\xff\xf0\xff\xfa'\x01\xff\xf0\xff\xfa\x18\x01\xff\xf0");
    assert_eq!(said[2], b"\xff\xfb\x03\xff\xfd\x01\xff\xfd\"\xff\xfd\x1f\xff\xfb\x05\xff\xfd!");
    assert_eq!(said[3], b"\xff\xfa\"\x01\x03\xff\xf0\0");
    let off = b"\xff\xfb\x01\xff\xfd\x00\xff\xfe\"\xff\xfa\"\x03\x03\xe2\x03\x04\x82\x0f\x07\xe2\x1c\xff\xf0";
    assert_eq!(said[4], off);
}

/// Each option asked for at the beginning, as inetutils answered.
#[test]
fn options_are_answered_as_inetutils_does() {
    let check = |sent: &[u8], expect: &[u8]| {
        assert_eq!(negotiate(Product::Inetutils, &[sent])[1], expect, "{sent:?}");
    };
    for option in [0, 1, 3, 5, 6, 18] {
        check(&[255, 253, option], &[255, 251, option]);
    }
    for option in [2, 4, 7, 23, 24, 31, 32, 34, 36, 44, 99, 254] {
        check(&[255, 253, option], &[255, 252, option]);
    }
    for option in [0, 3, 31, 33] {
        check(&[255, 251, option], &[255, 253, option]);
    }
    check(&[255, 251, 6], b"");
    for option in [1, 2, 5, 18, 44, 99] {
        check(&[255, 251, option], &[255, 254, option]);
    }
    check(&[255, 252, 6], b"\xff\xfb\x03\xff\xfb\x01");
    for option in [1, 3, 24, 37, 99] {
        check(&[255, 254, option], b"");
    }
    check(b"\xff\xfb\"", b"\xff\xfd\"\xff\xfa\"\x01\x10\xff\xf0\0");
    check(b"\xff\xfb%", b"\xff\xfd%\xff\xfa%\x01\x02\x02\x02\0\xff\xf0");
    check(b"\xff\xfb&", b"\xff\xfd&\xff\xfa&\x01\xff\xf0");
    let said =
        negotiate(Product::Inetutils, &[REFUSES, REFUSES_MORE, b"\xff\xfd\x05\xff\xfa\x05\x01\xff\xf0"]);
    assert_eq!(said[3], b"\xff\xfb\x05\xff\xfa\x05\x00\xfd\x00\xfb\x01\xfb\x03\xfb\x05\xff\xf0");
}

#[test]
fn busybox_says_all_at_once_and_answers_nothing() {
    let said = negotiate(Product::Busybox, &[b"\xff\xfd\x63\xff\xfb\x18\xff\xfd\x01\xff\xfe\x03"]);
    assert_eq!(said[0], b"\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03");
    assert_eq!(said[1], b"");
}

#[test]
fn debian_asks_five_times() {
    let host = debian();
    let pairs = b"root\r\nadmin\r\n".repeat(6);
    for pace in [Pace::Whole, Pace::OneByte] {
        let (output, events) = talk(&host, &[REFUSES, REFUSES_MORE, &pairs].concat(), pace);
        let text = String::from_utf8_lossy(&output).into_owned();
        let kernel = "\r\nLinux 6.1.0-28-amd64 (127.0.0.1) (pts/0)\r\n\r\nweb01 login: ";
        assert!(text.contains(kernel), "{text}");
        let round = "web01 login: root\r\nPassword: \r\n\r\nLogin incorrect\r\n";
        assert_eq!(text.matches(round).count(), 5, "{text}");
        assert!(text.ends_with("Login incorrect\r\nMaximum number of tries exceeded (5)\r\n"), "{text}");
        let attempts: Vec<_> = events.iter().filter(|event| event.kind == "auth_attempt").collect();
        assert_eq!(attempts.len(), 5);
        assert_eq!((attempts[0].get("username"), attempts[0].get("password")), ("root", "admin"));
        assert_eq!(attempts[0].get("status"), "rejected");
    }
}

#[test]
fn nobody_waits_longer_than_a_minute() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = debian();
    let output = runtime.block_on(async {
        let (mut conn, mut peer) = testing::open(&host, SERVICE);
        let service = telnet(&host, &[]);
        let serve = async {
            let _ = service.serve(&mut conn).await;
            drop(conn);
        };
        let client = async {
            peer.write_all(&[REFUSES, REFUSES_MORE].concat()).await.unwrap();
            let mut output = Vec::new();
            let start = tokio::time::Instant::now();
            peer.read_to_end(&mut output).await.unwrap();
            (output, start.elapsed())
        };
        tokio::join!(serve, client).1
    });
    assert!(output.0.ends_with(b"login: \r\nLogin timed out after 60 seconds.\r\n"));
    assert_eq!(output.1.as_secs(), 60);
}

#[test]
fn alpine_asks_three_times_and_insists_on_a_name() {
    let host = host(OsFamily::Linux, "Alpine Linux v3.19");
    let input = [&b"\r\n"[..], &b"root\r\nx\r\n".repeat(4)].concat();
    let (output, events) = talk(&host, &input, Pace::Whole);
    let text = String::from_utf8_lossy(output.get(12..).unwrap()).into_owned();
    assert!(text.starts_with("\r\r\n"), "{text}");
    assert!(
        text.contains("web01 login: \r\nweb01 login: root\r\nPassword: \r\nLogin incorrect\r\nweb01 login: ")
    );
    assert!(text.ends_with("Login incorrect\r\n"), "{text}");
    assert_eq!(events.iter().filter(|event| event.kind == "auth_attempt").count(), 3);
}

#[test]
fn exactly_the_bait_logs_in() {
    let host = debian();
    let bait = host.persona.bait[0].clone();
    let attempt = |name: &str, password: &str, config: &[(&str, &str)]| {
        let input = [REFUSES, REFUSES_MORE, format!("{name}\r\n{password}\r\n").as_bytes()].concat();
        let (_, _, events) = testing::dialogue(&telnet(&host, config), SERVICE, &host, &input, Pace::Whole);
        let attempts: Vec<_> = events.into_iter().filter(|event| event.kind == "auth_attempt").collect();
        attempts[0].get("status").to_owned()
    };
    assert_eq!(attempt(&bait.username, &bait.password, &[]), "accepted");
    assert_eq!(attempt("root", &bait.password, &[]), "rejected");
    assert_eq!(attempt("root", "", &[]), "rejected");
    assert_eq!(attempt("root", "operator", &[("password", "operator")]), "accepted");
    assert_eq!(attempt(&bait.username, "operator", &[("password", "operator")]), "rejected");
}

#[test]
fn clients_are_told_of_and_tricks_are_seen() {
    let host = debian();
    let input = b"\xff\xfb\x18\xff\xfb\x27\xff\xfc\x20\xff\xfc\x23\xff\xfc\x24\xff\xfa\x18\0VT220\xff\xf0\xff\xfa\x27\0\0USER\x01-f root\xff\xf0\xff\xfb\x1f\xff\xfa\x1f\0P\0\x18\xff\xf0";
    let (_, events) = talk(&host, input, Pace::Whole);
    let client = events.iter().find(|event| event.kind == "telnet_client").unwrap();
    assert_eq!((client.get("terminal"), client.get("window")), ("VT220", "80x24"));
    assert_eq!(client.get("environment"), "USER=-f root");
    assert!(client.get("options").starts_with("WILL 24,WILL 39"));
    let trick = events.iter().find(|event| event.kind == "exploit_attempt").unwrap();
    assert_eq!(trick.get("technique"), "telnet_user_option");
}

#[test]
fn a_switch_verifies_and_runs_commands() {
    let host = host(OsFamily::Cisco, "Cisco IOS XE Software, Version 16.12.04");
    let bait = host.persona.bait[0].clone();
    let log_in = format!("admin\r\ncisco\r\n{}\r\n{}\r\n", bait.username, bait.password);
    let commands = format!(
        "sh ip int br\r\nfoo\r\nsh\r\nen\r\n{}\r\nterm len 0\r\nsh run\r\nconf t\r\nend\r\nexit\r\n",
        bait.password
    );
    let input = [log_in.as_bytes(), b" ", commands.as_bytes()].concat();
    let (output, events) = talk(&host, &input, Pace::Whole);
    let text = String::from_utf8_lossy(&output).into_owned();
    assert!(contains(&output, b"\r\n\r\nUser Access Verification\r\n\r\nUsername: admin\r\nPassword: \r\n% Login invalid\r\n\r\nUsername: "), "{text}");
    assert!(text.contains("web01> sh ip int br\r\nInterface              IP-Address      OK? Method Status                Protocol\r\nVlan1                  10.77.0.20"), "{text}");
    assert!(text.contains(" --More-- "), "{text}");
    assert!(
        text.contains("web01#sh run\r\nBuilding configuration...\r\n\r\nCurrent configuration : "),
        "{text}"
    );
    assert!(text.contains("hostname web01\r\n"), "{text}");
    assert!(text.contains("web01(config)#end\r\nweb01#exit\r\n"), "{text}");
    let commands = events.iter().filter(|event| event.kind == "command").count();
    assert!(commands >= 6, "{events:?}");
}

#[test]
fn wrong_words_are_pointed_at() {
    let host = host(OsFamily::Cisco, "Cisco IOS XE Software, Version 16.12.04");
    let bait = &host.persona.bait[0];
    let input = format!("{}\r\n{}\r\nshow foo\r\nshow\r\nsh i\r\nexit\r\n", bait.username, bait.password);
    let (output, _) = talk(&host, input.as_bytes(), Pace::Whole);
    let text = String::from_utf8_lossy(&output).into_owned();
    // The prompt has six characters, the word begins at the fifth after it.
    let pointed = "web01>show foo\r\n           ^\r\n% Invalid input detected at '^' marker.\r\n\r\n";
    assert!(text.contains(pointed), "{text}");
    assert!(text.contains("web01>show\r\n% Incomplete command.\r\n\r\n"), "{text}");
    assert!(text.contains("% Ambiguous command:  \"sh i\"\r\n"), "{text}");
}

#[test]
fn more_typed_than_anybody_reads_is_dropped() {
    let host = debian();
    let flood = vec![b'A'; 3 * crate::caps::TERMINAL_AHEAD];
    let (output, _) = talk(&host, &[&flood[..], REFUSES, REFUSES_MORE].concat(), Pace::Whole);
    assert!(output.len() < 4 * crate::caps::TERMINAL_AHEAD);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_served(seed in 0..SEEDS.len(), at: usize, byte: u8, product in 0..3_usize) {
        let systems = [
            (OsFamily::Linux, "Debian GNU/Linux 12 (bookworm)"),
            (OsFamily::Linux, "Alpine Linux v3.19"),
            (OsFamily::Cisco, "Cisco IOS XE Software, Version 16.12.04"),
        ];
        let (os, name) = systems[product];
        let mut input = SEEDS[seed].to_vec();
        let place = at % input.len();
        input[place] = byte;
        let (output, _) = talk(&host(os, name), &input, Pace::Whole);
        proptest::prop_assert!(!output.is_empty());
    }
}
