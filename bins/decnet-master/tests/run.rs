//! All that a master has in one process: what is listened on, kept, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test that has nothing to do says why")]

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
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

/// A line of `decnet.json`.
const EVENT: &str = r#"{"raw_line":"<134>1 2026-11-27T10:00:00.000001+00:00 web-1 ssh - command [relay@55555 boot=\"00000000000000aa\" seq=\"1\" session=\"0000000000000001\" src_ip=\"203.0.113.1\" src_port=\"4711\" dst_ip=\"10.0.0.5\" dst_port=\"22\" command=\"wget\" args=\"x\"]"}"#;

/// Ports of loopback: for operators, for workers, of the API and of the page.
#[derive(Clone, Copy, Debug)]
struct Ports([u16; 4]);

impl Ports {
    /// Some on which nobody listens.
    fn free() -> Self {
        let held = [(); 4].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
        Self(held.map(|listener| listener.local_addr().unwrap().port()))
    }

    fn flags(self) -> String {
        let Self([operators, workers, ..]) = self;
        format!("--no-listener --port {operators} --worker-host 127.0.0.1 --worker-port {workers}")
    }

    /// Those on which somebody listens.
    fn taken(self) -> Vec<u16> {
        self.0.into_iter().filter(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()).collect()
    }

    const fn operators(self) -> u16 {
        let Self([operators, ..]) = self;
        operators
    }

    const fn api(self) -> u16 {
        let Self([_, _, api, _]) = self;
        api
    }

    const fn page(self) -> u16 {
        let Self([.., page]) = self;
        page
    }
}

/// A host that is a master: an empty folder, and an environment that says nothing else.
struct Master {
    home: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Master {
    fn new(ports: Ports) -> Self {
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

    fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decnet-master"));
        command.args(arguments.split_whitespace()).env_clear().current_dir(self.home.path());
        command.envs(self.variables.iter().cloned());
        command
    }

    /// The code and what was said.
    fn run(&self, arguments: &str) -> (i32, String) {
        told(&self.command(arguments).output().unwrap())
    }
}

fn told(output: &Output) -> (i32, String) {
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    (output.status.code().unwrap(), said.concat())
}

/// `run` as a process, killed when this is dropped.
struct Running(Child);

impl Running {
    fn start(master: &Master, ports: Ports) -> Self {
        let mut command = master.command(&format!("run {}", ports.flags()));
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut running = Self(child);
        until("all of it to listen", || {
            assert_eq!(running.0.try_wait().unwrap(), None, "it ended");
            (ports.taken().len() == 4).then_some(())
        });
        running
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal).unwrap();
    }

    /// Waits until it ends: its code, and what it said.
    fn ended(mut self) -> (Option<i32>, String) {
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
fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
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
fn ask(port: u16, method: &str, path: &str, token: &str, body: &Value) -> (u16, String) {
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
fn log_in(master: &Master, page: u16) -> String {
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

#[test]
fn a_master_is_one_process_that_ends_when_it_is_told_to() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let ports = Ports::free();
        let master = Master::new(ports);
        fs::write(master.path("decnet.json"), format!("{EVENT}\n")).unwrap();
        let running = Running::start(&master, ports);
        let (code, said) = master.run(&format!("swarm list --url http://127.0.0.1:{}", ports.operators()));
        assert_eq!(code, 0, "{said}");
        assert_eq!(ask(ports.api(), "GET", "/api/v1/health", "", &Value::Null).0, 200);
        assert!(ask(ports.page(), "GET", "/", "", &Value::Null).1.contains("<!doctype html>"));
        let token = log_in(&master, ports.page());
        until("the event", || {
            let (status, body) = ask(ports.api(), "GET", "/api/v1/logs?search=wget", &token, &Value::Null);
            (status == 200 && body.contains("203.0.113.1")).then_some(())
        });
        running.signal(signal);
        let (code, said) = running.ended();
        assert!(code == Some(0) && said.contains("ended"), "{code:?}: {said}");
        assert_eq!(ports.taken(), [0; 0]);
    }
}

/// A stream of events never ends by itself.
#[test]
fn who_listens_does_not_keep_it_and_a_second_interrupt_ends_it_at_once() {
    let ports = Ports::free();
    let master = Master::new(ports);
    let mut running = Running::start(&master, ports);
    let token = log_in(&master, ports.page());
    let mut stream = TcpStream::connect(("127.0.0.1", ports.page())).unwrap();
    let request = format!("GET /api/v1/stream HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert!(first.ends_with(b" 200"), "{}", String::from_utf8_lossy(&first));
    // A request that does not come to its end is waited for, but not by who is in a hurry.
    let mut half = TcpStream::connect(("127.0.0.1", ports.api())).unwrap();
    half.write_all(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{").unwrap();
    // Two that come at the same moment are one.
    until("it to end at once", || {
        running.signal(Signal::SIGINT);
        running.0.try_wait().unwrap()
    });
    let (code, said) = running.ended();
    assert!(code == Some(0) && said.contains("ended at once"), "{code:?}: {said}");
}

/// Runs it where something stands in its way: it ends with this said, and nothing is left that listens.
#[track_caller]
fn refused(master: &Master, ports: Ports, open: &[u16], expect: &[&str]) {
    let (code, said) = master.run(&format!("run {}", ports.flags()));
    assert!(code == 1 && expect.iter().all(|text| said.contains(text)), "{expect:?}: {code}: {said}");
    assert_eq!(ports.taken(), open, "{expect:?}");
}

#[test]
fn what_cannot_run_is_named_and_nothing_else_is_left_running() {
    let ports = Ports::free();
    for (number, name) in [(0, "the controller"), (1, "the controller"), (2, "the API"), (3, "the page")] {
        let port = ports.0.into_iter().nth(number).unwrap();
        let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
        refused(&Master::new(ports), ports, &[port], &[name, &format!("cannot listen on 127.0.0.1:{port}")]);
    }
    let reached = Master::new(ports).variable("DECNET_WEB_HOST", "0.0.0.0");
    refused(&reached, ports, &[], &["set api-certificate and api-key"]);
    let missing =
        reached.variable("DECNET_API_CERTIFICATE", "none.crt").variable("DECNET_API_KEY", "none.key");
    refused(&missing, ports, &[], &["the page cannot be served", "cannot read", "none.crt"]);
}

#[test]
fn two_masters_do_not_share_a_folder_nor_a_record() {
    let (ports, others) = (Ports::free(), Ports::free());
    let first = Master::new(ports);
    let running = Running::start(&first, ports);
    let here = |name: &str| first.path(name).display().to_string();
    let same_folder = Master::new(others).variable("DECNET_STATE_DIRECTORY", &here("state"));
    refused(&same_folder, others, &[], &["the controller already runs as process"]);
    let same_record = Master::new(others).variable("DECNET_RECORD_FILE", &here("state/record/record.db"));
    refused(&same_record, others, &[], &["the API cannot be run", &here("state/record")]);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
}

/// The status by which the page answers a browser that trusts what is in `authority`, and calls it localhost.
fn visit(port: u16, authority: &Path) -> io::Result<String> {
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

#[test]
fn browsers_that_trust_the_authority_come_in_by_tls() {
    let ports = Ports::free();
    let master = Master::new(ports);
    let (code, said) = master.run("ca certify");
    assert!(code == 1 && said.contains("there is no authority"), "{code}: {said}");
    let running = Running::start(&master, ports);
    // The controller runs meanwhile.
    let (code, said) = master.run("ca certify --name localhost --json");
    assert_eq!(code, 0, "{said}");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
    let made: Value = serde_json::from_str(&said).unwrap();
    let path = |name: &str| made.get(name).and_then(Value::as_str).unwrap().to_owned();
    let mode = fs::metadata(path("api_key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let master = master
        .variable("DECNET_API_CERTIFICATE", &path("api_certificate"))
        .variable("DECNET_API_KEY", &path("api_key"))
        .variable("DECNET_WEB_HOST", "0.0.0.0");
    let running = Running::start(&master, ports);
    let authority = master.path("state/web/authority.crt");
    assert_eq!(path("authority"), authority.display().to_string());
    assert_eq!(visit(ports.page(), &authority).unwrap(), "HTTP/1.1 200");
    // The API, which is on loopback, has none.
    assert_eq!(ask(ports.api(), "GET", "/api/v1/health", "", &Value::Null).0, 200);
    let (code, said) = master.run("ca certify --name localhost --out-dir other");
    assert!(code == 0 && said.contains("api-key = other/web.key"), "{code}: {said}");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ended().0, Some(0));
}

/// Runs a command where daemons of root keep their files, too: on a host whose `/run` is a folder of the test.
fn run_alone(master: &Master, arguments: &str) -> (i32, String) {
    let run = master.path("run");
    fs::create_dir_all(&run).unwrap();
    let wanted = master.command(arguments);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", r#"mount --bind "$0" /run && exec "$@""#]);
    command.arg(run).arg(wanted.get_program()).args(wanted.get_args()).env_clear();
    command.envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?))));
    told(&command.current_dir(master.home.path()).output().unwrap())
}

#[test]
fn as_a_daemon_it_listens_before_the_command_ends() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root may give it a /run of its own");
        return;
    }
    let ports = Ports::free();
    let master = Master::new(ports);
    let daemon = format!("run --daemon {}", ports.flags());
    let (code, said) = run_alone(&master, &daemon);
    assert_eq!(code, 0, "{said}");
    assert_eq!(ports.taken(), ports.0);
    let (code, said) = run_alone(&master, &daemon);
    assert!(code == 1 && said.contains("already runs"), "{code}: {said}");
    let pid = fs::read_to_string(master.path("run/decnet/master.pid")).unwrap();
    let pid: i32 = pid.lines().next().unwrap().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    until("it to end", || ports.taken().is_empty().then_some(()));
}
