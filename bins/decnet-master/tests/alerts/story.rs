//! Receivers that fail, hang, are down and come back, and a program that is killed meanwhile.

use serde_json::json;
use tokio::sync::mpsc;

use crate::{
    account::settle,
    program::Program,
    receiver::{Mood, Receiver},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_alert_is_delivered_or_listed_as_dead_and_none_twice() {
    let mut program = Program::start().await;
    let (news, mut heard) = mpsc::unbounded_channel();
    let failing = Receiver::new(news.clone()).await;
    let hanging = Receiver::new(news.clone()).await;
    let (quiet, _) = mpsc::unbounded_channel();
    let mut away = Receiver::new(quiet).await;
    // Four failures in a row are not enough to be left alone for long.
    failing.moods([
        Mood::Answer(500, ""),
        Mood::Slam,
        Mood::BreakOff(b"HTTP/1.1 20"),
        Mood::Answer(503, "Retry-After: 1"),
    ]);
    // It hangs until the program is killed, and then for as long as an answer is waited for.
    hanging.moods([Mood::Hang, Mood::Hang]);
    away.stop().await;
    let a = program.receiver("failing", &failing.url()).await;
    let b = program.receiver("hanging", &hanging.url()).await;
    let c = program.receiver("away", &away.url()).await;

    program.attacked_by(2);
    program.until("alerts are raised", "/api/v1/alerts", |page| page["total"] == 4).await;
    heard.recv().await.unwrap();
    let path = |id: i64| format!("/api/v1/alerts/receivers/{id}");
    program.until("it recovers", &path(a), |it| it["waiting"] == 0).await;
    program.until("it is away", &path(c), |it| it["failures"].as_u64() >= Some(4)).await;

    program.kill();
    program.attacked_by(30);
    away.listen().await;
    program.again().await;
    program.until("they are raised", "/api/v1/alerts", |page| page["total"] == 64).await;
    program.until("they are told", &path(a), |it| it["waiting"] == 0).await;
    // Who is given up keeps what he missed on his list, and gets it when it is wanted.
    let off = json!({"enabled": false});
    program.send("PUT", &path(c), &off).await;
    program.send("PUT", &path(c), &json!({"enabled": true})).await;
    let dead = program.get(&format!("{}/deliveries", path(c))).await;
    assert_eq!(dead["data"][0]["error"], "the receiver was switched off", "{dead}");
    let retried = program.send("POST", &format!("{}/retry", path(c)), &json!({})).await;
    assert!(retried["deliveries"].as_u64() > Some(0), "{retried}");
    program.until("he has it", &path(c), |it| it["waiting"] == 0).await;
    program.until("it answers again", &path(b), |it| it["waiting"] == 0).await;

    for (id, receiver) in [(a, &failing), (b, &hanging), (c, &away)] {
        let account = settle(&program, id, receiver).await;
        assert_eq!((account.alerts, account.delivered, account.twice), (64, 64, 0), "{account:?}");
    }
    assert_eq!(hanging.heard().len(), 66);
    assert!(failing.url().contains(&failing.address().to_string()));
}
