//! perl: the one-liners that visitors use; of others it finds nothing to do.

use std::time::Duration;

use decnet_event::Kind;

use super::{super::context::Done, beside, source};
use crate::{
    caps,
    machine::Distro,
    shell::{Exit, Process},
};

/// Version, architecture as Perl names it, and number of the distribution's patches.
const fn version(distro: Distro) -> (u8, u8, &'static str, u8, u16) {
    match distro {
        Distro::Ubuntu22 => (34, 0, "x86_64-linux-gnu-thread-multi", 60, 2021),
        Distro::Ubuntu20 => (30, 0, "x86_64-linux-gnu-thread-multi", 50, 2019),
        Distro::Rocky9 => (32, 1, "x86_64-linux-thread-multi", 0, 2021),
        Distro::CentOs7 => (16, 3, "x86_64-linux-thread-multi", 44, 2012),
        Distro::Fedora39 | Distro::Alpine319 | Distro::Kali => (38, 2, "x86_64-linux-thread-multi", 0, 2023),
        Distro::Arch => (40, 0, "x86_64-linux-thread-multi", 0, 2024),
        Distro::Debian12 | Distro::Firmware => (36, 0, "x86_64-linux-gnu-thread-multi", 83, 2022),
    }
}

pub(super) async fn perl(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let mut rest = arguments.iter();
    let mut code: Vec<u8> = Vec::new();
    let mut inline = false;
    while let Some(argument) = rest.next() {
        match argument.as_slice() {
            b"-v" | b"--version" => {
                process.print(banner(process.machine.distro())).await?;
                return Ok(Exit::SUCCESS);
            }
            [b'-', b'M' | b'm' | b'I', ..] => {}
            [b'-', letters @ ..] if letters.last() == Some(&b'e') || letters == b"E" => {
                let Some(text) = rest.next() else {
                    process.complain("No code specified for -e.\n").await;
                    return Ok(Exit::Code(2));
                };
                code.extend_from_slice(text);
                code.push(b'\n');
                inline = true;
            }
            [b'-', _, ..] => {}
            path if !inline => return script(process, path).await,
            _ => break,
        }
    }
    if !inline {
        code = process.input.read_to_end(caps::PROGRAM_INPUT).await;
    }
    run(process, &String::from_utf8_lossy(&code)).await
}

async fn script(process: &mut Process, path: &[u8]) -> Done {
    match process.read_input(path).await {
        Ok(code) => run(process, &String::from_utf8_lossy(&code)).await,
        Err(error) => {
            let text = [b"Can't open perl script \"", path, b"\": ", error.text().as_bytes(), b"\n"].concat();
            process.complain(text).await;
            Ok(Exit::Code(if error == crate::machine::Errno::Missing { 2 } else { 13 }))
        }
    }
}

async fn run(process: &mut Process, code: &str) -> Done {
    for statement in source::statements(code) {
        let statement = statement.trim();
        if let Some((host, port)) = peer(statement) {
            let detail = format!("{host}:{port}").into_bytes();
            process.seat.witness().emit(Kind::ExploitAttempt { technique: "reverse_shell", detail });
            tokio::time::sleep(Duration::from_millis(3_060)).await;
            return Ok(Exit::Code(113));
        }
        let word = statement.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let text = source::literals(statement);
        match (word, text.first()) {
            ("exec" | "system", Some(first)) => {
                let command = if text.len() > 1 { text.join(" ") } else { first.clone() };
                let exit = beside::shell(process, command.as_bytes()).await;
                if word == "exec" {
                    return Ok(exit);
                }
            }
            ("print" | "say", Some(_)) => {
                let repeats = statement.rsplit_once(" x ").and_then(|(_, count)| count.trim().parse().ok());
                let piece = text.concat();
                let most = 65_536 / piece.len().max(1);
                process.print(piece.repeat(repeats.unwrap_or(1_usize).min(most))).await?;
                if word == "say" {
                    process.print("\n").await?;
                }
            }
            ("print" | "say", None) => {
                let rest = statement.get(word.len()..).unwrap_or_default();
                if let Some(value) = source::arithmetic(rest.trim_matches(|c| "() ".contains(c))) {
                    process.print(value.to_string()).await?;
                }
            }
            ("exit", _) => {
                let code = statement.trim_start_matches("exit").trim_matches(|c| "() ".contains(c));
                return Ok(Exit::Code(code.parse().unwrap_or_default()));
            }
            _ if statement.ends_with('(') => {
                process.complain("syntax error at -e line 1, at EOF\nExecution of -e aborted due to compilation errors.\n").await;
                return Ok(Exit::Code(255));
            }
            _ => {}
        }
    }
    Ok(Exit::SUCCESS)
}

/// Where a socket of a statement goes: `PeerAddr=>"…"`, or `$i="…";$p=…` with `sockaddr_in` later.
fn peer(statement: &str) -> Option<(String, u16)> {
    let at = statement.find("PeerAddr").or_else(|| statement.find("PeerHost"))?;
    source::endpoint(statement.get(at..)?)
}

fn banner(distro: Distro) -> String {
    let (minor, patch, architecture, patches, year) = version(distro);
    let registered = if patches > 0 {
        format!("(with {patches} registered patches, see perl -V for more detail)\n")
    } else {
        String::new()
    };
    format!(
        "\nThis is perl 5, version {minor}, subversion {patch} (v5.{minor}.{patch}) built for {architecture}\n{registered}\nCopyright 1987-{year}, Larry Wall\n\nPerl may be copied only under the terms of either the Artistic License or the\nGNU General Public License, which may be found in the Perl 5 source kit.\n\nComplete documentation for Perl, including FAQ lists, should be found on\nthis system using \"man perl\" or \"perldoc perl\".  If you have access to the\nInternet, point your browser at https://www.perl.org/, the Perl Home Page.\n\n"
    )
}
