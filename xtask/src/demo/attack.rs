//! What the attacker does: a scan, then some clients for each service that it found.

use std::net::Ipv4Addr;

use anyhow::Result;
use decnet_proto::agent::DeckyStatus;

use super::live::Screen;

/// What is done to one address.
type Attack = fn(&str, &mut Screen) -> Result<()>;

/// Each on the first decky that has the service.
const ATTACKS: [(&str, Attack); 5] =
    [("http", web), ("https", secret), ("ftp", upload), ("redis", redis), ("smtp", mail)];

/// Runs all of it from the attacker's namespace.
pub(super) fn run(deckies: &[DeckyStatus], screen: &mut Screen) -> Result<()> {
    scan(deckies, screen)?;
    for (service, attack) in ATTACKS {
        if let Some(ip) = target(deckies, service) {
            attack(&ip.to_string(), screen)?;
        }
    }
    Ok(())
}

/// The address of the first decky with a service.
fn target(deckies: &[DeckyStatus], service: &str) -> Option<Ipv4Addr> {
    let has = |decky: &&DeckyStatus| decky.services.iter().any(|offered| offered.name == service);
    deckies.iter().find(has).and_then(|decky| decky.ip)
}

fn scan(deckies: &[DeckyStatus], screen: &mut Screen) -> Result<()> {
    let ips: Vec<_> = deckies.iter().filter_map(|decky| decky.ip).map(|ip| ip.to_string()).collect();
    let mut words =
        vec!["nmap", "-sV", "-n", "-p", "21,25,80,443,587,6379", "--open", "--host-timeout", "90s"];
    words.extend(ips.iter().map(String::as_str));
    screen.run(&words, 120)
}

fn web(ip: &str, screen: &mut Screen) -> Result<()> {
    let page = format!("http://{ip}/wp-login.php");
    screen.run(&["curl", "-sS", "-i", "-m", "10", "-d", "log=admin&pwd=Summer2026!", &page], 8)?;
    let traversal = format!("http://{ip}/cgi-bin/.%2e/.%2e/.%2e/bin/sh");
    screen.run(&["curl", "-sS", "-i", "-m", "10", "--path-as-is", &traversal], 8)
}

fn secret(ip: &str, screen: &mut Screen) -> Result<()> {
    let page = format!("https://{ip}/admin/");
    screen.run(&["curl", "-sS", "-k", "-I", "-m", "10", "-u", "root:toor", &page], 8)
}

fn upload(ip: &str, screen: &mut Screen) -> Result<()> {
    let url = format!("ftp://{ip}/incoming/notes.txt");
    screen.run(&["curl", "-sS", "-m", "20", "-u", "anonymous:guest@example.net", "-T", "README.md", &url], 8)
}

fn redis(ip: &str, screen: &mut Screen) -> Result<()> {
    screen.run(&["redis-cli", "-h", ip, "INFO", "server"], 6)?;
    screen.run(&["redis-cli", "-h", ip, "CONFIG", "SET", "dir", "/root/.ssh"], 4)
}

fn mail(ip: &str, screen: &mut Screen) -> Result<()> {
    let quiet = ["--timeout", "10", "--suppress-data"];
    let message = ["swaks", "--server", ip, "--from", "ceo@example.net", "--to", "postmaster", "-tls"];
    let subject = ["--header", "Subject: overdue invoice"];
    screen.run(&[&message[..], &subject, &quiet].concat(), 60)?;
    let login = ["--auth", "LOGIN", "--auth-user", "mkeller", "--auth-password", "Winter2025"];
    screen.run(&[&message[..], &login, &quiet].concat(), 60)
}
