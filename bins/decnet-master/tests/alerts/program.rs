//! The API as its command line starts it, over a log that grows.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use decnet_api::client::{CallError, Client, Way};
use decnet_event::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

const PASSWORD: &str = "correct horse battery";

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// A folder with a log, and the program that takes it into a record. It is killed when it is dropped.
pub(crate) struct Program {
    folder: TempDir,
    address: SocketAddr,
    child: Option<Child>,
    client: Client,
    /// Attackers that came so far.
    pub(crate) attackers: u32,
}

impl Program {
    /// Starts it, and logs in.
    pub(crate) async fn start() -> Self {
        let address = free_port();
        let client = Client::new(Way::Plain(address.to_string()));
        let mut program =
            Self { folder: tempfile::tempdir().unwrap(), address, child: None, client, attackers: 0 };
        let path = |name: &str| program.path(name).display().to_string();
        let config = format!(
            "[decnet]\nsystem-logs =\nstate-directory = {}\ningest-log-file = {}\n[master]\napi-port = {}\n",
            path("state"),
            path("decnet.log"),
            address.port()
        );
        fs::write(program.path("decnet.ini"), config).unwrap();
        program.again().await;
        let told = program.first_password().await;
        let (name, first) = told.trim().split_once(' ').unwrap();
        let body = json!({"username": name, "password": first});
        let login = program.send("POST", "/api/v1/auth/login", &body).await;
        program.client =
            program.client.clone().with_bearer(login["access_token"].as_str().unwrap().to_owned());
        let body = json!({"old_password": first, "new_password": PASSWORD});
        program.send("POST", "/api/v1/auth/change-password", &body).await;
        program
    }

    /// The first name and password, which are told once there is a record.
    async fn first_password(&self) -> String {
        let begun = Instant::now();
        loop {
            let told = fs::read_to_string(self.path("state/record/first-password")).unwrap_or_default();
            if told.ends_with('\n') {
                return told;
            }
            assert!(begun.elapsed() < PATIENCE, "nobody may log in");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it once more, and waits until it answers.
    pub(crate) async fn again(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decnet-master"));
        command.args(["api", "--config-file"]).arg(self.path("decnet.ini")).env_clear();
        let err = OpenOptions::new().create(true).append(true).open(self.path("said")).unwrap();
        self.child = Some(command.stdout(Stdio::null()).stderr(err).spawn().unwrap());
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            let said = || fs::read_to_string(self.path("said")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not answer: {}", said());
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer: Result<Value, CallError> = self.client.get("GET", path).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer: Result<Value, CallError> = self.client.send(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    /// Adds a receiver, and answers with its id.
    pub(crate) async fn receiver(&self, name: &str, url: &str) -> i64 {
        let target = json!({"kind": "json", "url": url, "allow_http": true, "secret": "0123456789abcdef"});
        let body = json!({"name": name, "enabled": true, "target": target});
        self.send("POST", "/api/v1/alerts/receivers", &body).await["id"].as_i64().unwrap()
    }

    /// So many attackers come who were never seen before: each is worth two alerts.
    pub(crate) fn attacked_by(&mut self, attackers: u32) {
        let mut log = OpenOptions::new().create(true).append(true).open(self.path("decnet.json")).unwrap();
        let mut lines = String::new();
        for _ in 0..attackers {
            self.attackers += 1;
            lines.push_str(&format!("{}\n", connect(self.attackers)));
        }
        log.write_all(lines.as_bytes()).unwrap();
    }

    /// Waits until something that the API tells is as it should be.
    pub(crate) async fn until(&self, what: &str, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let found = self.get(path).await;
            if holds(&found) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {found}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Every row of a list.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{mark}limit=1000&cursor={cursor}")).await;
            rows.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return rows,
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of loopback that is free now, and none that connections out are given: it is wanted again after a kill.
fn free_port() -> SocketAddr {
    loop {
        let mut bytes = [0; 2];
        getrandom::fill(&mut bytes).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 20_000 + u16::from_ne_bytes(bytes) % 12_000));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// The record of a line that tells of a connection.
fn connect(number: u32) -> Value {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let time = Timestamp(i64::try_from(since.as_micros()).unwrap());
    let (third, fourth) = (number / 250, number % 250 + 1);
    let line = format!(
        r#"<134>1 {time} web-1 ssh - connect [relay@55555 boot="00000000000000aa" seq="{number}" session="{number:016x}" src_ip="10.7.{third}.{fourth}" src_port="4711" dst_ip="10.0.0.5" dst_port="22"]"#
    );
    json!({"raw_line": line})
}
