//! SNMP, with the tools of net-snmp.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use decnet_proto::plan::Decky;

use crate::{attacker, lan, stage::Stage, wait};

fn tool(program: &str, decky: &Decky, community: &str, oid: &str) -> Result<String> {
    let host = decky.persona.ip.to_string();
    attacker::say(program, ["-v2c", "-c", community, "-On", "-t1", "-r1", &host, oid])
}

/// A printer can be walked from end to end, and its clock goes.
pub(super) fn a_tree_is_walked(stage: &Stage) -> Result<String> {
    let decky = stage.decky("hall")?;
    let mut follower = stage.follow();
    let walk = tool("snmpbulkwalk", decky, "public", ".1")?;
    let variables = walk.lines().filter(|line| line.starts_with(".1.3.6.1.")).count();
    ensure!(variables > 150, "a walk finds {variables} variables: {walk}");
    ensure!(walk.contains(".1.3.6.1.2.1.43."), "a printer without the tree of printers");
    let up = || -> Result<u64> {
        let said = tool("snmpget", decky, "public", ".1.3.6.1.2.1.1.3.0")?;
        let ticks = said.split(['(', ')']).nth(1).with_context(|| format!("no uptime in {said:?}"))?;
        ticks.parse().with_context(|| format!("the uptime {ticks:?}"))
    };
    let before = up()?;
    wait::pause(Duration::from_millis(1_200));
    let passed = up()?.saturating_sub(before);
    ensure!((100..=600).contains(&passed), "in 1.2 s its clock went on by {passed} hundredths");
    let seen = follower.until("the requests", Duration::from_secs(15), |seen| {
        seen.iter().any(|e| e.kind == "snmp_request" && e.field("operation") == "getbulk")
    })?;
    let ours = seen.iter().filter(|e| e.kind == "snmp_request").all(|e| {
        e.decky == "hall"
            && e.field("src_ip") == lan::ATTACKER_IP.to_string()
            && e.field("dst_ip") == decky.persona.ip.to_string()
            && e.field("community") == "public"
    });
    ensure!(ours, "a request is told of wrongly: {seen:?}");
    let host = decky.persona.ip.to_string();
    let arguments =
        ["-sU", "-sV", "-n", "-Pn", "-p161", "--script", "snmp-info", "--host-timeout", "60s", &host];
    let named = attacker::say("nmap", arguments)?;
    ensure!(named.contains("161/udp open  snmp"), "nmap says {named:?}");
    Ok(format!("{variables} variables"))
}

/// Who does not know the community hears nothing, and is told of.
pub(super) fn a_wrong_community_is_silence(stage: &Stage) -> Result<String> {
    let decky = stage.decky("hall")?;
    let mut follower = stage.follow();
    let said = tool("snmpget", decky, "pr1vate-7", ".1.3.6.1.2.1.1.1.0")?;
    ensure!(said.contains("Timeout: No Response"), "it is answered: {said:?}");
    let seen = follower.until("the request", Duration::from_secs(15), |seen| {
        seen.iter().any(|e| e.kind == "snmp_request" && e.field("community") == "pr1vate-7")
    })?;
    let answered = seen.iter().any(|e| e.field("community") == "pr1vate-7" && e.field("answered") == "true");
    ensure!(!answered, "it is told as answered");
    Ok("silence, community as sent".to_owned())
}
