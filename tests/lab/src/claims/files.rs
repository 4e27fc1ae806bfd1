//! FTP, with curl and lftp.

use std::fs;

use anyhow::{Context, Result, ensure};
use decnet_proto::service::ServiceId;
use sha2::{Digest, Sha256};

use super::sighting::Sighting;
use crate::{attacker, clients::ftp, stage::Stage, workspace};

/// An uploaded file stands among the artifacts under its SHA-256, byte for byte.
pub(super) fn an_upload_is_kept(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Ftp)?;
    let mut follower = stage.follow();
    // Larger than one piece of the way out, and with every byte value in it.
    let content: Vec<u8> =
        (0..100_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let path = workspace::lab().join("upload.bin");
    fs::write(&path, &content).with_context(|| format!("writing {}", path.display()))?;
    let script = ftp::upload(decky.persona.ip, &path, "incoming/tool.bin");
    let said = attacker::say("lftp", ["-c", &script])?;
    let sha256: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let size = content.len().to_string();
    let fields = [("sha256", sha256.as_str()), ("size", &size)];
    let sighting = Sighting { decky, service: ServiceId::Ftp, kind: "file_captured", fields: &fields };
    let seen = sighting.once(&mut follower).with_context(|| format!("lftp said {said:?}"))?;
    ensure!(seen.field("orig_path").ends_with("tool.bin"), "named {:?}", seen.field("orig_path"));
    let kept = stage.fleet.artifacts().join(seen.field("stored_as"));
    let kept = fs::read(&kept).with_context(|| format!("reading {}", kept.display()))?;
    ensure!(kept == content, "what is kept differs from what was sent");
    Ok(format!("{size} bytes, sha256 {}…", sha256.get(..12).unwrap_or_default()))
}

/// A log-in is seen with its password, and refused as the product refuses it.
pub(super) fn log_ins_are_captured(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Ftp)?;
    let mut follower = stage.follow();
    let url = format!("ftp://{}/", decky.persona.ip);
    let said = attacker::say("curl", ["-sS", "-v", "-m", "20", "-u", "admin:pa]ss\"word", &url])?;
    ensure!(said.contains("530 Login incorrect."), "not refused as the product refuses: {said}");
    let fields = [("username", "admin"), ("password", "pa]ss\"word"), ("status", "rejected")];
    Sighting { decky, service: ServiceId::Ftp, kind: "auth_attempt", fields: &fields }.once(&mut follower)?;
    Ok("530, user name and password as sent".to_owned())
}
