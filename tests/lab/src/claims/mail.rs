//! SMTP, with swaks.

use std::fs;

use anyhow::{Context, Result, ensure};
use decnet_proto::service::ServiceId;
use sha2::{Digest, Sha256};

use super::sighting::Sighting;
use crate::{attacker, stage::Stage};

/// A message over STARTTLS with a log-in: the password is told and the message kept, if the
/// product would have taken it.
pub(super) fn a_message_is_kept(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Smtp)?;
    let mut follower = stage.follow();
    let ip = decky.persona.ip.to_string();
    let to = format!("postmaster@{}", decky.persona.domain);
    let said = attacker::say(
        "swaks",
        [
            "--server",
            &ip,
            "--from",
            "ceo@partner.test",
            "--to",
            &to,
            "--header",
            "Subject: invoice 4711",
            "--body",
            "please pay",
            "-tls",
            "--timeout",
            "15",
        ],
    )?;
    ensure!(said.contains("250 2.0.0 Ok: queued as "), "the message was not taken: {said}");
    let fields = [("mail_from", "ceo@partner.test"), ("subject", "invoice 4711")];
    let event = Sighting { decky, service: ServiceId::Smtp, kind: "message_accepted", fields: &fields }
        .once(&mut follower)?;
    let kept = stage.fleet.artifacts().join(event.field("sha256"));
    let kept = fs::read(&kept).with_context(|| format!("reading {}", kept.display()))?;
    let sha256: String = Sha256::digest(&kept).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(sha256 == event.field("sha256"), "the artifact is not what its name says");
    ensure!(String::from_utf8_lossy(&kept).contains("please pay"), "the body is missing");
    Ok(format!("queued as {}, {} bytes kept", event.field("msg_id"), kept.len()))
}
