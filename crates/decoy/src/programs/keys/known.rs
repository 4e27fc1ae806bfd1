//! `known_hosts`: who is in it, and who shall no longer be.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};

use super::{say, text};
use crate::{
    caps,
    programs::{context::Done, options::Parsed},
    shell::{Exit, Process},
};

fn mac(salt: &[u8], host: &[u8]) -> Option<Vec<u8>> {
    let key = PKey::hmac(salt).ok()?;
    Signer::new(MessageDigest::sha1(), &key).ok()?.sign_oneshot_to_vec(host).ok()
}

/// Whether the first word of a line names the host.
fn names(word: &str, host: &str) -> bool {
    if let Some((salt, sum)) = word.strip_prefix("|1|").and_then(|rest| rest.split_once('|')) {
        let salt = STANDARD.decode(salt).unwrap_or_default();
        return mac(&salt, host.as_bytes()).is_some_and(|mac| STANDARD.encode(mac) == sum);
    }
    word.split(',').any(|name| name.eq_ignore_ascii_case(host))
}

fn hashed(host: &str) -> Option<String> {
    let mut salt = [0; 20];
    getrandom::fill(&mut salt).ok()?;
    Some(format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(mac(&salt, host.as_bytes())?)))
}

pub(super) async fn hosts(process: &mut Process, given: &Parsed) -> Done {
    let usual = format!("{}/.ssh/known_hosts", process.account.home);
    let name = given.value('f').map_or_else(|| usual.into_bytes(), <[u8]>::to_vec);
    let shown = text(&name);
    let content = match process.files.read(&name) {
        Ok(content) => text(content.get(..caps::PROGRAM_INPUT).unwrap_or(&content)),
        Err(error) => {
            say(process, &format!("Cannot stat {shown}: {}\n", error.text())).await;
            return Ok(Exit::Code(255));
        }
    };
    let host = given.value('R').or(given.value('F')).map(text).unwrap_or_default();
    let mut kept = String::new();
    let mut found = 0;
    for (at, line) in content.lines().enumerate() {
        process.seat.work(2).await;
        let first = line.split_whitespace().next().unwrap_or_default();
        let plain = !first.is_empty() && !first.starts_with(['#', '@']);
        if given.has('H') {
            let whole = if plain && !first.starts_with('|') && !first.contains(['*', '?', '!']) {
                let rest = line.trim_start().get(first.len()..).unwrap_or_default();
                first.split(',').filter_map(hashed).map(|hash| format!("{hash}{rest}\n")).collect()
            } else {
                format!("{line}\n")
            };
            kept += &whole;
        } else if plain && names(first, &host) {
            found += 1;
            if given.has('R') {
                process.print(format!("# Host {host} found: line {}\n", at + 1)).await?;
            } else {
                process.print(format!("# Host {host} found: line {} \n{line}\n", at + 1)).await?;
            }
        } else {
            kept += &format!("{line}\n");
        }
    }
    if given.has('F') {
        return Ok(if found > 0 { Exit::SUCCESS } else { Exit::FAILURE });
    }
    if given.has('R') && found == 0 {
        say(process, &format!("Host {host} not found in {shown}\n")).await;
        return Ok(Exit::SUCCESS);
    }
    let old = [&name[..], b".old"].concat();
    let _ = process.files.unlink(&old);
    let saved = process
        .files
        .write(&old, content.as_bytes(), 0o600)
        .and_then(|()| process.files.write(&name, kept.as_bytes(), 0o600));
    if let Err(error) = saved {
        say(process, &format!("{shown}: {}\n", error.text())).await;
        return Ok(Exit::Code(255));
    }
    process.print(format!("{shown} updated.\nOriginal contents retained as {shown}.old\n")).await?;
    if given.has('H') {
        say(process, &format!("WARNING: {shown}.old contains unhashed entries\nDelete this file to ensure privacy of hostnames\n")).await;
    }
    Ok(Exit::SUCCESS)
}
