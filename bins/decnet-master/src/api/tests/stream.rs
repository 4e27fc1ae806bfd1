//! Events as they come.

use std::time::Duration;

use serde_json::Value;
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};

use super::fixture::Server;

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One who listens.
struct Ear {
    stream: TcpStream,
    rest: Vec<u8>,
}

/// A message: its name, its id, its data.
#[derive(Debug)]
struct Message {
    name: String,
    id: Option<i64>,
    data: Value,
}

impl Ear {
    async fn new(server: &Server, token: &str, path: &str, more: &str) -> Self {
        let mut stream = server.listen(path, token, more).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&head));
        Self { stream, rest: Vec::new() }
    }

    /// The next message, if the stream has not ended.
    async fn next(&mut self) -> Option<Message> {
        loop {
            while let Some(end) = self.rest.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.rest.drain(..end + 2).collect();
                if let Some(message) = Message::read(std::str::from_utf8(&block).unwrap()) {
                    return Some(message);
                }
            }
            let mut piece = [0; 65_536];
            let read = timeout(PATIENCE, self.stream.read(&mut piece)).await.unwrap().unwrap();
            if read == 0 {
                return None;
            }
            self.rest.extend_from_slice(&piece[..read]);
        }
    }

    /// The next message of events: their ids.
    async fn ids(&mut self) -> Vec<i64> {
        loop {
            let message = self.next().await.unwrap();
            if message.data["type"] == "logs" {
                let rows = message.data["data"].as_array().unwrap();
                let ids: Vec<_> = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
                assert_eq!(message.id, ids.last().copied());
                return ids;
            }
        }
    }

    /// As many ids of events as are asked for.
    async fn take(&mut self, count: usize) -> Vec<i64> {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(self.ids().await);
        }
        all
    }
}

impl Message {
    /// A block that has an event.
    fn read(block: &str) -> Option<Self> {
        let of = |name: &str| {
            let text = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            text.map(str::to_owned)
        };
        let id = of("id").map(|id| id.parse().unwrap());
        Some(Self { name: of("event")?, id, data: serde_json::from_str(&of("data")?).unwrap() })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_comes_first_and_then_what_happens() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..5).await;
    let mut ear = Ear::new(&server, &admin, "/api/v1/stream", "").await;
    let first = ear.next().await.unwrap();
    assert_eq!((first.name.as_str(), first.data["type"].as_str()), ("message", Some("stats")));
    assert_eq!(first.data["data"]["total_logs"], 4);
    assert_eq!(ear.next().await.unwrap().data["type"], "histogram");
    let place = ear.next().await.unwrap();
    assert_eq!((place.name.as_str(), place.id), ("place", Some(4)));
    server.write(&admin, 5..9).await;
    assert_eq!(ear.take(4).await, [5, 6, 7, 8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_misses_nothing_and_hears_nothing_twice() {
    let server = Server::start().await;
    let admin = server.admin().await;
    // More than is held for all, so that the beginning comes from the record.
    server.write(&admin, 1..6001).await;
    let mut ear = Ear::new(&server, &admin, "/api/v1/stream", "Last-Event-ID: 17\r\n").await;
    let heard = ear.take(5983).await;
    assert_eq!(heard, (18..=6000).collect::<Vec<_>>());
    server.write(&admin, 6001..6003).await;
    assert_eq!(ear.take(2).await, [6001, 6002]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_held_against_old_and_new_alike() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..41).await;
    let path = "/api/v1/stream?search=event:command&lastEventId=0";
    let mut ear = Ear::new(&server, &admin, path, "").await;
    assert_eq!(ear.take(10).await, (0..10).map(|n| 4 * n + 2).collect::<Vec<_>>());
    server.write(&admin, 41..49).await;
    assert_eq!(ear.take(2).await, [42, 46]);
}

#[tokio::test]
async fn who_goes_makes_room_before_anything_is_said() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let mut ear = Ear::new(&server, &admin, "/api/v1/stream", "").await;
    while ear.next().await.is_some_and(|message| message.name != "place") {}
    assert_eq!(listeners(&server, &admin).await, "1");
    drop(ear);
    // A heartbeat, which would find it out too, is much later.
    let gone = async { while listeners(&server, &admin).await != "0" {} };
    timeout(PATIENCE / 6, gone).await.unwrap();
    server.stop().await;
}

async fn listeners(server: &Server, token: &str) -> String {
    let text = server.get("/api/v1/metrics", token).await.body;
    let line = text.lines().find_map(|line| line.strip_prefix("decnet_api_listeners "));
    line.unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_server_and_says_so() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let mut ear = Ear::new(&server, &admin, "/api/v1/stream", "").await;
    assert_eq!(ear.next().await.unwrap().data["type"], "stats");
    server.stop().await;
    let mut last = None;
    while let Some(message) = ear.next().await {
        last = Some(message.name);
    }
    assert_eq!(last.as_deref(), Some("end"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_none_is_refused() {
    let server = Server::start().await;
    let admin = server.admin().await;
    for more in ["Last-Event-ID: x\r\n", "Last-Event-ID: -1\r\n"] {
        let mut stream = server.listen("/api/v1/stream", &admin, more).await;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.0 422", "{more}");
    }
}
