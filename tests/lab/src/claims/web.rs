//! HTTP and HTTPS, with curl and openssl.

use anyhow::{Context, Result, ensure};
use decnet_proto::service::ServiceId;

use super::sighting::Sighting;
use crate::{attacker, stage::Stage};

/// A request appears with its path, query, headers and source port, and is answered.
pub(super) fn requests_appear_as_sent(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Http)?;
    let mut follower = stage.follow();
    let url = format!("http://{}/backup/db.sql?id=1%27--", decky.persona.ip);
    let agent = "Mozilla/5.0 (scan \"quoted\" ])";
    let said = attacker::say("curl", ["-sS", "-i", "-m", "10", "--local-port", "41017", "-A", agent, &url])?;
    let status = said.split_whitespace().nth(1).context("curl got no status line")?.to_owned();
    let fields = [
        ("method", "GET"),
        ("path", "/backup/db.sql"),
        ("query", "id=1%27--"),
        ("user_agent", agent),
        ("src_port", "41017"),
        ("status", &status),
    ];
    Sighting { decky, service: ServiceId::Http, kind: "request", fields: &fields }.once(&mut follower)?;
    Ok(format!("one request, answered {status}"))
}

/// What somebody types into a log-in page is kept.
pub(super) fn form_credentials_are_captured(stage: &Stage) -> Result<String> {
    let decky = stage.decky("front")?;
    let mut follower = stage.follow();
    let url = format!("http://{}/wp-login.php", decky.persona.ip);
    let page = attacker::say("curl", ["-sS", "-m", "10", &url])?;
    ensure!(page.contains("name=\"log\"") && page.contains("name=\"pwd\""), "no log-in form: {page}");
    attacker::say("curl", ["-sS", "-m", "10", "-d", "log=editor&pwd=Tr0ub4dor%263", &url])?;
    let fields = [("username", "editor"), ("password", "Tr0ub4dor&3"), ("status", "rejected")];
    Sighting { decky, service: ServiceId::Http, kind: "auth_attempt", fields: &fields }
        .once(&mut follower)?;
    Ok("user name and password as typed".to_owned())
}

/// The certificate names the decky, and the handshake is seen.
pub(super) fn tls_is_of_the_decky(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Https)?;
    let mut follower = stage.follow();
    let address = format!("{}:443", decky.persona.ip);
    let said = attacker::say("openssl", ["s_client", "-connect", &address, "-servername", "intranet.test"])?;
    let hostname = &decky.persona.hostname;
    ensure!(said.contains(hostname.as_str()), "the certificate does not name {hostname}: {said}");
    let fields = [("sni", "intranet.test")];
    let seen = Sighting { decky, service: ServiceId::Https, kind: "tls_session", fields: &fields }
        .once(&mut follower)?;
    Ok(format!("{} with {}", seen.field("tls_version"), seen.field("cipher")))
}
