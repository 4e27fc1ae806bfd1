//! Receivers that misbehave at random, and a program that is killed again and again.

use std::{env, time::Duration};

use serde_json::json;
use tokio::{sync::mpsc, time::sleep};

use crate::{
    account::settle,
    program::Program,
    receiver::{Mood, Receiver},
};

/// How many attackers come, each of them worth two alerts, where nobody says; `cargo xtask proof api` does.
const ATTACKERS: &str = "ALERT_ATTACKERS";
const FEW: u32 = 60;

/// For each so many attackers the program is killed once.
const A_KILL: u32 = 30;

const RECEIVERS: u64 = 3;

/// A small generator of numbers (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    /// One connection of seven fails.
    fn mood(&mut self) -> Mood {
        match self.below(28) {
            0 => Mood::Answer(500, ""),
            1 => Mood::Answer(429, "Retry-After: 1"),
            2 => Mood::Slam,
            3 => Mood::BreakOff(b"HTTP/1.1 2"),
            4 => Mood::BreakOff(b"HTTP/1.1 200 OK\r\n\r\n"),
            _ => Mood::Answer(202, ""),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_every_alert_is_delivered_or_listed_as_dead() {
    let attackers = env::var(ATTACKERS).map_or(FEW, |text| text.parse().unwrap());
    let (rounds, mut numbers) = (attackers.div_ceil(A_KILL), Numbers(7));
    let mut program = Program::start().await;
    for rule in ["first_touch", "new_attacker"] {
        program.send("PUT", &format!("/api/v1/alerts/rules/{rule}"), &json!({"hourly": 10_000})).await;
    }
    let (mut receivers, mut ids) = (Vec::new(), Vec::new());
    for at in 0..RECEIVERS {
        let receiver = Receiver::new(mpsc::unbounded_channel().0).await;
        receiver.moods((0..4 * attackers).map(|_| numbers.mood()));
        ids.push(program.receiver(&format!("r{at}"), &receiver.url()).await);
        receivers.push(receiver);
    }
    for _ in 0..rounds {
        program.attacked_by(A_KILL);
        // Somewhere between the first line that is read and the last delivery.
        sleep(Duration::from_millis(numbers.below(700))).await;
        program.kill();
        let away = numbers.below(RECEIVERS);
        if let Some(receiver) = usize::try_from(away).ok().and_then(|away| receivers.get_mut(away)) {
            receiver.stop().await;
            receiver.listen().await;
        }
        program.again().await;
    }
    let alerts = u64::from(2 * program.attackers);
    program
        .until("all are raised", "/api/v1/alerts", |page| page["total"].as_u64() >= Some(alerts.min(10_000)))
        .await;
    let (mut heard, mut twice) = (0, 0);
    for (id, receiver) in ids.iter().zip(&receivers) {
        let path = format!("/api/v1/alerts/receivers/{id}");
        program.until("nothing waits", &path, |it| it["waiting"] == 0).await;
        let account = settle(&program, *id, receiver).await;
        assert_eq!(account.alerts as u64, alerts);
        assert_eq!(account.delivered + account.dead, account.alerts, "{account:?}");
        // What was taken, and not written down before a kill: at most one for each.
        assert!(account.twice <= rounds as usize, "{account:?}");
        (heard, twice) = (heard + account.heard, twice + account.twice);
    }
    println!(
        "alerts: {alerts} alerts to {RECEIVERS} receivers, {rounds} kills: all delivered or dead, {heard} requests, \
         {twice} taken twice at a kill"
    );
}
