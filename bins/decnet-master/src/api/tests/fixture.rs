//! An API that runs, and a client that reads what it says to the byte.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    net::SocketAddr,
    time::Duration,
};

use decnet_daemon::{
    config::{self, CommandLine, Listener, Master},
    environment::Environment,
    signals::{Shutdown, Trigger},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::api::{Bound, Settings};

/// The password of everybody who has one of his own.
pub(super) const PASSWORD: &str = "correct horse battery";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An API that runs until it is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) folder: TempDir,
    pub(super) trigger: Trigger,
    pub(super) serving: JoinHandle<()>,
}

/// An answer: status, head, body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    /// Starts one over what is in a folder.
    pub(super) async fn start_in(folder: TempDir) -> Self {
        Self::start_with(folder, &[]).await
    }

    /// The same, told more by variables.
    pub(super) async fn start_with(folder: TempDir, more: &[(&str, &str)]) -> Self {
        let settings = settings(&folder, more);
        let bound = Bound::open(settings).await.unwrap();
        let address = bound.address().unwrap();
        let (trigger, shutdown) = Shutdown::by_hand();
        let serving = tokio::spawn(bound.serve(shutdown));
        Self { address, folder, trigger, serving }
    }

    /// Ends it in good order.
    pub(super) async fn stop(self) -> TempDir {
        self.trigger.request();
        timeout(PATIENCE, self.serving).await.unwrap().unwrap();
        self.folder
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut stream = self.send(method, path, token, body, "Connection: close\r\n").await;
        let mut all = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut all)).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&all).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: unchunked(head, body) }
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.ask("GET", path, Some(token), None).await
    }

    /// The status alone, of an answer that may have no end.
    pub(super) async fn status(&self, method: &str, path: &str, token: Option<&str>) -> u16 {
        let mut stream = self.send(method, path, token, None, "").await;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
        }
        String::from_utf8(line).unwrap().split(' ').nth(1).unwrap().parse().unwrap()
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
        more: &str,
    ) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{token}{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Asks for something without an end, in a way in which it is not sent in chunks.
    pub(super) async fn listen(&self, path: &str, token: &str, more: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.0\r\nAuthorization: Bearer {token}\r\n{more}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// The token of a log-in.
    pub(super) async fn log_in(&self, name: &str, password: &str) -> String {
        let answer = self.try_log_in(name, password).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn try_log_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({"username": name, "password": password});
        self.ask("POST", "/api/v1/auth/login", None, Some(body)).await
    }

    /// The administrator, with a password of his own.
    pub(super) async fn admin(&self) -> String {
        let told = fs::read_to_string(self.folder.path().join("record/first-password")).unwrap();
        let (name, first) = told.trim().split_once(' ').unwrap();
        assert_eq!(name, "admin");
        let token = self.log_in("admin", first).await;
        self.change_password(&token, first).await;
        token
    }

    pub(super) async fn change_password(&self, token: &str, old: &str) {
        let body = json!({"old_password": old, "new_password": PASSWORD});
        let answer = self.ask("POST", "/api/v1/auth/change-password", Some(token), Some(body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Another user, who has the password `first word of mine` and must change it.
    pub(super) async fn add_user(&self, admin: &str, name: &str, role: &str) -> String {
        let body = json!({"username": name, "password": "first word of mine", "role": role});
        let answer = self.ask("POST", "/api/v1/config/users", Some(admin), Some(body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["uuid"].as_str().unwrap().to_owned()
    }

    /// Has events come in, and waits until the record has as many.
    pub(super) async fn write(&self, token: &str, seqs: std::ops::Range<u64>) {
        let last = seqs.end - 1;
        self.write_until(token, seqs, last).await;
    }

    /// The same, until it has so many.
    pub(super) async fn write_until(&self, token: &str, seqs: std::ops::Range<u64>, events: u64) {
        let mut file = OpenOptions::new().append(true).create(true).open(log(&self.folder)).unwrap();
        seqs.for_each(|seq| writeln!(file, "{}", event(seq)).unwrap());
        let is_there = async || self.get("/api/v1/stats", token).await.json()["total_logs"] == events;
        for _ in 0..300 {
            if is_there().await {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("{events} events did not come");
    }
}

/// A record of an event as `decnet.json` has it: the first of a session of four.
fn event(seq: u64) -> Value {
    let (kind, fields) = match seq % 4 {
        0 => ("connect", String::new()),
        1 => (
            "auth_attempt",
            format!(r#" mechanism="plain" username="root" password="p{seq}" status="rejected""#),
        ),
        2 => ("command", format!(r#" command="wget" args="http://198.51.100.7/{seq}""#)),
        _ => ("disconnect", r#" reason="peer" duration_ms="5" bytes_in="1" bytes_out="2""#.to_owned()),
    };
    let session = seq / 4;
    let host = seq % 3 + 1;
    let line = format!(
        r#"<134>1 2026-11-27T10:00:00.{seq:06}+00:00 web-{host} ssh - {kind} [relay@55555 boot="00000000000000aa" seq="{seq}" session="{session:016x}" src_ip="203.0.113.{host}" src_port="4711" dst_ip="10.0.0.5" dst_port="22"{fields}]"#
    );
    json!({"raw_line": line})
}

fn log(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("decnet.json")
}

fn settings(folder: &TempDir, more: &[(&str, &str)]) -> Settings {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let variables = [
        ("DECNET_CONFIG", "/nonexistent".to_owned()),
        ("DECNET_STATE_DIRECTORY", path("")),
        ("DECNET_INGEST_LOG_FILE", path("decnet.log")),
        ("DECNET_ARTIFACTS_ROOT", path("artifacts")),
        ("DECNET_AGENT_SOCKET", path("agent.sock")),
    ];
    let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let all = variables.into_iter().chain(more);
    let decnet = all.map(|(name, value)| (name.to_owned(), value)).collect();
    let environment = Environment { decnet, ..Environment::default() };
    let master = config::load::<Master>(&CommandLine::default(), &environment).unwrap();
    let listener = config::load::<Listener>(&CommandLine::default(), &environment).unwrap();
    let mut settings = Settings::new(&master, &listener).unwrap();
    settings.address.set_port(0);
    settings
}

/// The body of an answer that came in chunks.
fn unchunked(head: &str, body: &str) -> String {
    if !head.to_lowercase().contains("transfer-encoding: chunked") {
        return body.to_owned();
    }
    let (mut out, mut rest) = (String::new(), body);
    while let Some((length, behind)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        out.push_str(&behind[..length]);
        rest = behind[length..].strip_prefix("\r\n").unwrap();
    }
    out
}
