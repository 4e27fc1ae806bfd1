//! Guessing passwords: ten times, and then no more for a while.

use anyhow::{Context as _, Result, ensure};
use lab::api::{Client, Host, PASSWORD};
use serde_json::json;

use super::Ground;

/// Attempts that are let through.
const LET_THROUGH: usize = 10;

/// Attempts in all.
const ATTEMPTS: usize = 60;

/// Guesses at one name from one address, from others, and at others from it.
pub(super) fn holds(ground: &Ground) -> Result<String> {
    let mut host = Host::make(&ground.folder("throttle"), &ground.programs, "")?;
    host.start()?;
    let admin = host.admin()?;
    let at = |address: &str| host.client().field("X-Forwarded-For", address);
    let guesser = at("198.51.100.1");
    let mut statuses = Vec::new();
    for number in 0..ATTEMPTS {
        statuses.push(attempt(&guesser, "admin", &format!("guess number {number}"))?.0);
    }
    let (through, refused) = statuses.split_at(LET_THROUGH);
    ensure!(through.iter().all(|status| *status == 401), "the first are answered with {through:?}");
    ensure!(refused.iter().all(|status| *status == 429), "the others are answered with {refused:?}");
    let (status, wait) = attempt(&guesser, "admin", PASSWORD)?;
    ensure!(status == 429, "the right password is answered with {status} meanwhile");
    let wait = wait.context("it does not say when to try again")?;
    for (who, name) in [(at("198.51.100.2"), "admin"), (guesser, "somebody")] {
        let (status, _) = attempt(&who, name, "guess")?;
        ensure!(status == 429, "{name} is answered with {status}");
    }
    let (status, _) = attempt(&at("203.0.113.5"), "somebody", "guess")?;
    ensure!(status == 401, "others are answered with {status}");
    ensure!(admin.status("GET", "/api/v1/auth/me")? == 200, "who was logged in is not any more");
    host.api.end()?;
    Ok(format!("{LET_THROUGH} of {ATTEMPTS} guesses let through, the next ones after {wait} s"))
}

/// Tries to log in: the status, and in how many seconds to try again.
fn attempt(client: &Client, name: &str, password: &str) -> Result<(u16, Option<u32>)> {
    let body = json!({"username": name, "password": password});
    let answer = client.ask("POST", "/api/v1/auth/login", Some(&body))?;
    Ok((answer.status, answer.field("retry-after").and_then(|text| text.parse().ok())))
}
