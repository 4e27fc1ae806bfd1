//! rsyslog, from Debian's packages, as a receiver and as a sender of numbered lines.
//!
//! Lines go as they are: what a sender reads from its file is what a receiver writes to its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::Running;
use crate::process::{self, command};

/// What it needs.
pub const PACKAGES: &[&str] = &["rsyslog", "rsyslog-gnutls", "rsyslog-relp"];

/// Lines that RELP may have on their way: with the 128 that are usual it waits for delayed
/// acknowledgements of TCP most of the time, and a comparison would say nothing of what it can do.
const RELP_WINDOW: u32 = 2_000;

/// How lines go from one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// RFC 5425: octets are counted, nothing is acknowledged.
    Tls,
    /// RELP over TLS: every line is acknowledged, by a process that has not made it durable.
    Relp,
}

/// What becomes of lines that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// They are written to a file.
    Raw,
    /// They are parsed, too, and an object of each is written to another.
    RawAndJson,
}

/// A key, its certificate, and that of the authority above it.
#[derive(Clone, Debug)]
pub struct Papers {
    /// The authority's certificate, PEM.
    pub authority: PathBuf,
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The key, PEM.
    pub key: PathBuf,
}

/// Papers of both ends, made with `openssl` in a folder.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Of the receiver, whose name is [`Pair::SERVER`].
    pub server: Papers,
    /// Of the sender, whose name is [`Pair::CLIENT`].
    pub client: Papers,
}

impl Pair {
    /// The receiver's name.
    pub const SERVER: &str = "server.decnet.test";
    /// The sender's name.
    pub const CLIENT: &str = "client.decnet.test";

    /// Draws keys and has them certified.
    ///
    /// # Errors
    /// When `openssl` fails.
    pub fn make(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let new_key = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let mut authority = command("openssl", new_key);
        authority.args([
            "-x509",
            "-days",
            "30",
            "-subj",
            "/CN=authority",
            "-keyout",
            "ca.key",
            "-out",
            "ca.crt",
        ]);
        authority.args(["-addext", "basicConstraints=critical,CA:TRUE"]);
        process::output(authority.current_dir(folder))?;
        for (name, usage) in [("server", "serverAuth"), ("client", "clientAuth")] {
            let file = |kind: &str| format!("{name}.{kind}");
            let mut request = command("openssl", new_key);
            let subject = format!("/CN={name}");
            request.args(["-subj", &subject, "-keyout", &file("key"), "-out", &file("csr")]);
            process::output(request.current_dir(folder))?;
            let words = format!("subjectAltName=DNS:{name}.decnet.test\nextendedKeyUsage={usage}\n");
            fs::write(folder.join(file("ext")), words).context("writing what a certificate is to say")?;
            let mut sign = command("openssl", ["x509", "-req", "-days", "30", "-CA", "ca.crt", "-CAkey"]);
            sign.args(["ca.key", "-in", &file("csr"), "-extfile", &file("ext"), "-out", &file("crt")]);
            process::output(sign.current_dir(folder))?;
        }
        let papers = |name: &str| Papers {
            authority: folder.join("ca.crt"),
            certificate: folder.join(format!("{name}.crt")),
            key: folder.join(format!("{name}.key")),
        };
        Ok(Self { server: papers("server"), client: papers("client") })
    }
}

/// A receiver.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// How lines come.
    pub way: Way,
    /// What becomes of them.
    pub kept: Kept,
    /// Where it listens.
    pub address: SocketAddr,
    /// Whom it shows.
    pub papers: Papers,
    /// The folder of its files: `master.log`, and `master.json` beside it.
    pub folder: PathBuf,
}

/// A sender.
#[derive(Clone, Debug)]
pub struct Sender {
    /// How lines go.
    pub way: Way,
    /// Where to.
    pub address: SocketAddr,
    /// What it shows.
    pub papers: Papers,
    /// What the receiver has to be called; anybody below the authority where there is none.
    pub name: Option<&'static str>,
    /// How many threads send; where there are two, which is usual, lines overtake each other.
    pub threads: u32,
    /// The file of the lines.
    pub log: PathBuf,
    /// The folder of its files.
    pub folder: PathBuf,
}

impl Receiver {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self) -> Result<Running> {
        start(&self.folder, &self.configuration())
    }

    /// The file of the lines.
    pub fn log(&self) -> PathBuf {
        self.folder.join("master.log")
    }

    /// The file of the objects.
    pub fn json(&self) -> PathBuf {
        self.folder.join("master.json")
    }

    fn configuration(&self) -> String {
        let Papers { authority, certificate, key } = &self.papers;
        let [authority, certificate, key] = [authority, certificate, key].map(|path| path.display());
        let (ip, port, client) = (self.address.ip(), self.address.port(), Pair::CLIENT);
        let (module, input) = match self.way {
            Way::Tls => (
                format!(
                    "module(load=\"imtcp\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\" \
                     streamDriver.authMode=\"x509/name\" permittedPeer=[\"{client}\"])\n"
                ),
                format!("input(type=\"imtcp\" address=\"{ip}\" port=\"{port}\" ruleset=\"sink\")\n"),
            ),
            Way::Relp => (
                "module(load=\"imrelp\")\n".to_owned(),
                format!(
                    "input(type=\"imrelp\" address=\"{ip}\" port=\"{port}\" ruleset=\"sink\" maxDataSize=\"64k\" \
                     tls=\"on\" tls.caCert=\"{authority}\" tls.myCert=\"{certificate}\" tls.myPrivKey=\"{key}\" \
                     tls.authMode=\"name\" tls.permittedPeer=[\"{client}\"])\n"
                ),
            ),
        };
        let actions = format!("action(type=\"omfile\" file=\"{}\" template=\"raw\")\n", self.log().display());
        let (more, actions) = match self.kept {
            Kept::Raw => ("", actions),
            Kept::RawAndJson => (
                PARSING,
                format!(
                    "action(type=\"mmpstrucdata\")\n{actions}action(type=\"omfile\" file=\"{}\" template=\"json\")\n",
                    self.json().display()
                ),
            ),
        };
        global(&self.folder, &self.papers)
            + &module
            + "template(name=\"raw\" type=\"string\" string=\"%rawmsg%\\n\")\n"
            + more
            + &format!("ruleset(name=\"sink\") {{\n{actions}}}\n")
            + &input
    }
}

impl Sender {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self) -> Result<Running> {
        start(&self.folder, &self.configuration())
    }

    fn configuration(&self) -> String {
        let Papers { authority, certificate, key } = &self.papers;
        let [authority, certificate, key] = [authority, certificate, key].map(|path| path.display());
        let (ip, port) = (self.address.ip(), self.address.port());
        let (module, action) = match self.way {
            Way::Tls => {
                let known = self.name.map_or_else(
                    || "streamDriverAuthMode=\"x509/certvalid\"".to_owned(),
                    |name| {
                        format!("streamDriverAuthMode=\"x509/name\" streamDriverPermittedPeers=\"{name}\"")
                    },
                );
                let action = format!(
                    "type=\"omfwd\" protocol=\"tcp\" TCP_Framing=\"octet-counted\" streamDriver=\"gtls\" \
                     streamDriverMode=\"1\" {known}"
                );
                ("", action)
            }
            Way::Relp => {
                let known =
                    self.name.map(|name| format!("tls.permittedPeer=[\"{name}\"]")).unwrap_or_default();
                let action = format!(
                    "type=\"omrelp\" windowSize=\"{RELP_WINDOW}\" tls=\"on\" tls.caCert=\"{authority}\" tls.myCert=\"{certificate}\" \
                     tls.myPrivKey=\"{key}\" tls.authMode=\"name\" {known}"
                );
                ("module(load=\"omrelp\")\n", action)
            }
        };
        let log = self.log.display();
        global(&self.folder, &self.papers)
            + &format!("main_queue(queue.workerThreads=\"{}\")\n", self.threads)
            + "module(load=\"imfile\")\n"
            + module
            + "template(name=\"line\" type=\"string\" string=\"%msg%\")\n"
            + &format!(
                "ruleset(name=\"ship\") {{\naction(target=\"{ip}\" port=\"{port}\" template=\"line\" \
                 action.resumeRetryCount=\"-1\" action.resumeInterval=\"1\" {action})\n}}\n\
                 input(type=\"imfile\" file=\"{log}\" tag=\"decnet\" ruleset=\"ship\")\n"
            )
    }
}

/// What both ends have.
fn global(folder: &Path, papers: &Papers) -> String {
    let Papers { authority, certificate, key } = papers;
    let [folder, authority, certificate, key] =
        [folder, authority.as_path(), certificate, key].map(|path| path.display().to_string());
    format!(
        "global(workDirectory=\"{folder}\" maxMessageSize=\"64k\" defaultNetstreamDriverCAFile=\"{authority}\" \
         defaultNetstreamDriverCertFile=\"{certificate}\" defaultNetstreamDriverKeyFile=\"{key}\")\n"
    )
}

/// The members that our own objects have, as near as templates come.
const PARSING: &str = "module(load=\"mmpstrucdata\")\n\
    template(name=\"json\" type=\"list\" option.jsonf=\"on\") {\n\
    property(outname=\"decky\" name=\"hostname\" format=\"jsonf\")\n\
    property(outname=\"event_type\" name=\"msgid\" format=\"jsonf\")\n\
    property(outname=\"fields\" name=\"$!rfc5424-sd\" format=\"jsonf\")\n\
    property(outname=\"msg\" name=\"msg\" format=\"jsonf\")\n\
    property(outname=\"raw_line\" name=\"rawmsg\" format=\"jsonf\")\n\
    property(outname=\"service\" name=\"app-name\" format=\"jsonf\")\n\
    property(outname=\"timestamp\" name=\"timereported\" dateFormat=\"rfc3339\" format=\"jsonf\")\n}\n";

fn start(folder: &Path, configuration: &str) -> Result<Running> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let path = folder.join("rsyslog.conf");
    fs::write(&path, configuration).with_context(|| format!("writing {}", path.display()))?;
    let mut rsyslogd = daemon();
    rsyslogd.arg("-f").arg(&path).arg("-i").arg(folder.join("pid"));
    Running::start(&mut rsyslogd, &folder.join("rsyslog.out"))
}

/// In the foreground.
fn daemon() -> Command {
    command("/usr/sbin/rsyslogd", ["-n"])
}
