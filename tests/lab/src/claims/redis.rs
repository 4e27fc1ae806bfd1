//! Redis, with redis-cli.

use anyhow::{Context, Result, ensure};
use decnet_proto::{plan::Decky, service::ServiceId};

use super::sighting::Sighting;
use crate::{attacker, stage::Stage};

fn cli(decky: &Decky, words: &[&str]) -> Result<String> {
    let ip = decky.persona.ip.to_string();
    attacker::say("redis-cli", ["-h", &ip].iter().chain(words))
}

/// redis-cli logs in, is told what the product tells, and its password is kept.
pub(super) fn a_conversation_completes(stage: &Stage) -> Result<String> {
    let decky = stage.decky("vault")?;
    let mut follower = stage.follow();
    let refused = cli(decky, &["PING"])?;
    ensure!(refused.contains("NOAUTH Authentication required."), "let in without a password: {refused}");
    let info = cli(decky, &["-a", "correct-horse-7", "INFO", "server"])?;
    let version = info.lines().find_map(|line| line.trim().strip_prefix("redis_version:"));
    let version = version.with_context(|| format!("INFO names no version: {info}"))?.to_owned();
    let spec = decky.services.iter().find(|spec| spec.service == ServiceId::Redis);
    let planned = spec.map(|spec| spec.product.version.as_str()).unwrap_or_default();
    ensure!(version == planned, "INFO says {version}, the plan {planned}");
    let fields = [("password", "correct-horse-7"), ("status", "accepted")];
    Sighting { decky, service: ServiceId::Redis, kind: "auth_attempt", fields: &fields }
        .once(&mut follower)?;
    Ok(format!("version {version}, password as sent"))
}

/// The usual way from an open Redis to a shell is answered as by the product, and told.
pub(super) fn an_attack_path_is_recorded(stage: &Stage) -> Result<String> {
    let decky = stage.decky("depot")?;
    let mut follower = stage.follow();
    let said = cli(decky, &["CONFIG", "SET", "dir", "/root/.ssh"])?;
    ensure!(!said.trim().is_empty(), "no answer");
    let event = Sighting { decky, service: ServiceId::Redis, kind: "exploit_attempt", fields: &[] }
        .once(&mut follower)?;
    Ok(format!("{} answered {:?}", event.field("technique"), said.trim()))
}
