//! curl.

mod options;

use std::net::IpAddr;

use tokio::time::Instant;

use self::options::{Given, Wrong};
use super::{
    reach::{self, Failure, Unknown},
    text,
    url::Url,
};
use crate::{
    caps,
    machine::Distro,
    programs::context::Done,
    shell::{Exit, Process},
};

const HINT: &str = "curl: try 'curl --help' or 'curl --manual' for more information\n";
const METER: &str = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
const SCHEMES: &[&str] = &[
    "dict", "file", "ftp", "ftps", "gopher", "gophers", "http", "https", "imap", "imaps", "ldap", "ldaps",
    "mqtt", "pop3", "pop3s", "rtmp", "rtsp", "scp", "sftp", "smb", "smbs", "smtp", "smtps", "telnet", "tftp",
];

/// Which words the build uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// 7.29.
    Ancient,
    /// 7.68 to 7.76.
    Old,
    /// 7.81.
    Timed,
    /// 7.88 to 8.2.
    Plain,
    /// 8.10 and later.
    New,
}

const fn age(distro: Distro) -> Age {
    match distro {
        Distro::CentOs7 => Age::Ancient,
        Distro::Ubuntu20 | Distro::Rocky9 => Age::Old,
        Distro::Ubuntu22 => Age::Timed,
        Distro::Debian12 | Distro::Fedora39 => Age::Plain,
        _ => Age::New,
    }
}

pub(super) async fn curl(process: &mut Process) -> Done {
    let given = match options::read(process.arguments()) {
        Ok(given) => given,
        Err(wrong) => return Ok(misused(process, &wrong).await),
    };
    if given.has('V') {
        process.print(version(process.machine.distro())).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('h') {
        process.print(HELP).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.urls.is_empty() {
        if !process.arguments().is_empty() {
            process.complain("curl: no URL specified!\n").await;
        }
        process.complain(HINT).await;
        return Ok(Exit::Code(2));
    }
    let mut status = 0;
    for (place, url) in given.urls.iter().take(caps::PROGRAM_URLS).enumerate() {
        let task = Task { given: &given, output: given.outputs.get(place).cloned().flatten(), process };
        status = task.run(url).await?;
        if let Some(format) = given.value('w') {
            let code = "000";
            let words = text(format)
                .replace("%{http_code}", code)
                .replace("%{response_code}", code)
                .replace("\\n", "\n");
            process.print(words).await?;
        }
    }
    Ok(Exit::Code(status))
}

async fn misused(process: &Process, wrong: &Wrong) -> Exit {
    let words = match wrong {
        Wrong::Unknown(option) => format!("option {option}: is unknown"),
        Wrong::Missing(option) => format!("option {option}: requires parameter"),
        Wrong::Number(option) => format!("option {option}: expected a proper numerical parameter"),
    };
    process.complain(format!("curl: {words}\n{HINT}")).await;
    Exit::Code(2)
}

/// One URL to get.
struct Task<'a> {
    given: &'a Given,
    /// File to write to; an empty name is that of the URL.
    output: Option<Vec<u8>>,
    process: &'a Process,
}

impl Task<'_> {
    async fn run(&self, given: &str) -> Result<u8, Exit> {
        let wrong = given.contains(|c: char| c.is_whitespace() || c.is_control());
        let Some(url) = Url::parse(given).ok().filter(|_| !wrong) else {
            return Ok(self.fail(3, "URL using bad/illegal format or missing URL").await);
        };
        if !SCHEMES.contains(&url.scheme.as_str()) {
            let what = if age(self.process.machine.distro()) >= Age::New {
                "disabled"
            } else {
                "disabled in libcurl"
            };
            let words = format!("Protocol \"{}\" not supported or {what}", url.scheme);
            return Ok(self.fail(1, &words).await);
        }
        if self.output.as_deref() == Some(b"") && url.file().is_empty() {
            self.process.complain("curl: Remote file name has no length!\n").await;
            return Ok(self.fail(23, "Failed writing received data to disk/application").await);
        }
        if let Some(name) = self.given.value('T').filter(|name| *name != b"-" && *name != b".")
            && self.process.files.read_at(name, 0, 1).is_err()
        {
            self.process.complain(format!("curl: Can't open '{}'!\n{HINT}", text(name))).await;
            return Ok(self.fail(26, "Failed to open/read local data from file/application").await);
        }
        if url.scheme == "file" {
            return self.local(&url).await;
        }
        self.remote(&url, given).await
    }

    /// Says what went wrong, unless it was asked not to.
    async fn fail(&self, status: u8, words: &str) -> u8 {
        if !self.given.has('s') || self.given.has('S') {
            self.process.complain(format!("curl: ({status}) {words}\n")).await;
        }
        status
    }

    async fn note(&self, words: &str) {
        if self.given.has('v') {
            self.process.complain(format!("* {words}\n")).await;
        }
    }

    /// Whether the meter is shown.
    fn is_metered(&self) -> bool {
        let quiet = self.given.has('s') || self.given.has('#');
        !quiet && (self.output.is_some() || !self.process.output.is_terminal())
    }

    /// A file of the machine's own.
    async fn local(&self, url: &Url) -> Result<u8, Exit> {
        let path = if url.path.is_empty() { "/" } else { &url.path };
        let content = match self.process.files.read(path.as_bytes()) {
            Ok(content) => content,
            Err(_) => return Ok(self.fail(37, &format!("Couldn't open file {path}")).await),
        };
        if self.is_metered() {
            let size = content.len();
            let speed = size * 90;
            self.process.complain(format!("{METER}\r{}\r100 {size:>5}  100 {size:>5}    0     0 {speed:>6}      0 --:--:-- --:--:-- --:--:-- {speed:>5}\n", bar(0))).await;
        }
        let name = match self.output.as_deref() {
            Some(b"") => Some(url.file().as_bytes().to_vec()),
            Some(b"-") | None => None,
            Some(name) => Some(name.to_vec()),
        };
        match name {
            Some(name) => {
                if self.process.files.write(&name, &content, 0o666).is_err() {
                    return Ok(self.fail(23, "Failed writing received data to disk/application").await);
                }
            }
            None => self.process.print(content).await?,
        }
        Ok(0)
    }

    async fn remote(&self, url: &Url, given: &str) -> Result<u8, Exit> {
        let proxy = self.given.value('x').map(text);
        let through = proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok());
        let (host, port) = match &through {
            Some(proxy) => (proxy.bare_host().to_owned(), proxy.port.unwrap_or(1_080)),
            None => (url.bare_host().to_owned(), url.port()),
        };
        let full = if given.contains("://") { given.to_owned() } else { format!("{}://{given}", url.scheme) };
        let started = Instant::now();
        let all = match reach::lookup(self.process, &host).await {
            // Whatever the C library says, `localhost` is first of IPv4 here.
            Ok(mut all) => {
                all.sort_by_key(IpAddr::is_ipv6);
                all
            }
            Err(unknown) => {
                reach::fetch(self.process, &full, Err(unknown));
                return Ok(self.unresolved(&host, unknown).await);
            }
        };
        if url.scheme == "tftp" {
            reach::fetch(self.process, &full, Ok(Failure::NoRoute));
            return Ok(self.datagrams().await);
        }
        if self.is_metered() {
            self.process.complain(format!("{METER}\r{}", bar(0))).await;
        }
        let mut failure = Failure::NoRoute;
        for address in all {
            failure = self.connect(address, port).await;
        }
        reach::fetch(self.process, &full, Ok(failure));
        Ok(self.failed((&host, port), failure, started).await)
    }

    async fn unresolved(&self, host: &str, _: Unknown) -> u8 {
        let ancient = age(self.process.machine.distro()) == Age::Ancient;
        let words = format!("Could not resolve host: {host}{}", if ancient { "; Unknown error" } else { "" });
        self.note(&words).await;
        if !ancient {
            self.note(&words).await;
        }
        self.note("Closing connection 0").await;
        self.fail(6, &words).await
    }

    /// TFTP goes out and nothing comes back.
    async fn datagrams(&self) -> u8 {
        let most = self.given.value('m').and_then(|v| text(v).parse::<f64>().ok()).unwrap_or(300.0);
        let metered = self.is_metered();
        if metered {
            self.process.complain(format!("{METER}\r{}", bar(0))).await;
        }
        let seconds = most.clamp(0.0, 300.0);
        for second in 1..seconds as u64 {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            if metered {
                self.process.complain(format!("\r{}", bar(second))).await;
            }
        }
        tokio::time::sleep(std::time::Duration::from_secs_f64(seconds.fract() + 1.0)).await;
        if metered {
            self.process.complain(format!("\r{}\n", bar(seconds as u64))).await;
        }
        self.fail(28, "TFTP response timeout").await
    }

    /// Tries one address, while the meter runs.
    async fn connect(&self, address: IpAddr, port: u16) -> Failure {
        let place = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        if self.given.has('v') {
            self.process.complain(format!("*   Trying {place}:{port}...\n")).await;
        }
        let attempt = reach::connect(self.process, address, port);
        tokio::pin!(attempt);
        let mut second = 0;
        let mut wait = 1_100;
        let failure = loop {
            tokio::select! {
                failure = &mut attempt => break failure,
                () = tokio::time::sleep(std::time::Duration::from_millis(wait)) => {
                    (second, wait) = (second + 1, 1_000);
                    if self.is_metered() {
                        self.process.complain(format!("\r{}", bar(second))).await;
                    }
                }
            }
        };
        if failure != Failure::Reset {
            self.note(&format!("connect to {address} port {port} failed: {}", failure.text())).await;
        }
        failure
    }

    async fn failed(&self, (host, port): (&str, u16), failure: Failure, started: Instant) -> u8 {
        let elapsed = started.elapsed();
        let (status, words) = if failure == Failure::Reset {
            (56, "Recv failure: Connection reset by peer".to_owned())
        } else {
            (7, refused(self.process.machine.distro(), (host, port), failure, elapsed.as_millis()))
        };
        self.note(&words).await;
        if self.is_metered() {
            self.process.complain(format!("\r{}\n", bar(elapsed.as_secs()))).await;
        }
        self.note("Closing connection 0").await;
        let status = self.fail(status, &words).await;
        if self.given.has('#') && !self.given.has('s') {
            // The bar that was never drawn ends all the same.
            self.process.complain("\n").await;
        }
        status
    }
}

/// What each age of curl says of a connection that failed.
fn refused(distro: Distro, (host, port): (&str, u16), failure: Failure, ms: u128) -> String {
    let why = failure.text();
    match age(distro) {
        Age::Ancient => format!("Failed connect to {host}:{port}; {why}"),
        Age::Old => format!("Failed to connect to {host} port {port}: {why}"),
        Age::Timed => format!("Failed to connect to {host} port {port} after {ms} ms: {why}"),
        Age::Plain => {
            format!("Failed to connect to {host} port {port} after {ms} ms: Couldn't connect to server")
        }
        Age::New => {
            format!("Failed to connect to {host} port {port} after {ms} ms: Could not connect to server")
        }
    }
}

/// A line of the meter that has moved nothing.
fn bar(seconds: u64) -> String {
    let spent = if seconds == 0 {
        "--:--:--".to_owned()
    } else {
        format!(" {}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    };
    format!("  0     0    0     0    0     0      0      0 --:--:-- {spent} --:--:--     0")
}

fn version(distro: Distro) -> String {
    let (number, date, tls) = match distro {
        Distro::Ubuntu22 => ("7.81.0", "2022-01-05", "OpenSSL/3.0.2"),
        Distro::Ubuntu20 => ("7.68.0", "2020-01-08", "OpenSSL/1.1.1f"),
        Distro::Rocky9 => ("7.76.1", "2021-04-14", "OpenSSL/3.2.2"),
        Distro::Fedora39 => ("8.2.1", "2023-07-26", "OpenSSL/3.1.1"),
        Distro::CentOs7 => ("7.29.0", "2013-02-06", "NSS/3.90"),
        Distro::Debian12 => ("7.88.1", "2023-02-20", "OpenSSL/3.0.15"),
        _ => ("8.11.1", "2024-12-11", "OpenSSL/3.4.0"),
    };
    format!(
        "curl {number} (x86_64-pc-linux-gnu) libcurl/{number} {tls} zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13\nRelease-Date: {date}\nProtocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtsp scp sftp smb smbs smtp smtps telnet tftp\nFeatures: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTPS-proxy IDN IPv6 Kerberos Largefile libz NTLM NTLM_WB PSL SPNEGO SSL threadsafe TLS-SRP UnixSockets zstd\n"
    )
}

const HELP: &str = "Usage: curl [options...] <url>\n -d, --data <data>          HTTP POST data\n -f, --fail                 Fail fast with no output on HTTP errors\n -h, --help <category>      Get help for commands\n -i, --include              Include protocol response headers in the output\n -o, --output <file>        Write to file instead of stdout\n -O, --remote-name          Write output to a file named as the remote file\n -s, --silent               Silent mode\n -T, --upload-file <file>   Transfer local FILE to destination\n -u, --user <user:password> Server user and password\n -A, --user-agent <name>    Send User-Agent <name> to server\n -v, --verbose              Make the operation more talkative\n -V, --version              Show version number and quit\n\nThis is not the full help, this menu is stripped into categories.\nUse \"--help category\" to get an overview of all categories.\nFor all options use the manual or \"--help all\".\n";
