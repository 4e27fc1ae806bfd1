//! One alert to one webhook.

use decnet_proto::alert::Target;
use decnet_record::alerts::Failure;
use ring::hmac;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};

use super::{
    PATIENCE, SECRET, alert, outlet,
    receiver::{Mood, Receiver},
    tls,
};

fn json(url: &str, allow_http: bool) -> Target {
    Target::Json { url: url.to_owned(), allow_http, secret: SECRET.to_owned() }
}

async fn receiver() -> Receiver {
    Receiver::new(mpsc::unbounded_channel().0).await
}

/// What becomes of an alert to a receiver in a mood.
async fn deliver(mood: Mood) -> Result<(), Failure> {
    let receiver = receiver().await;
    receiver.moods([mood]);
    let delivered = outlet().deliver(&json(&receiver.url(), true), &alert()).await;
    assert!(receiver.heard().len() <= 1, "one request, whatever the answer");
    delivered
}

#[tokio::test]
async fn a_receiver_can_tell_who_sent_what() {
    let receiver = receiver().await;
    outlet().deliver(&json(&receiver.url(), true), &alert()).await.unwrap();
    let heard = &receiver.heard()[0];
    assert_eq!(heard.path, "/hook?a=b");
    assert_eq!(heard.header("content-type"), "application/json");
    assert_eq!(heard.header("host"), receiver.address().to_string());
    assert_eq!(heard.header("x-decnet-event-id"), alert().id.to_string());
    let timestamp = heard.header("x-decnet-timestamp");
    assert!(timestamp.parse::<u64>().unwrap() > 1_700_000_000);
    let signature = heard.header("x-decnet-signature").strip_prefix("sha256=").unwrap();
    let bytes: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap()).collect();
    let signed = [timestamp.as_bytes(), b".", &heard.body].concat();
    let verify = |key: &[u8], signed: &[u8]| {
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), signed, &bytes).is_ok()
    };
    assert!(verify(SECRET.as_bytes(), &signed));
    assert!(!verify(b"another key than that", &signed));
    assert!(!verify(SECRET.as_bytes(), &[&signed[..], b" "].concat()));
    let body: serde_json::Value = serde_json::from_slice(&heard.body).unwrap();
    assert_eq!((body["id"].as_str(), body["v"].as_u64()), (Some(&*alert().id.to_string()), Some(1)));
}

#[tokio::test]
async fn a_receiver_can_be_tried() {
    let receiver = receiver().await;
    for _ in 0..2 {
        outlet().try_out(&json(&receiver.url(), true)).await.unwrap();
    }
    let heard = receiver.heard();
    let body: serde_json::Value = serde_json::from_slice(&heard[0].body).unwrap();
    assert_eq!(body["rule"], "test");
    assert_ne!(heard[0].header("x-decnet-event-id"), heard[1].header("x-decnet-event-id"));
}

#[tokio::test]
async fn only_an_answer_that_says_so_is_a_delivery() {
    for status in [200, 201, 202, 204, 299] {
        deliver(Mood::Answer(status, "")).await.unwrap();
    }
    for status in [301, 400, 404, 410, 500, 503] {
        let failure =
            deliver(Mood::Answer(status, "location: http://127.0.0.1:1/elsewhere")).await.unwrap_err();
        assert!(failure.error.contains(&status.to_string()), "{}", failure.error);
        assert!(failure.error.ends_with(": it is so"), "{}", failure.error);
    }
}

#[tokio::test]
async fn a_conversation_that_breaks_off_is_a_failure_unless_the_head_came() {
    for bytes in
        [b"".as_slice(), b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Le", b"220 mail.example ESMTP\r\n"]
    {
        deliver(Mood::BreakOff(bytes)).await.unwrap_err();
    }
    deliver(Mood::Slam).await.unwrap_err();
    deliver(Mood::BreakOff(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")).await.unwrap();
    let late = deliver(Mood::Hang).await.unwrap_err();
    assert_eq!(late.error, format!("no answer within {} ms", PATIENCE.as_millis()));
}

#[tokio::test]
async fn a_receiver_can_ask_for_time() {
    let asked = |failure: Failure| failure.wait;
    let busy = deliver(Mood::Answer(429, "retry-after: 30")).await.unwrap_err();
    assert_eq!(asked(busy), Some(Duration::from_secs(30)));
    let odd = deliver(Mood::Answer(503, "retry-after: Fri, 31 Dec 1999 23:59:59 GMT")).await.unwrap_err();
    assert_eq!(asked(odd), None);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let flood = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 500 no\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
        while stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes()).await.is_ok() {}
    });
    let failure = outlet().deliver(&json(&url, true), &alert()).await.unwrap_err();
    assert!(failure.error.contains("500"), "{}", failure.error);
    flood.await.unwrap();
}

#[tokio::test]
async fn addresses_that_can_be_no_receiver_are_refused() {
    let check = |url: &'static str, allow_http, expect: &'static str| async move {
        let failure = outlet().deliver(&json(url, allow_http), &alert()).await.unwrap_err();
        assert!(failure.error.contains(expect), "{url}: {}", failure.error);
    };
    check("http://169.254.169.254/latest/meta-data", true, "no address that may be a receiver's").await;
    check("https://[fe80::1]/", false, "no address that may be a receiver's").await;
    check("https://0.0.0.0/", false, "no address that may be a receiver's").await;
    check("http://127.0.0.1:1/", false, "without TLS").await;
    check("ftp://127.0.0.1/", true, "https://").await;
    check("https://a@127.0.0.1/", true, "user name").await;
    check("not an address", true, "malformed").await;
    check("http://127.0.0.1:1/", true, "cannot connect").await;
}

#[tokio::test]
async fn a_receiver_with_tls_must_be_the_one() {
    let (acceptor, knowing) = tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            stream.write_all(b"HTTP/1.1 204 taken\r\n\r\n").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    let slack = |host: &str| Target::Slack { url: format!("https://{host}:{port}/services/key") };
    knowing.deliver(&slack("localhost"), &alert()).await.unwrap();
    for (outlet, host) in [(&outlet(), "localhost"), (&knowing, "127.0.0.1")] {
        let failure = outlet.deliver(&slack(host), &alert()).await.unwrap_err();
        assert!(failure.error.starts_with("cannot agree on TLS"), "{}", failure.error);
        assert!(!failure.error.contains("services"), "the address is a secret");
    }
    serving.abort();
}
