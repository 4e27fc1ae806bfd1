//! How it goes.

use std::net::SocketAddr;

use decnet_forwarder::{Settings, status};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    home::{Home, Running, until},
    shipping::swarm,
};

async fn metrics(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn how_it_goes_is_told_to_people_and_programs() {
    let (_controller, listener, home) = swarm().await;
    home.append("one\ntwo\n");
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.text() == "one\ntwo\n").await;
    let is_done = |report: &status::Report| report.healthy && report.lag_bytes == 0;
    let report = running.reports(is_done).await;
    let program = report.program.clone().unwrap();
    assert_eq!((program.pid, program.protocol.as_str()), (std::process::id(), "decnet-log/1"));
    assert_eq!(
        (program.version.as_str(), program.receiver),
        (env!("CARGO_PKG_VERSION"), listener.address.to_string())
    );
    assert_eq!((program.totals.lines, program.totals.gaps, program.totals.connections), (2, 0, 1));
    let functions: Vec<_> = program.functions.iter().map(|one| (one.name.as_str(), one.able)).collect();
    assert_eq!(functions, [("log", true), ("connection", true)]);
    assert_eq!((program.boot.len(), program.boot), (36, decnet_daemon::provenance::boot()));
    assert!(program.totals.bytes > 8 && program.totals.acknowledgements > 0);
    assert_eq!(report.acknowledged.unwrap().offset, 8);
    let text = report.describe();
    for part in ["connected for ", "2 lines, ", "decnet.log, 0 bytes wait", "byte 8 of "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = metrics(running.status).await;
    for part in [
        "\ndecnet_forwarder_connected 1\n",
        "\ndecnet_forwarder_lag_bytes 0\n",
        "\ndecnet_forwarder_lines_total 2\n",
        "\n# TYPE decnet_forwarder_connections_total counter\ndecnet_forwarder_connections_total 1\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let generation = report.acknowledged.unwrap().generation;
    let place = format!("decnet_forwarder_acknowledged_offset{{generation=\"{generation}\"}} 8\n");
    assert!(text.contains(&place), "{text}");

    let mut places = home.places();
    places.status = Some(running.status);
    assert_eq!(status::look(&places).await.unwrap().program.unwrap().pid, std::process::id());
    // One of another ledger is not taken for ours.
    let other = Home::new();
    places.ledger = other.path("state");
    assert_eq!(status::look(&places).await.unwrap().program, None);
    running.stop().await;

    home.append("three\n");
    let left = status::look(&home.places()).await.unwrap();
    assert_eq!((left.healthy, left.lag_bytes, left.acknowledged), (false, 6, report.acknowledged));
    assert!(left.describe().starts_with("No forwarder answers."));
}

#[tokio::test]
async fn a_door_that_is_taken_keeps_nothing_from_being_shipped() {
    let (_controller, listener, home) = swarm().await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = home.settings(listener.address);
    let mut places = settings.places.clone();
    places.status = Some(taken.local_addr().unwrap());
    home.append("one\n");
    let forwarder = decnet_forwarder::Forwarder::open(Settings { places, ..settings }).await.unwrap();
    assert_eq!(forwarder.status_address().unwrap(), None);
    let (end, shutdown) = decnet_daemon::signals::Shutdown::by_hand();
    let running = tokio::spawn(forwarder.run(shutdown));
    until(|| listener.text() == "one\n").await;
    end.request();
    running.await.unwrap().unwrap();
}
