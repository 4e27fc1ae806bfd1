//! telnet, with the client of inetutils.

use anyhow::{Result, ensure};
use decnet_proto::service::ServiceId;

use super::sighting::Sighting;
use crate::{attacker, stage::Stage};

/// Types the lines at a human's pace.
fn talk(host: &str, lines: &[&str]) -> Result<String> {
    let typed: String = lines.iter().map(|line| format!("sleep 2; printf '%s\\r' '{line}'; ")).collect();
    attacker::say("sh", ["-c", &format!("{{ sleep 1; {typed} sleep 2; }} | timeout 60 telnet {host}")])
}

/// The password of the fleet file logs in, and what is done behind it is told, with its source.
pub(super) fn a_log_in_over_telnet_is_told(stage: &Stage) -> Result<String> {
    let decky = stage.decky("bastion")?;
    let mut follower = stage.follow();
    let said = talk(&decky.persona.ip.to_string(), &["root", "Winter1999", "exit"])?;
    ensure!(said.contains("Login incorrect"), "a wrong password is answered {said:?}");
    let fields = [("username", "root"), ("password", "Winter1999"), ("status", "rejected")];
    Sighting { decky, service: ServiceId::Telnet, kind: "auth_attempt", fields: &fields }
        .once(&mut follower)?;
    let (mut follower, mut commands) = (stage.follow(), stage.follow());
    // What is typed is shown as well: only its result shows that it was run.
    let typed = ["root", "Autumn2025", "echo there-$((40+2))", "exit"];
    let said = talk(&decky.persona.ip.to_string(), &typed)?;
    ensure!(said.contains("there-42"), "behind the log-in it says {said:?}");
    let fields = [("username", "root"), ("password", "Autumn2025"), ("status", "accepted")];
    Sighting { decky, service: ServiceId::Telnet, kind: "auth_attempt", fields: &fields }
        .once(&mut follower)?;
    let fields = [("command", "echo"), ("args", "there-$((40+2))")];
    Sighting { decky, service: ServiceId::Telnet, kind: "command", fields: &fields }.once(&mut commands)?;
    Ok("refused once, let in once, one command told".to_owned())
}
