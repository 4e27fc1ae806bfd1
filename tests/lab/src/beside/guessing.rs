//! Passwords tried by the hundred, as robots do.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use decnet_proto::service::ServiceId;

use crate::{attacker, clients::Login, log::Seen, stage::Stage, workspace};

/// Tries of one run.
const TRIES: usize = 200;

/// hydra tries two hundred passwords: each is an event, none breaks the protocol, and the right one
/// alone works.
///
/// # Errors
/// When one of these is not so.
pub fn the_right_password_alone_works(stage: &Stage, service: ServiceId, login: &Login) -> Result<String> {
    let mut words: Vec<String> = (1..TRIES).map(|number| format!("wrong-{number:03}")).collect();
    // In the middle, so that some come after it where tries overlap.
    words.insert(TRIES / 2, login.password.clone());
    let list = workspace::lab().join("words.txt");
    fs::write(&list, words.join("\n") + "\n").with_context(|| format!("writing {}", list.display()))?;
    let mut follower = stage.follow();
    let target = format!("{service}://{}", login.host);
    // Without -f it goes on when it has found one.
    let list = list.to_string_lossy();
    let said =
        attacker::say("hydra", ["-l", &login.user, "-P", &list, "-t", "4", "-w", "20", "-I", &target])?;
    let found: Vec<_> = said.lines().filter(|line| line.contains("password: ")).collect();
    ensure!(
        found.len() == 1 && found.iter().all(|line| line.ends_with(&format!("password: {}", login.password))),
        "hydra found {found:?} and said {said}"
    );
    ensure!(!said.contains("[ERROR]"), "hydra said {said}");
    let is_try = |event: &&Seen| event.kind == "auth_attempt" && event.service == service.slug();
    let all = |seen: &[Seen]| {
        words.iter().all(|word| seen.iter().filter(is_try).any(|event| event.field("password") == *word))
    };
    let seen = match service {
        // Its password never crosses the wire: what proves it does.
        ServiceId::Mysql => follower.until("every try", Duration::from_secs(20), |seen| {
            seen.iter().filter(is_try).count() >= TRIES
        })?,
        _ => follower.until("every try", Duration::from_secs(20), all)?,
    };
    let let_in = seen.iter().filter(is_try).filter(|event| event.field("status") == "accepted").count();
    ensure!(let_in >= 1, "no event tells of the right one");
    let tries = seen.iter().filter(is_try).count();
    Ok(format!("{tries} tries told, {let_in} let in"))
}
