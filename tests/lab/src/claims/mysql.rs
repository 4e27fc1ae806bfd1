//! MySQL and MariaDB, with the client of Debian.

use anyhow::{Context, Result, ensure};
use decnet_proto::{plan::Decky, service::ServiceId};

use super::sighting::Sighting;
use crate::{attacker, stage::Stage};

fn client(decky: &Decky, user: &str, password: &str, statement: &str) -> Result<String> {
    let (host, user) = (format!("-h{}", decky.persona.ip), format!("-u{user}"));
    let password = format!("-p{password}");
    attacker::say(
        "mariadb",
        ["--no-defaults", "--connect-timeout=10", &host, &user, &password, "-e", statement],
    )
}

/// A wrong password is refused as by the product, and told with what proves it.
pub(super) fn a_wrong_password_leaves_its_proof(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Mysql)?;
    let mut follower = stage.follow();
    let said = client(decky, "root", "Tr0ub4dor", "select 1")?;
    // MariaDB plays one of its accounts, and those that come by the socket name no password.
    let denied = said.contains("ERROR 1698 (28000)") || said.contains("ERROR 1045 (28000)");
    let refusal = "Access denied for user 'root'@'10.77.0.9'";
    ensure!(denied && said.contains(refusal), "it says {said:?}, and should say {refusal:?}");
    let fields = [("username", "root"), ("status", "rejected")];
    let seen = Sighting { decky, service: ServiceId::Mysql, kind: "auth_attempt", fields: &fields }
        .once(&mut follower)?;
    let hash = seen.field("hash");
    ensure!(
        hash.starts_with("$mysqlna$") && hash.len() == "$mysqlna$".len() + 40 + 1 + 40,
        "its proof is {hash:?}"
    );
    Ok(hash.get(..24).unwrap_or(hash).to_owned() + "…")
}

/// Bait logs in, exactly it, and what is asked is told.
pub(super) fn bait_opens_the_database(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Mysql)?;
    let meant = |purpose: &str| ["database", "administration"].contains(&purpose);
    let baits = &decky.persona.bait;
    let bait = baits.iter().find(|bait| meant(&bait.purpose)).or(baits.first());
    let bait = bait.context("a decky without bait")?;
    let mut follower = stage.follow();
    let said = client(decky, &bait.username, &bait.password, "select version(); show databases")?;
    ensure!(said.contains("information_schema"), "with its bait it says {said:?}");
    let fields = [("username", bait.username.as_str()), ("status", "accepted")];
    Sighting { decky, service: ServiceId::Mysql, kind: "auth_attempt", fields: &fields }
        .once(&mut follower)?;
    Ok(said.split_whitespace().nth(1).unwrap_or_default().to_owned())
}
