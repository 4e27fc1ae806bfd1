//! wget of GNU; that of BusyBox is in [`super::busybox`].

use std::{net::IpAddr, time::Duration};

use super::{
    reach::{self, Failure},
    text,
    url::{Url, Wrong},
};
use crate::{
    caps,
    machine::{Distro, calendar},
    programs::{
        context::Done,
        options::{Parsed, Spec, parse},
    },
    shell::{Exit, Process},
};

const USAGE: &str = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";
/// How often it tries when nobody says how often.
const TRIES: u64 = 20;

const SPEC: Spec = Spec {
    short: "Vhbe:o:a:dqvn:i:FB:t:O:cNST:w:Q:46P:xU:El:kKmpA:R:D:HLI:X:rY:s",
    long: &[
        ("append-output=", 'a'),
        ("accept=", 'A'),
        ("adjust-extension", 'E'),
        ("auth-no-challenge", '!'),
        ("background", 'b'),
        ("backups?", '!'),
        ("base=", 'B'),
        ("bind-address=", '='),
        ("body-data=", '='),
        ("body-file=", '='),
        ("ca-certificate=", '='),
        ("ca-directory=", '='),
        ("certificate=", '='),
        ("config=", '='),
        ("connect-timeout=", 'T'),
        ("content-disposition", '!'),
        ("continue", 'c'),
        ("convert-links", 'k'),
        ("cut-dirs=", '='),
        ("debug", 'd'),
        ("delete-after", '!'),
        ("directory-prefix=", 'P'),
        ("dns-timeout=", 'T'),
        ("domains=", 'D'),
        ("execute=", 'e'),
        ("force-directories", 'x'),
        ("force-html", 'F'),
        ("ftp-password=", '='),
        ("ftp-user=", '='),
        ("header=", '='),
        ("help", 'h'),
        ("http-password=", '='),
        ("http-user=", '='),
        ("https-only", '!'),
        ("ignore-length", '!'),
        ("inet4-only", '4'),
        ("inet6-only", '6'),
        ("input-file=", 'i'),
        ("keep-session-cookies", '!'),
        ("level=", 'l'),
        ("limit-rate=", '='),
        ("load-cookies=", '='),
        ("max-redirect=", '='),
        ("method=", '='),
        ("mirror", 'm'),
        ("no-cache", '!'),
        ("no-check-certificate", '!'),
        ("no-clobber", '!'),
        ("no-cookies", '!'),
        ("no-directories", '!'),
        ("no-dns-cache", '!'),
        ("no-host-directories", '!'),
        ("no-parent", '!'),
        ("no-passive-ftp", '!'),
        ("no-proxy", '!'),
        ("no-verbose", 'n'),
        ("output-document=", 'O'),
        ("output-file=", 'o'),
        ("page-requisites", 'p'),
        ("password=", '='),
        ("post-data=", '='),
        ("post-file=", '='),
        ("prefer-family=", '='),
        ("progress=", '='),
        ("quiet", 'q'),
        ("quota=", 'Q'),
        ("random-wait", '!'),
        ("read-timeout=", 'T'),
        ("recursive", 'r'),
        ("referer=", '='),
        ("reject=", 'R'),
        ("restrict-file-names=", '='),
        ("retry-connrefused", '1'),
        ("retry-on-host-error", '2'),
        ("save-cookies=", '='),
        ("save-headers", 's'),
        ("secure-protocol=", '='),
        ("server-response", 'S'),
        ("show-progress", '!'),
        ("span-hosts", 'H'),
        ("spider", '3'),
        ("timeout=", 'T'),
        ("timestamping", 'N'),
        ("tries=", 't'),
        ("trust-server-names", '!'),
        ("user-agent=", 'U'),
        ("user=", '='),
        ("verbose", 'v'),
        ("version", 'V'),
        ("wait=", 'w'),
        ("waitretry=", '='),
    ],
};

/// How it was asked to go about it.
struct Job {
    quiet: bool,
    terse: bool,
    tries: u64,
    wait: f64,
    insistent: bool,
    log: Option<Vec<u8>>,
}

impl Job {
    fn new(given: &Parsed) -> Self {
        let number = |letter| given.value(letter).and_then(|v| text(v).parse::<f64>().ok());
        let tries = match given.value('t') {
            Some(b"inf") => u64::MAX,
            value => value.and_then(|v| text(v).parse().ok()).unwrap_or(TRIES),
        };
        Self {
            quiet: given.has('q'),
            terse: given
                .options
                .iter()
                .any(|(letter, value)| *letter == 'n' && value.as_deref().is_none_or(|v| v == b"v")),
            tries: if tries == 0 { u64::MAX } else { tries },
            wait: number('w').unwrap_or(0.0).clamp(0.0, 3_600.0),
            insistent: given.has('1'),
            log: given.value('o').or(given.value('a')).map(<[u8]>::to_vec),
        }
    }

    /// Says something where the log goes.
    async fn say(&self, process: &Process, words: &str) {
        match &self.log {
            _ if self.quiet => {}
            Some(name) if name != b"-" => {
                let _ = process.files.append(name, words.as_bytes(), 0o666);
            }
            Some(_) => {
                let _ = process.output.write(words.as_bytes()).await;
            }
            None => process.complain(words).await,
        }
    }

    /// Says what is not said tersely.
    async fn tell(&self, process: &Process, words: &str) {
        if !self.terse {
            self.say(process, words).await;
        }
    }
}

pub(super) async fn wget(process: &mut Process) -> Done {
    if process.is_busybox() {
        return super::busybox::wget(process).await;
    }
    let given = match parse(process.arguments(), SPEC) {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("wget: {}\n{USAGE}", wrong.0)).await;
            return Ok(Exit::Code(2));
        }
    };
    if given.has('V') {
        process.print(version(process.machine.distro())).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('h') {
        process.print(HELP).await?;
        return Ok(Exit::SUCCESS);
    }
    let job = Job::new(&given);
    let mut urls: Vec<String> = given.operands.iter().map(|url| text(url)).collect();
    if urls.is_empty() && !given.has('i') {
        process.complain(format!("wget: missing URL\n{USAGE}")).await;
        return Ok(Exit::FAILURE);
    }
    if let Some(exit) = prepare(process, &given, &job).await {
        return Ok(exit);
    }
    if let Some(list) = given.value('i') {
        let found = listed(process, &job, list).await;
        urls.extend(found);
    }
    let mut status = 0;
    for url in urls.iter().take(caps::PROGRAM_URLS) {
        status = status.max(one(process, &job, url).await);
    }
    Ok(Exit::Code(status))
}

/// Opens the log and the output as the real one does before it connects.
async fn prepare(process: &mut Process, given: &Parsed, job: &Job) -> Option<Exit> {
    if let Some(log) = given.value('o').filter(|log| *log != b"-")
        && let Err(error) = process.files.write(log, b"", 0o666)
    {
        process.complain(format!("{}: {}\n", text(log), error.text())).await;
        return Some(Exit::Code(3));
    }
    if let Some(name) = given.value('O').filter(|name| *name != b"-" && !given.has('3'))
        && let Err(error) = open(process, name, given.has('c'))
    {
        process.complain(format!("{}: {}\n", text(name), error.text())).await;
        return Some(Exit::Code(3));
    }
    if given.has('b') {
        let log = given.value('o').or(given.value('a')).map_or_else(|| "wget-log".to_owned(), text);
        let pid = process.pid + 1;
        process.complain(format!("Continuing in background, pid {pid}.\n")).await;
        if !given.has('o') && !given.has('a') && !given.has('q') {
            let quoted = text(&process.quote(log.as_bytes()));
            process.complain(format!("Output will be written to {quoted}.\n")).await;
        }
        let urls: Vec<String> = given.operands.iter().map(|url| text(url)).collect();
        let mut log_job = Job::new(given);
        log_job.log = Some(log.into_bytes());
        for url in urls.iter().take(caps::PROGRAM_URLS) {
            let _ = one(process, &log_job, url).await;
        }
        return Some(Exit::SUCCESS);
    }
    if given.has('3') {
        job.tell(process, "Spider mode enabled. Check if remote file exists.\n").await;
    }
    None
}

/// Makes the output file, empty unless it is to be continued.
fn open(process: &Process, name: &[u8], keep: bool) -> Result<(), crate::machine::Errno> {
    let device = process.files.stat(name).is_ok_and(|found| found.kind == crate::machine::Kind::Character);
    match (device, keep) {
        (true, _) => Ok(()),
        (false, true) => process.files.append(name, b"", 0o666),
        (false, false) => process.files.write(name, b"", 0o666),
    }
}

/// URLs of a list.
async fn listed(process: &Process, job: &Job, list: &[u8]) -> Vec<String> {
    let content = match process.read_input(list).await {
        Ok(content) => content,
        Err(error) => {
            let name = text(list);
            job.say(process, &format!("{name}: {}\nNo URLs found in {name}.\n", error.text())).await;
            return Vec::new();
        }
    };
    let urls: Vec<String> = content
        .split(|b| *b == b'\n')
        .map(|line| text(line.trim_ascii()))
        .filter(|line| !line.is_empty())
        .collect();
    if urls.is_empty() {
        job.say(process, &format!("No URLs found in {}.\n", text(list))).await;
    }
    urls
}

/// One URL; the status that it leaves.
async fn one(process: &Process, job: &Job, given: &str) -> u8 {
    let quote = |what: &str| text(&process.quote(what.as_bytes()));
    let url = match Url::parse(given) {
        Ok(url) => url,
        Err(wrong) => {
            let why = match wrong {
                Wrong::Host => "Invalid host name",
                Wrong::Port => "Bad port number",
            };
            job.say(process, &format!("{given}: {why}.\n")).await;
            return 1;
        }
    };
    if !matches!(url.scheme.as_str(), "http" | "https" | "ftp" | "ftps") {
        job.say(process, &format!("{given}: Unsupported scheme {}.\n", quote(&url.scheme))).await;
        return 1;
    }
    let mut attempt = 1;
    loop {
        let head = heading(process, &url, attempt);
        job.tell(process, &head).await;
        if url.scheme == "ftp" {
            let name = if url.file().is_empty() { ".listing" } else { url.file() };
            job.tell(process, &format!("           => {}\n", quote(name))).await;
        }
        let addresses = match resolve(process, job, &url).await {
            Ok(addresses) => addresses,
            Err(status) => return status,
        };
        let mut failure = Failure::NoRoute;
        for address in addresses {
            failure = connect(process, job, &url, address).await;
        }
        let again = failure == Failure::Reset || (failure == Failure::Refused && job.insistent);
        if attempt == 1 || !again {
            reach::fetch(process, &shown(&url, false), Ok(failure));
        }
        if !again {
            return 4;
        }
        if attempt >= job.tries {
            job.tell(process, "Giving up.\n\n").await;
            return 4;
        }
        job.tell(process, "Retrying.\n\n").await;
        let pause = if job.wait > 0.0 { job.wait } else { attempt.min(10) as f64 };
        tokio::time::sleep(Duration::from_secs_f64(pause)).await;
        attempt += 1;
    }
}

fn heading(process: &Process, url: &Url, attempt: u64) -> String {
    let stamp = calendar::format(process.machine.now().seconds, "%Y-%m-%d %H:%M:%S");
    let again = if attempt > 1 { format!("(try:{attempt:2})  ") } else { String::new() };
    format!("--{stamp}--  {again}{}\n", shown(url, true))
}

/// The URL, with the password hidden or not.
fn shown(url: &Url, hide: bool) -> String {
    let user = match &url.user {
        Some(user) if hide => match user.split_once(':') {
            Some((name, _)) => format!("{name}:*password*@"),
            None => format!("{user}@"),
        },
        Some(user) => format!("{user}@"),
        None => String::new(),
    };
    let port = url
        .port
        .filter(|port| *port != Url { port: None, ..url.clone() }.port())
        .map(|port| format!(":{port}"));
    let path = if url.path.starts_with('/') { url.path.clone() } else { format!("/{}", url.path) };
    format!("{}://{user}{}{}{path}", url.scheme, url.host, port.unwrap_or_default())
}

/// The addresses of the host, and what is said while it is looked for.
async fn resolve(process: &Process, job: &Job, url: &Url) -> Result<Vec<IpAddr>, u8> {
    let host = &url.host;
    let bare = url.bare_host();
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    job.tell(process, &format!("Resolving {host} ({host})... ")).await;
    match reach::lookup(process, host).await {
        Ok(all) => {
            let list: Vec<String> = all.iter().map(ToString::to_string).collect();
            job.tell(process, &format!("{}\n", list.join(", "))).await;
            Ok(all)
        }
        Err(unknown) => {
            reach::fetch(process, &shown(url, false), Err(unknown));
            job.say(process, &format!("failed: {}.\n", unknown.text())).await;
            let quoted = text(&process.quote(host.as_bytes()));
            job.say(process, &format!("wget: unable to resolve host address {quoted}\n")).await;
            Err(4)
        }
    }
}

async fn connect(process: &Process, job: &Job, url: &Url, address: IpAddr) -> Failure {
    let (host, port) = (&url.host, url.port());
    let place = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
    let named = url.bare_host().parse::<IpAddr>().is_err();
    let whom = if named { format!("{host} ({host})|{place}|:{port}") } else { format!("{place}:{port}") };
    job.tell(process, &format!("Connecting to {whom}... ")).await;
    let failure = reach::connect(process, address, port).await;
    if failure == Failure::Reset {
        let rest = match url.scheme.as_str() {
            "http" => {
                "connected.\nHTTP request sent, awaiting response... Read error (Connection reset by peer) in headers.\n"
            }
            "https" => {
                "connected.\nGnuTLS: Error in the pull function.\nUnable to establish SSL connection.\n"
            }
            _ => {
                "connected.\nLogging in as anonymous ... Error in server response, closing control connection.\n"
            }
        };
        job.tell(process, rest).await;
    } else {
        job.say(process, &format!("failed: {}.\n", failure.text())).await;
    }
    failure
}

fn version(distro: Distro) -> String {
    let number = match distro {
        Distro::Debian12 => "1.21.3",
        Distro::Ubuntu22 => "1.21.2",
        Distro::Ubuntu20 => "1.20.3",
        Distro::Rocky9 => "1.21.1",
        Distro::Fedora39 => "1.21.4",
        Distro::CentOs7 => "1.14",
        _ => "1.24.5",
    };
    format!(
        "GNU Wget {number} built on linux-gnu.\n\n-cares +digest -gpgme +https +ipv6 +iri +large-file -metalink +nls \n+ntlm +opie +psl +ssl/gnutls \n\nWgetrc: \n    /etc/wgetrc (system)\nLocale: \n    /usr/share/locale \n\nCopyright (C) 2015 Free Software Foundation, Inc.\nLicense GPLv3+: GNU GPL version 3 or later\n<http://www.gnu.org/licenses/gpl.html>.\nThis is free software: you are free to change and redistribute it.\nThere is NO WARRANTY, to the extent permitted by law.\n\nOriginally written by Hrvoje Niksic <hniksic@xemacs.org>.\nPlease send bug reports and questions to <bug-wget@gnu.org>.\n"
    )
}

const HELP: &str = "GNU Wget, a non-interactive network retriever.\nUsage: wget [OPTION]... [URL]...\n\nMandatory arguments to long options are mandatory for short options too.\n\nStartup:\n  -V,  --version                   display the version of Wget and exit\n  -h,  --help                      print this help\n  -b,  --background                go to background after startup\n  -e,  --execute=COMMAND           execute a `.wgetrc'-style command\n\nLogging and input file:\n  -o,  --output-file=FILE          log messages to FILE\n  -a,  --append-output=FILE        append messages to FILE\n  -q,  --quiet                     quiet (no output)\n  -v,  --verbose                   be verbose (this is the default)\n  -nv, --no-verbose                turn off verboseness, without being quiet\n  -i,  --input-file=FILE           download URLs found in local or external FILE\n\nDownload:\n  -t,  --tries=NUMBER              set number of retries to NUMBER (0 unlimits)\n  -O,  --output-document=FILE      write documents to FILE\n  -c,  --continue                  resume getting a partially-downloaded file\n  -T,  --timeout=SECONDS           set all timeout values to SECONDS\n  -P,  --directory-prefix=PREFIX   save files to PREFIX/..\n\nEmail bug reports, questions, discussions to <bug-wget@gnu.org>\nand/or open issues at https://savannah.gnu.org/bugs/?func=additem&group=wget.\n";
