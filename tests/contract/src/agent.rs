//! An agent that answers what a test says, and remembers what it was asked.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

/// Takes method and path, and gives status and body.
type Answers = dyn Fn(&str, &str) -> (u16, Value) + Send;

/// A running agent. It ends with the test.
#[derive(Debug)]
pub struct FakeAgent {
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl FakeAgent {
    /// Listens on `socket`.
    pub fn start(socket: &Path, answers: impl Fn(&str, &str) -> (u16, Value) + Send + 'static) -> Self {
        let listener = UnixListener::bind(socket).expect("bound");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let agent = Self { requests: Arc::clone(&requests) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let asked = exchange(&mut stream.expect("a client"), &answers);
                requests.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            }
        });
        agent
    }

    /// What it was asked since the last call: method with path, and body, `null` if none.
    pub fn take_requests(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn exchange(stream: &mut UnixStream, answers: &Answers) -> (String, Value) {
    let (head, body) = read(stream);
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, answer) = answers(method, path);
    let answer = answer.to_string();
    let head =
        format!("HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", answer.len());
    stream.write_all((head + &answer).as_bytes()).expect("answered");
    (format!("{method} {path}"), serde_json::from_str(&body).unwrap_or_default())
}

fn read(stream: &mut UnixStream) -> (String, String) {
    let (mut request, mut buffer) = (Vec::new(), [0; 65_536]);
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return (head.to_owned(), body.to_owned());
            }
        }
        match stream.read(&mut buffer).expect("a request") {
            0 => return (text, String::new()),
            length => request.extend(buffer.iter().take(length)),
        }
    }
}
