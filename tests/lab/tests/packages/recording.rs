//! A machine with what one host needs: its master keeps what its agent collects, and opens to the first
//! password.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lab::booted::{Debs, FIRST, Machine, PATIENCE, nothing_failed};
use serde_json::{Value, json};

/// What one host has.
const HOST: [&str; 3] = ["decnet-common", "decnet-agent", "decnet-master"];

/// Asks the page, which hands it on to the API: `$1` is the method, `$2` the path, `$3` the token, `$4` the
/// body. The machine has no other client.
const ASK: &str = r#"use IO::Socket::INET;
my ($method, $path, $token, $body) = @ARGV;
my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:8080") or die "nobody listens: $!";
print $s "$method $path HTTP/1.0\r\nHost: x\r\nContent-Type: application/json\r\n";
print $s "Authorization: Bearer $token\r\n" if $token;
print $s "Content-Length: ", length($body), "\r\n\r\n$body";
$s->flush;
local $/;
my ($head, $answer) = split /\r\n\r\n/, <$s>, 2;
print $answer;
exit($head =~ m{^HTTP/1\.. 2} ? 0 : 1);"#;

/// An event as the collector writes it.
const EVENT: &str = r#"{"raw_line":"<134>1 2026-11-27T10:00:00.000001+00:00 web-1 ssh - command [relay@55555 boot=\"00000000000000aa\" seq=\"1\" session=\"0000000000000001\" src_ip=\"203.0.113.1\" src_port=\"4711\" dst_ip=\"10.0.0.5\" dst_port=\"22\" command=\"wget\" args=\"x\"]"}"#;

/// As the agent's unit: its user, its group, its mask, and the modes that its collector asks for.
const AS_AGENT: &str = "setpriv --reuid decnet-agent --regid decnet --init-groups sh -c";

#[test]
fn an_installed_master_keeps_what_the_agents_user_wrote_and_opens_to_the_first_password() -> Result<()> {
    let machine = Machine::boot("record")?;
    let said = Debs::of(FIRST)?.install(&machine, &HOST)?;
    let told = said.lines().find_map(|line| line.trim().strip_prefix("sudo "));
    let told = told.context("nobody says how to come in")?.to_owned();
    machine.say(&format!("cat >/srv/ask.pl <<'END'\n{ASK}\nEND"))?;
    machine
        .until(&ask("GET", "/api/v1/health", "", &Value::Null), PATIENCE)
        .context("waiting for the API")?;
    is_its_own(&machine)?;
    let token = comes_in(&machine, &told)?;
    collected(&machine, &token)?;
    // The same after the machine was away.
    machine.reboot()?;
    machine
        .until(&ask("GET", "/api/v1/health", "", &Value::Null), PATIENCE)
        .context("waiting for the API")?;
    collected_once(&machine, &token)?;
    nothing_failed(&machine)
}

/// The command that asks.
fn ask(method: &str, path: &str, token: &str, body: &Value) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    format!("perl /srv/ask.pl {method} '{path}' '{token}' '{body}'")
}

/// Who listens is the unit's process, and its files are its user's alone.
fn is_its_own(machine: &Machine) -> Result<()> {
    for (script, expect) in [
        ("stat --format=%U /proc/$(systemctl show --value -P MainPID decnet-master)", "decnet-master"),
        ("stat --format='%U %a' /var/lib/decnet/record", "decnet-master 700"),
        ("stat --format='%U %a' /var/lib/decnet/record/first-password", "decnet-master 600"),
        ("systemctl show --value -P NRestarts decnet-master", "0"),
    ] {
        let found = machine.say(script)?;
        ensure!(found == expect, "{script}: {found:?}, not {expect:?}");
    }
    for user in ["decnet-agent", "nobody"] {
        let read = format!(
            "setpriv --reuid {user} --clear-groups --regid decnet cat /var/lib/decnet/record/first-password"
        );
        ensure!(!machine.sh(&read)?.status.success(), "{user} reads the first password");
    }
    Ok(())
}

/// Logs in as the package said, and changes the password.
fn comes_in(machine: &Machine, told: &str) -> Result<String> {
    let words = machine.say(told)?;
    let (name, first) = words.split_once(' ').with_context(|| words.clone())?;
    let body = json!({"username": name, "password": first});
    let answer = machine.say(&ask("POST", "/api/v1/auth/login", "", &body))?;
    let answer: Value = serde_json::from_str(&answer).context("reading a log-in")?;
    let token = answer.get("access_token").and_then(Value::as_str).context("no token")?.to_owned();
    let body = json!({"old_password": first, "new_password": "correct horse battery"});
    machine.say(&ask("POST", "/api/v1/auth/change-password", &token, &body))?;
    ensure!(!machine.sh(told)?.status.success(), "the first password is there still");
    Ok(token)
}

/// What the agent's user writes is in the record, and the agent answers the master.
fn collected(machine: &Machine, token: &str) -> Result<()> {
    let write = format!("{AS_AGENT} 'umask 0027; cat >>/var/log/decnet/decnet.json' <<'END'\n{EVENT}\nEND");
    machine.say(&write)?;
    let mode = machine.say("stat --format='%U %G %a' /var/log/decnet/decnet.json")?;
    ensure!(mode == "decnet-agent decnet 640", "the agent's file is {mode}");
    let search = ask("GET", "/api/v1/logs?search=wget", token, &Value::Null);
    machine
        .until(&format!("{search} | grep -q 203.0.113.1"), Duration::from_secs(10))
        .context("waiting for the event")?;
    let health = machine.say(&ask("GET", "/api/v1/health", "", &Value::Null))?;
    let health: Value = serde_json::from_str(&health).context("reading the health")?;
    let detail = health.pointer("/components/agent/detail").and_then(Value::as_str);
    // There is no Docker here, which the agent says: so it was asked.
    ensure!(detail == Some("the engine does not answer"), "{health}");
    Ok(())
}

fn collected_once(machine: &Machine, token: &str) -> Result<()> {
    let stats = machine.say(&ask("GET", "/api/v1/stats", token, &Value::Null))?;
    let stats: Value = serde_json::from_str(&stats).context("reading the counts")?;
    ensure!(stats.get("total_logs") == Some(&json!(1)), "{stats}");
    Ok(())
}
