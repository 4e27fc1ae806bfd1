//! ssh beside Debian's own sshd.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result, ensure};
use decnet_fingerprint::hassh::Offer;

use super::{Answer, ask, same_text};
use crate::{
    attacker,
    clients::{Login, openssh},
    wait,
};

/// The hasshServer of Debian 12's 9.2p1, as published.
pub const HASSH: &str = "425d29fe50d8e4f5e37efb6e24bcf660";
/// Identification of a client that any server talks to.
const CLIENT: &[u8] = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";
/// Random bytes in front of the lists (RFC 4253, section 7.1).
const COOKIE: usize = 16;

/// How often the real one is asked what it answers differently: it closes with what it has not read,
/// and its host then takes back what it wrote last if that was not fetched yet (RFC 1122, 4.2.2.13).
const ATTEMPTS: usize = 5;

/// Words of lines that tell how fast it went, and who was first when a channel ends: the real one
/// does not tell the same of itself twice.
const FIGURES: [&str; 5] =
    ["Bytes per second", "Transferred:", "debug2: chan_shutdown", "debug2: channel 0: ", "eow@openssh.com"];

/// The same log-in at a real sshd and at ours.
#[derive(Clone, Debug)]
pub struct Pair {
    /// At the real one.
    pub real: Login,
    /// At ours.
    pub ours: Login,
}

impl Pair {
    fn both<T>(&self, of: impl Fn(&Login) -> Result<T>) -> Result<(T, T)> {
        Ok((of(&self.real).context("the real one")?, of(&self.ours).context("ours")?))
    }

    /// Identification and KEXINIT are the same bytes, apart from cookie and padding.
    ///
    /// # Errors
    /// When they are not.
    pub fn the_key_exchange_begins_alike(&self) -> Result<String> {
        let (real, ours) = self.both(|login| begin(login.host))?;
        ensure!(
            real.identification == ours.identification,
            "identified as {:?}, and should be {:?}",
            ours.identification,
            real.identification
        );
        ensure!(real.padding == ours.padding, "padded by {}, and should be {}", ours.padding, real.padding);
        ensure!(real.lists == ours.lists, "lists {:?}, and should list {:?}", ours.lists, real.lists);
        let hassh = hassh(&ours.lists).context("the lists of KEXINIT are broken")?;
        ensure!(hassh == HASSH, "hasshServer {hassh}, and should be {HASSH}");
        Ok(format!("{} bytes, {}, hasshServer {hassh}", ours.lists.len() + COOKIE, ours.identification))
    }

    /// What no client would say is answered alike.
    ///
    /// # Errors
    /// When it is not.
    pub fn bad_beginnings_are_answered_alike(&self) -> Result<String> {
        let probes = beginnings();
        for probe in &probes {
            let shown = String::from_utf8_lossy(probe.get(..60).unwrap_or(probe)).into_owned();
            let answer = |login: &Login| -> Result<Answer> {
                let ask = || ask((login.host, 22).into(), probe, Duration::from_millis(1_500));
                Ok(without_cookie(attacker::inside(ask)?))
            };
            let (mut real, ours) = self.both(answer)?;
            for _ in 1..ATTEMPTS {
                if real == ours {
                    break;
                }
                real = answer(&self.real).context("the real one")?;
            }
            ensure!(real == ours, "to {shown:?} the real one answers {real:?}, ours {ours:?}");
        }
        Ok(format!("{} beginnings", probes.len()))
    }

    /// `ssh -vv` tells the same of both, apart from keys and addresses.
    ///
    /// # Errors
    /// When it does not.
    pub fn transcripts_are_alike(&self) -> Result<String> {
        let mut lines = 0;
        for options in [
            &["-vv"][..],
            &["-vv", "-oPreferredAuthentications=none"],
            &["-vv", "-oHostKeyAlgorithms=rsa-sha2-512"],
            &["-vv", "-oCiphers=aes128-ctr", "-oMACs=umac-64@openssh.com"],
            &["-vv", "-oKexAlgorithms=diffie-hellman-group-exchange-sha256"],
        ] {
            let quiet: Vec<_> = options.iter().copied().chain(["-oLogLevel=DEBUG2"]).collect();
            let (real, ours) =
                self.both(|login| Ok(told(login, &openssh::ssh(login, &quiet, "true")?.errors)))?;
            lines += same_text(&format!("ssh {}", options.join(" ")), &real, &ours)?;
        }
        let wrong = Self { real: self.real.with_password("x"), ours: self.ours.with_password("x") };
        let (real, ours) = wrong
            .both(|login| Ok(told(login, &openssh::ssh(login, &["-oLogLevel=DEBUG2"], "true")?.errors)))?;
        lines += same_text("a wrong password", &real, &ours)?;
        Ok(format!("{lines} lines"))
    }

    /// ssh-audit finds the same in both.
    ///
    /// # Errors
    /// When it does not.
    pub fn an_audit_finds_the_same(&self) -> Result<String> {
        let (real, ours) = self.both(|login| {
            let said = attacker::say("ssh-audit", ["--no-colors", "-t", "10", &login.host.to_string()])?;
            Ok(without_keys(&said.replace(&login.host.to_string(), "HOST")))
        })?;
        Ok(format!("{} lines", same_text("ssh-audit", &real, &ours)?))
    }

    /// nmap's scripts and its version scan say the same of both.
    ///
    /// # Errors
    /// When they do not.
    pub fn a_scanner_finds_the_same(&self) -> Result<String> {
        let scripts = "ssh2-enum-algos,ssh-auth-methods,ssh-hostkey,sshv1,ssh-publickey-acceptance";
        let (real, ours) = self.both(|login| {
            let host = login.host.to_string();
            let said = attacker::say("nmap", ["-sV", "-n", "-Pn", "-p", "22", "--script", scripts, &host])?;
            let part = said.lines().filter(|line| line.starts_with("22/") || line.starts_with('|'));
            // Scripts speak in the order in which they happen to end.
            let mut lines: Vec<_> = part.map(without_keys).collect();
            lines.sort();
            Ok(lines.join("\n"))
        })?;
        ensure!(ours.contains("OpenSSH 9.2p1 Debian"), "nmap says {ours:?}");
        Ok(format!("{} lines", same_text("nmap", &real, &ours)?))
    }
}

/// How a server begins.
struct Beginning {
    identification: String,
    padding: u8,
    /// KEXINIT after its cookie.
    lists: Vec<u8>,
}

/// Reads identification and KEXINIT.
fn begin(host: Ipv4Addr) -> Result<Beginning> {
    let answer = attacker::inside(|| ask((host, 22).into(), CLIENT, Duration::from_millis(1_500)))?;
    let end = answer.bytes.windows(2).position(|pair| pair == b"\r\n").context("no identification")?;
    let identification = String::from_utf8_lossy(answer.bytes.get(..end).unwrap_or_default()).into_owned();
    let packet = answer.bytes.get(end + 2..).unwrap_or_default();
    let (length, rest) = packet.split_first_chunk::<4>().context("no KEXINIT")?;
    let length = u32::from_be_bytes(*length) as usize;
    let (padding, rest) = rest.split_first().context("no KEXINIT")?;
    let payload = rest.get(..length.saturating_sub(1 + usize::from(*padding))).context("half a KEXINIT")?;
    ensure!(payload.first() == Some(&20), "the first packet is no KEXINIT");
    let lists = payload.get(1 + COOKIE..).context("half a KEXINIT")?.to_vec();
    Ok(Beginning { identification, padding: *padding, lists })
}

/// The ten lists of names.
fn split(lists: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = lists;
    let mut names = Vec::new();
    for _ in 0..10 {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (list, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        names.push(list);
        rest = tail;
    }
    Some(names)
}

fn hassh(lists: &[u8]) -> Option<String> {
    let names = split(lists)?;
    // Key exchange, host keys, then ciphers, MACs and compression, each first towards the server.
    let [key_exchange, _, _, ciphers, _, macs, _, compression, ..] = names.as_slice() else { return None };
    Some(Offer { key_exchange, ciphers, macs, compression }.hassh())
}

/// Names of what a server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Key exchange methods.
    pub key_exchange: Vec<String>,
    /// Algorithms of host keys.
    pub host_keys: Vec<String>,
    /// Ciphers.
    pub ciphers: Vec<String>,
    /// Message authentication codes.
    pub macs: Vec<String>,
}

/// What the server of a host offers.
///
/// # Errors
/// When it sends no KEXINIT.
pub fn offered(host: Ipv4Addr) -> Result<Offered> {
    let beginning = begin(host)?;
    let lists = split(&beginning.lists).context("the lists of KEXINIT are broken")?;
    let names = |at: usize| {
        let list = lists.get(at).copied().unwrap_or_default();
        String::from_utf8_lossy(list).split(',').map(str::to_owned).collect()
    };
    Ok(Offered { key_exchange: names(0), host_keys: names(1), ciphers: names(3), macs: names(5) })
}

/// The hasshServer of a host.
///
/// # Errors
/// When it sends no KEXINIT.
pub fn fingerprint(host: Ipv4Addr) -> Result<String> {
    hassh(&begin(host)?.lists).context("the lists of KEXINIT are broken")
}

/// Waits until both servers greet: the real one makes its keys first.
///
/// # Errors
/// When one does not within a minute.
pub fn until_both_answer(pair: &Pair) -> Result<()> {
    for host in [pair.real.host, pair.ours.host] {
        wait::until("sshd to greet", Duration::from_secs(60), || begin(host).ok())?;
    }
    Ok(())
}

/// Beginnings that no client makes, or only old and odd ones.
fn beginnings() -> Vec<Vec<u8>> {
    let mut probes: Vec<Vec<u8>> = [
        &b"SSH-1337\n"[..],
        b"SSH-1337-OpenSSH_9.0\r\n",
        b"SSH-1.5-OpenSSH_3.4\r\n",
        b"SSH-1.99-OpenSSH_3.4\r\n",
        b"SSH-2.0-\r\n",
        b"SSH-2.0\r\n",
        b"SSH-2.1-x\r\n",
        b"SSH-2.0-x y z\r\n",
        b"SSH-2.0-OpenSSH\n",
        b"SSH-2.0-OpenSSH\n\n\n\n\n\n\n\n\n\n\n",
        b"SSH-2.0-a\r\nSSH-2.0-b\r\n",
        b"ssh-2.0-lower\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"\r\n",
        b"\n\n\n\n",
        b"\0\0\0\0",
        b"root\r\nroot\r\n",
        b"EHLO there\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
        b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00\n",
    ]
    .iter()
    .map(|probe| probe.to_vec())
    .collect();
    let long = |length: usize| [b"SSH-2.0-".to_vec(), vec![b'a'; length], b"\r\n".to_vec()].concat();
    probes.extend([240, 244, 245, 246, 247, 300, 8_200, 9_000].map(long));
    let after = |rest: &[u8]| [CLIENT, rest].concat();
    probes.extend([
        after(b"\n\n\n\n\n\n\n\n\n\n"),
        after(&[0; 32]),
        after(&[0xff; 32]),
        after(b"\0\0\0\x0c\x0a\x14aaaaaaaaaaaaaaaaaaaa"),
        after(b"\0\0\0\x0c\x0a\x02\0\0\0\0\0\0\0\0\0\0"),
        after(b"\0\0\0\x0c\x0a\x05\0\0\0\0\0\0\0\0\0\0"),
        after(b"\0\0\0\x0c\x0a\xc0\0\0\0\0\0\0\0\0\0\0"),
        after(b"\0\0\0\x0c\x01\x14\0\0\0\0\0\0\0\0\0\0"),
        after(b"\0\x04\0\x01\x0a\x14\0\0\0\0\0\0\0\0\0\0"),
    ]);
    probes
}

/// The answer with the random bytes of a KEXINIT blanked: cookie and padding.
fn without_cookie(mut answer: Answer) -> Answer {
    let Some(end) = answer.bytes.windows(2).position(|pair| pair == b"\r\n") else { return answer };
    let start = end + 2;
    let Some(header) = answer.bytes.get(start..start + 6) else { return answer };
    let [a, b, c, d, padding, 20] = *header else { return answer };
    let total = start + 4 + u32::from_be_bytes([a, b, c, d]) as usize;
    if let Some(cookie) = answer.bytes.get_mut(start + 6..start + 6 + COOKIE) {
        cookie.fill(0);
    }
    if let Some(random) = answer.bytes.get_mut(total.saturating_sub(usize::from(padding))..total) {
        random.fill(0);
    }
    answer
}

/// What a client told, without what differs between any two servers.
fn told(login: &Login, text: &str) -> String {
    let host = login.host.to_string();
    let lines = text.lines().map(|line| without_keys(&without_bits(&line.replace(&host, "HOST"))));
    let mut lines: Vec<_> = lines.filter(|line| !FIGURES.iter().any(|word| line.contains(word))).collect();
    // Once the command runs, its end and that of its output overtake each other.
    if let Some(end) = lines.iter().position(|line| line.contains("Sending command")) {
        lines.get_mut(end..).unwrap_or_default().sort();
    }
    lines.join("\n")
}

/// `bits set: 4034/8192` without the number that is drawn anew each time.
fn without_bits(line: &str) -> String {
    match line.split_once("bits set: ") {
        Some((begin, figures)) => {
            format!("{begin}bits set: /{}", figures.split('/').nth(1).unwrap_or_default())
        }
        None => line.to_owned(),
    }
}

/// A text whose fingerprints, keys and figures of time are blanked.
fn without_keys(text: &str) -> String {
    let blank = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let hex_pairs = bare.len() >= 32 && bare.split(':').all(|part| part.len() == 2);
        let is_key = word.starts_with("SHA256:")
            || bare.starts_with("AAAA")
            || hex_pairs
            || (bare.len() == 32 && bare.bytes().all(|b| b.is_ascii_hexdigit()));
        if is_key { "KEY".to_owned() } else { word.to_owned() }
    };
    let line = |line: &str| line.split(' ').map(blank).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
