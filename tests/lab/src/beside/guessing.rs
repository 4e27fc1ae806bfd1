//! Passwords tried by the hundred, as robots do.

use std::{
    collections::VecDeque,
    fs,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use decnet_proto::service::ServiceId;

use crate::{
    attacker,
    clients::{Login, telnet::Telnet},
    log::Seen,
    process,
    stage::Stage,
    workspace,
};

/// Tries until the right one is found.
const TRIES: usize = 200;
/// Wrong ones after it.
const MORE: usize = 8;
/// Connections at a time over telnet, where every refusal takes seconds.
const ROBOTS: usize = 8;

/// Two hundred passwords are tried: each is an event, none breaks the protocol, and the right one
/// alone works.
///
/// # Errors
/// When one of these is not so.
pub fn the_right_password_alone_works(stage: &Stage, service: ServiceId, login: &Login) -> Result<String> {
    let mut words: Vec<String> = (1..TRIES + MORE).map(|number| format!("wrong-{number:03}")).collect();
    // Near the end, since hydra tries no more of an account that it has opened; not at it, since
    // hydra may end before it has tried the last ones.
    words.insert(TRIES - 1, login.password.clone());
    let mut follower = stage.follow();
    let found = match service {
        // hydra takes the prompt for a name after a refusal for that of a password, at the real
        // daemon as well: it never finds the right one there.
        ServiceId::Telnet => over_telnet(login, &words)?,
        _ => with_hydra(service, login, &words)?,
    };
    ensure!(found == [login.password.as_str()], "these let in: {found:?}");
    // Who asks an agent shows a community with each question.
    let (kind, tried, right) = match service {
        ServiceId::Snmp => ("snmp_request", "community", ("answered", "true")),
        _ => ("auth_attempt", "password", ("status", "accepted")),
    };
    let is_try = |event: &&Seen| event.kind == kind && event.service == service.slug();
    let tries = |seen: &[Seen]| seen.iter().filter(is_try).cloned().collect::<Vec<_>>();
    let all = |seen: &[Seen]| {
        let tries = tries(seen);
        match service {
            // Its password never crosses the wire: what proves it does.
            ServiceId::Mysql => tries.len() >= TRIES,
            _ => words.iter().take(TRIES).all(|word| tries.iter().any(|event| event.field(tried) == *word)),
        }
    };
    let seen = tries(&follower.until("every try", Duration::from_secs(20), all)?);
    let let_in = seen.iter().filter(|event| event.field(right.0) == right.1).count();
    ensure!(let_in >= 1, "no event tells of the right one");
    Ok(format!("{} tries told, {let_in} let in", seen.len()))
}

/// The passwords that hydra finds; that it complains of nothing is part of it.
fn with_hydra(service: ServiceId, login: &Login, words: &[String]) -> Result<Vec<String>> {
    let list = workspace::lab().join("words.txt");
    fs::write(&list, words.join("\n") + "\n").with_context(|| format!("writing {}", list.display()))?;
    let (list, target) = (list.to_string_lossy(), format!("{service}://{}", login.host));
    // A community that is wrong is met with silence, for which hydra waits.
    let tasks = if service == ServiceId::Snmp { "16" } else { "4" };
    let mut words = vec!["-P", &list, "-t", tasks, "-w", "20", "-I", &target];
    if service != ServiceId::Snmp {
        words.extend(["-l", &login.user]);
    }
    // Where it may leave its notes.
    let output = attacker::command("hydra", words).current_dir(workspace::lab()).output();
    let said = process::both(&output.context("starting hydra")?);
    // Behind this line it complains of tries of its own that it broke off when it had found one.
    let (tries, _) =
        said.split_once("1 of 1 target").with_context(|| format!("hydra found nothing: {said}"))?;
    ensure!(!tries.contains("[ERROR]"), "hydra said {said}");
    let found = said.lines().filter_map(|line| Some(line.split_once("password: ")?.1.to_owned()));
    Ok(found.collect())
}

/// The passwords that let in over telnet, tried by robots side by side.
fn over_telnet(login: &Login, words: &[String]) -> Result<Vec<String>> {
    let left = Mutex::new(words.iter().cloned().collect::<VecDeque<_>>());
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let robots: Vec<_> =
            (0..ROBOTS).map(|_| scope.spawn(|| attacker::inside(|| robot(login, &left, &found)))).collect();
        robots.into_iter().try_for_each(|robot| robot.join().map_err(|_| anyhow!("a robot broke down"))?)
    })?;
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn robot(login: &Login, left: &Mutex<VecDeque<String>>, found: &Mutex<Vec<String>>) -> Result<()> {
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut connection = None;
    while let Some(word) = next() {
        let mut telnet = match connection.take() {
            Some(telnet) => telnet,
            None => asked_for_a_name(login)?,
        };
        telnet.line(&login.user)?;
        telnet.until(&["Password: "])?;
        telnet.line(&word)?;
        match telnet.until(&["login: ", "$ ", "# ", "Maximum number of tries exceeded"])? {
            0 => connection = Some(telnet),
            // Whoever tried too often calls again.
            3 => {}
            _ => found.lock().unwrap_or_else(PoisonError::into_inner).push(word),
        }
    }
    Ok(())
}

fn asked_for_a_name(login: &Login) -> Result<Telnet> {
    let mut telnet = Telnet::open(login.host)?;
    match telnet.until(&["login: "]) {
        Ok(_) => Ok(telnet),
        Err(error) => bail!("no log-in at {}: {error:#}", login.host),
    }
}
