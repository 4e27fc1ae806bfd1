//! A host that is a master, what runs on it, and who asks it.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ports of loopback: for operators, for workers, of the API and of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports(pub(crate) [u16; 4]);

impl Ports {
    /// Some on which nobody listens.
    pub(crate) fn free() -> Self {
        let held = [(); 4].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
        Self(held.map(|listener| listener.local_addr().unwrap().port()))
    }

    pub(crate) fn flags(self) -> String {
        let Self([operators, workers, ..]) = self;
        format!("--no-listener --port {operators} --worker-host 127.0.0.1 --worker-port {workers}")
    }

    /// Those on which somebody listens.
    pub(crate) fn taken(self) -> Vec<u16> {
        self.0.into_iter().filter(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()).collect()
    }

    pub(crate) const fn operators(self) -> u16 {
        let Self([operators, ..]) = self;
        operators
    }

    pub(crate) const fn api(self) -> u16 {
        let Self([_, _, api, _]) = self;
        api
    }

    pub(crate) const fn page(self) -> u16 {
        let Self([.., page]) = self;
        page
    }
}

/// A host that is a master: an empty folder, and an environment that says nothing else.
pub(crate) struct Master {
    home: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Master {
    pub(crate) fn new(ports: Ports) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name).display().to_string();
        let variables = vec![
            ("DECNET_CONFIG", path("decnet.ini")),
            ("DECNET_AGENT_SOCKET", path("agent.sock")),
            ("DECNET_STATE_DIRECTORY", path("state")),
            ("DECNET_INGEST_LOG_FILE", path("decnet.log")),
            ("DECNET_SYSTEM_LOGS", String::new()),
            ("DECNET_API_PORT", ports.api().to_string()),
            ("DECNET_WEB_PORT", ports.page().to_string()),
        ];
        Self { home, variables }
    }

    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decnet-master"));
        command.args(arguments.split_whitespace()).env_clear().current_dir(self.home.path());
        command.envs(self.variables.iter().cloned());
        command
    }

    /// The code and what was said.
    pub(crate) fn run(&self, arguments: &str) -> (i32, String) {
        told(&self.command(arguments).output().unwrap())
    }
}

fn told(output: &Output) -> (i32, String) {
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    (output.status.code().unwrap(), said.concat())
}

/// `run` as a process, killed when this is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(master: &Master, ports: Ports) -> Self {
        let mut command = master.command(&format!("run {}", ports.flags()));
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut running = Self(child);
        until("all of it to listen", || {
            assert_eq!(running.0.try_wait().unwrap(), None, "it ended");
            (ports.taken().len() == 4).then_some(())
        });
        running
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal).unwrap();
    }

    /// Waits until it ends: its code, and what it said.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let status = until("it to end", || self.0.try_wait().unwrap());
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.code(), said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[track_caller]
#[expect(clippy::disallowed_methods, reason = "there is no runtime here")]
pub(crate) fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Asks a server of this host; status and body come back.
pub(crate) fn ask(port: u16, method: &str, path: &str, token: &str, body: &Value) -> (u16, String) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Logs in by the page with the first password, changes it, and gives back the token.
pub(crate) fn log_in(master: &Master, page: u16) -> String {
    let told = fs::read_to_string(master.path("state/record/first-password")).unwrap();
    let (name, first) = told.trim().split_once(' ').unwrap();
    let login = json!({"username": name, "password": first});
    let (status, body) = ask(page, "POST", "/api/v1/auth/login", "", &login);
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let token = answer.get("access_token").and_then(Value::as_str).unwrap().to_owned();
    let change = json!({"old_password": first, "new_password": "correct horse battery"});
    let (status, body) = ask(page, "POST", "/api/v1/auth/change-password", &token, &change);
    assert_eq!(status, 200, "{body}");
    token
}

/// The status by which the page answers a browser that trusts what is in `authority`, and calls it localhost.
pub(crate) fn visit(port: u16, authority: &Path) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&fs::read(authority)?) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(tls, TcpStream::connect(("127.0.0.1", port))?);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut first = [0; 12];
    stream.read_exact(&mut first)?;
    Ok(String::from_utf8_lossy(&first).into_owned())
}

/// Runs a command where daemons of root keep their files, too: on a host whose `/run` is a folder of the test.
pub(crate) fn run_alone(master: &Master, arguments: &str) -> (i32, String) {
    let run = master.path("run");
    fs::create_dir_all(&run).unwrap();
    let wanted = master.command(arguments);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", r#"mount --bind "$0" /run && exec "$@""#]);
    command.arg(run).arg(wanted.get_program()).args(wanted.get_args()).env_clear();
    command.envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?))));
    told(&command.current_dir(master.home.path()).output().unwrap())
}
