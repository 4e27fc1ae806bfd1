//! `ssh` and `sftp` as clients, what `scp` says of another host, and `telnet`.

use super::{
    reach::{self, Failure, Unknown},
    text,
};
use crate::{
    machine::{Distro, Line},
    programs::{
        context::Done,
        options::{Parsed, Spec, Wrong, parse},
    },
    shell::{Exit, Process},
};

const SSH_USAGE: &str = "usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]\n           [-b bind_address] [-c cipher_spec] [-D [bind_address:]port]\n           [-E log_file] [-e escape_char] [-F configfile] [-I pkcs11]\n           [-i identity_file] [-J [user@]host[:port]] [-L address]\n           [-l login_name] [-m mac_spec] [-O ctl_cmd] [-o option] [-p port]\n           [-Q query_option] [-R address] [-S ctl_path] [-W host:port]\n           [-w local_tun[:remote_tun]] destination [command [argument ...]]\n";
const SFTP_USAGE: &str = "usage: sftp [-46AaCfNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]\n          [-D sftp_server_command] [-F ssh_config] [-i identity_file]\n          [-J destination] [-l limit] [-o ssh_option] [-P port]\n          [-R num_requests] [-S program] [-s subsystem | sftp_server]\n          [-X sftp_option] destination\n";

fn version(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15 3 Sep 2024\n",
        Distro::Ubuntu22 => "OpenSSH_8.9p1 Ubuntu-3ubuntu0.10, OpenSSL 3.0.2 15 Mar 2022\n",
        Distro::Ubuntu20 => "OpenSSH_8.2p1 Ubuntu-4ubuntu0.11, OpenSSL 1.1.1f  31 Mar 2020\n",
        Distro::Rocky9 => "OpenSSH_8.7p1, OpenSSL 3.2.2 4 Jun 2024\n",
        Distro::Fedora39 => "OpenSSH_9.3p1, OpenSSL 3.1.1 30 May 2023\n",
        Distro::CentOs7 => "OpenSSH_7.4p1, OpenSSL 1.0.2k-fips  26 Jan 2017\n",
        Distro::Alpine319 => "OpenSSH_9.6p1, OpenSSL 3.1.4 24 Oct 2023\n",
        _ => "OpenSSH_9.9p1, OpenSSL 3.4.0 22 Oct 2024\n",
    }
}

/// Connects as ssh does; what it says, and the status.
async fn dial(process: &Process, destination: &str, port: Option<&str>) -> Exit {
    let host = destination.rsplit('@').next().unwrap_or_default();
    let Some(number) = port.map_or(Some(22), |port| port.parse::<u16>().ok()) else {
        process.complain(format!("Bad port '{}'\r\n", port.unwrap_or_default())).await;
        return Exit::Code(255);
    };
    let why = match reach::lookup_first(process, host).await {
        Ok(address) => Ok(reach::connect(process, address, number).await),
        Err(unknown) => Err(unknown),
    };
    reach::call(process, host, Some(number), why);
    let words = match why {
        Ok(Failure::Reset) => format!(
            "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by {host} port {number}\r\n"
        ),
        Ok(failure) => format!("ssh: connect to host {host} port {number}: {}\r\n", failure.text()),
        Err(unknown) => format!("ssh: Could not resolve hostname {host}: {}\r\n", unknown.text()),
    };
    process.complain(words).await;
    Exit::Code(255)
}

/// Reads options before and behind the host, up to the command.
fn again(arguments: &[Vec<u8>], spec: Spec) -> Result<Parsed, Wrong> {
    let mut given = parse(arguments, spec)?;
    if given.operands.len() > 1 {
        let rest = given.operands.split_off(1);
        let behind = parse(&rest, spec)?;
        given.options.extend(behind.options);
        given.operands.extend(behind.operands);
    }
    Ok(given)
}

pub(super) async fn ssh(process: &mut Process) -> Done {
    let spec =
        Spec { short: "+1246ab:c:e:fgi:kl:m:no:p:qstvxAB:CD:E:F:GI:J:KL:MNO:PQ:R:S:TVw:W:XYy", long: &[] };
    let given = match again(process.arguments(), spec) {
        Ok(given) => given,
        Err(Wrong(wrong)) => {
            let letter = wrong.chars().rev().nth(1).unwrap_or('-');
            let words = if wrong.starts_with("option") {
                format!("option requires an argument -- {letter}\r\n")
            } else {
                format!("unknown option -- {letter}\r\n")
            };
            process.complain(words + SSH_USAGE).await;
            return Ok(Exit::Code(255));
        }
    };
    if given.has('V') {
        process.complain(version(process.machine.distro())).await;
        return Ok(Exit::SUCCESS);
    }
    let Some(destination) = given.operands.first().map(|word| text(word)) else {
        process.complain(SSH_USAGE).await;
        return Ok(Exit::Code(255));
    };
    let command = given.operands.len() > 1;
    if !command && !given.has('T') && !given.has('N') && !process.input.is_terminal() {
        process.complain("Pseudo-terminal will not be allocated because stdin is not a terminal.\r\n").await;
    }
    let bare = destination.strip_prefix("ssh://").unwrap_or(&destination);
    let port = given.value('p').map(text);
    Ok(dial(process, bare, port.as_deref()).await)
}

/// What `scp` says of a copy to or from another host.
pub(crate) async fn scp_elsewhere(process: &Process, host: &str) -> Exit {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    let port = words.iter().position(|word| word == "-P").and_then(|at| words.get(at + 1));
    let exit = dial(process, host, port.map(String::as_str)).await;
    let distro = process.machine.distro();
    let recent = !matches!(distro, Distro::Ubuntu22 | Distro::Ubuntu20 | Distro::CentOs7);
    process.complain(if recent { "scp: Connection closed\r\n" } else { "lost connection\n" }).await;
    if recent { exit } else { Exit::FAILURE }
}

pub(super) async fn sftp(process: &mut Process) -> Done {
    let spec = Spec { short: "1246AafhNpqrvCc:D:i:l:o:s:S:b:B:F:J:P:R:X:", long: &[] };
    let given = parse(process.arguments(), spec).unwrap_or_default();
    let Some(destination) = given.operands.first().map(|word| text(word)) else {
        process.complain(SFTP_USAGE).await;
        return Ok(Exit::FAILURE);
    };
    let host = destination.split(':').next().unwrap_or_default().to_owned();
    let port = given.value('P').map(text);
    let exit = dial(process, &host, port.as_deref()).await;
    process.complain("Connection closed\r\n").await;
    Ok(exit)
}

/// `telnet` of inetutils on Debian, of netkit elsewhere, and that of BusyBox.
pub(super) async fn telnet(process: &mut Process) -> Done {
    if process.is_busybox() {
        return super::busybox::telnet(process).await;
    }
    let words: Vec<String> =
        process.arguments().iter().map(|word| text(word)).filter(|word| !word.starts_with('-')).collect();
    let Some(host) = words.first() else {
        process.print("telnet> ").await?;
        while !process.input.read_line(1_024).await.is_empty() {
            process.print("?Need to be connected first.\ntelnet> ").await?;
        }
        process.print("\n").await?;
        return Ok(Exit::SUCCESS);
    };
    let port = words.get(1).and_then(|port| port.parse().ok()).unwrap_or(23);
    let inetutils = process.machine.distro().line() == Line::Debian;
    let why = match reach::lookup_first(process, host).await {
        Ok(address) => {
            process.print(format!("Trying {address}...\n")).await?;
            Ok(reach::connect(process, address, port).await)
        }
        Err(unknown) => Err(unknown),
    };
    reach::call(process, host, Some(port), why);
    match (why, inetutils) {
        (Ok(Failure::Reset), _) => {
            process.print(format!("Connected to {host}.\nEscape character is '^]'.\n")).await?;
            process.complain("Connection closed by foreign host.\n").await;
        }
        (Ok(failure), true) => {
            process.complain(format!("telnet: Unable to connect to remote host: {}\n", failure.text())).await
        }
        (Ok(failure), false) => {
            process.complain(format!("telnet: connect to address {host}: {}\n", failure.text())).await
        }
        (Err(unknown), true) => {
            let service = if port == 23 { "telnet".to_owned() } else { port.to_string() };
            process.print(format!("Server lookup failure:  {host}:{service}, {}\n", unknown.text())).await?;
        }
        (Err(_), false) => {
            process
                .complain(format!("telnet: {host}: {}\n{host}: Unknown host\n", Unknown::Never.text()))
                .await
        }
    }
    Ok(Exit::FAILURE)
}
