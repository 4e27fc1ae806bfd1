//! ssh, with OpenSSH's own clients.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use decnet_proto::{plan::Decky, service::ServiceId};
use sha2::{Digest, Sha256};

use super::sighting::Sighting;
use crate::{
    beside,
    clients::{Login, openssh},
    stage::Stage,
    workspace,
};

/// Root's log-in at the decky whose fleet file gives a password.
fn root(stage: &Stage) -> Result<(&Decky, Login)> {
    let decky = stage.decky("bastion")?;
    let login = Login { host: decky.persona.ip, user: "root".to_owned(), password: "Spring2025".to_owned() };
    Ok((decky, login))
}

/// The password of the fleet file logs in, and what is done behind it is told.
pub(super) fn a_log_in_is_told_with_its_commands(stage: &Stage) -> Result<String> {
    let (decky, login) = root(stage)?;
    let mut follower = stage.follow();
    let said = openssh::ssh(&login, &[], "id -un; uname -n")?.said()?;
    let expected = format!("root\n{}\n", decky.persona.hostname);
    ensure!(said == expected, "it says {said:?}, and should say {expected:?}");
    let fields = [("command", "id"), ("args", "-un; uname -n")];
    Sighting { decky, service: ServiceId::Ssh, kind: "command", fields: &fields }.once(&mut follower)?;
    Ok(said.replace('\n', " "))
}

/// Bait logs in as well, and nothing else does.
pub(super) fn bait_logs_in_over_ssh(stage: &Stage) -> Result<String> {
    let (decky, _) = root(stage)?;
    let bait =
        decky.persona.bait.iter().find(|bait| bait.username != "root").context("a decky without bait")?;
    let login =
        Login { host: decky.persona.ip, user: bait.username.clone(), password: bait.password.clone() };
    let mut follower = stage.follow();
    let said = openssh::ssh(&login, &[], "id -un")?.said()?;
    ensure!(said.trim() == bait.username, "with its bait it says {said:?}");
    let refused = openssh::ssh(&login.with_password("Spring2025"), &[], "id -un")?;
    ensure!(refused.errors.contains("Permission denied"), "root's password let {} in", bait.username);
    let fields = [("username", bait.username.as_str()), ("password", "Spring2025"), ("status", "rejected")];
    Sighting { decky, service: ServiceId::Ssh, kind: "auth_attempt", fields: &fields }.once(&mut follower)?;
    Ok(bait.username.clone())
}

/// A key that is tried is told by its fingerprint.
pub(super) fn a_key_is_told_by_its_fingerprint(stage: &Stage) -> Result<String> {
    let (decky, login) = root(stage)?;
    let key = openssh::fresh_key("tried")?;
    let mut follower = stage.follow();
    let options = ["-i", &key.path, "-oIdentitiesOnly=yes", "-oPreferredAuthentications=publickey"];
    let outcome = openssh::ssh(&login, &options, "true")?;
    ensure!(outcome.errors.contains("Permission denied (publickey,password)."), "it says {outcome:?}");
    let fields =
        [("key_fingerprint", key.fingerprint.as_str()), ("key_type", "ssh-ed25519"), ("username", "root")];
    Sighting { decky, service: ServiceId::Ssh, kind: "auth_attempt", fields: &fields }.once(&mut follower)?;
    Ok(key.fingerprint)
}

/// A file that comes over SFTP is kept, byte for byte.
pub(super) fn a_file_over_sftp_is_kept(stage: &Stage) -> Result<String> {
    let (decky, login) = root(stage)?;
    let content: Vec<u8> = (0..60_000u32).flat_map(|n| n.wrapping_mul(2_246_822_519).to_le_bytes()).collect();
    let path = workspace::lab().join("sftp.bin");
    fs::write(&path, &content).with_context(|| format!("writing {}", path.display()))?;
    let mut follower = stage.follow();
    openssh::sftp(&login, &format!("put {} /tmp/tool.bin\n", path.display()))?.said()?;
    let sha256: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let fields = [("sha256", sha256.as_str()), ("source", "upload")];
    let seen = Sighting { decky, service: ServiceId::Ssh, kind: "file_captured", fields: &fields }
        .once(&mut follower)?;
    let kept = stage.fleet.artifacts().join(seen.field("stored_as"));
    ensure!(fs::read(&kept).with_context(|| format!("reading {}", kept.display()))? == content, "it differs");
    Ok(format!("{} bytes", content.len()))
}

/// A session at a terminal is recorded.
pub(super) fn a_terminal_is_recorded(stage: &Stage) -> Result<String> {
    let (_, login) = root(stage)?;
    let mut follower = stage.follow();
    let shown = beside::intrusion::type_into_terminal(&login, &["echo there-$((40+2))", "exit"])?;
    ensure!(shown.contains("there-42"), "the terminal shows {shown:?}");
    let is_recording = |e: &crate::log::Seen| e.kind == "file_captured" && e.field("source") == "terminal";
    let seen =
        follower.until("the recording", Duration::from_secs(20), |seen| seen.iter().any(is_recording))?;
    let recording = seen.iter().find(|event| is_recording(event)).context("no recording")?;
    let path = stage.fleet.artifacts().join(recording.field("stored_as"));
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let seconds = beside::intrusion::watch(&text, &["echo there-$((40+2))"])?;
    Ok(format!("{seconds:.1} s"))
}

/// The server is known by the fingerprint of Debian's.
pub(super) fn the_fingerprint_is_that_of_the_real_one(stage: &Stage) -> Result<String> {
    let (decky, _) = root(stage)?;
    let hassh = beside::ssh::fingerprint(decky.persona.ip)?;
    ensure!(hassh == beside::ssh::HASSH, "hasshServer {hassh}");
    Ok(hassh)
}
