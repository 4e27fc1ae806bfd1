//! `service` of init-system-helpers and of Red Hat, and OpenRC's `rc-service`.

use super::{units, words};
use crate::{
    machine::Line,
    programs::{context::Done, named},
    shell::{Exit, Process},
};

pub(super) async fn service(process: &mut Process) -> Done {
    let words = words(process);
    if process.machine.distro().is_busybox() {
        return openrc(process, &words).await;
    }
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["--help" | "-h"] => {
            process.complain("Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n").await;
            Ok(Exit::FAILURE)
        }
        ["--version"] => {
            process.print("service ver. 1.65.2\n").await?;
            Ok(Exit::SUCCESS)
        }
        ["--status-all"] => {
            let mut names = vec![
                ("hwclock.sh".to_owned(), false),
                ("kmod".to_owned(), true),
                ("procps".to_owned(), true),
                ("udev".to_owned(), true),
            ];
            names.extend(
                units::running(process)
                    .into_iter()
                    .filter(|unit| !unit.name.contains("systemd") && !unit.name.contains('@'))
                    .map(|unit| (unit.name, true)),
            );
            names.sort();
            let text: String = names
                .iter()
                .map(|(name, up)| format!(" [ {} ]  {name}\n", if *up { '+' } else { '-' }))
                .collect();
            process.print(text).await?;
            Ok(Exit::SUCCESS)
        }
        [name, command, ..] => act(process, name, command).await,
        [name] => {
            process.complain(format!("Usage: /etc/init.d/{name} {{start|stop|restart|status}}\n")).await;
            Ok(Exit::FAILURE)
        }
    }
}

/// What it does itself is to call systemctl.
async fn act(process: &mut Process, name: &str, command: &str) -> Done {
    let known = units::running(process).iter().any(|unit| unit.name == name)
        || units::with_file(process, name).is_some();
    // What systemd has no word for goes to the script of the service.
    let ours = ["start", "stop", "restart", "status", "try-restart", "reload", "force-reload", "force-stop"];
    if !known && !ours.contains(&command) && process.machine.distro().line() == Line::Debian {
        process.complain(format!("{name}: unrecognized service\n")).await;
        return Ok(Exit::FAILURE);
    }
    if process.machine.distro().line() == Line::RedHat {
        process.complain(format!("Redirecting to /bin/systemctl {command} {name}.service\n")).await;
    }
    process.args =
        vec![b"systemctl".to_vec(), command.as_bytes().to_vec(), format!("{name}.service").into_bytes()];
    match named(b"systemctl") {
        Some(program) => Ok(program(process).await),
        None => Ok(Exit::FAILURE),
    }
}

async fn openrc(process: &Process, words: &[String]) -> Done {
    let given: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let (Some(name), command) = (given.first(), given.get(1).copied().unwrap_or("status")) else {
        process.complain("Usage: rc-service [options] [-i] <service> <cmd>...\n").await;
        return Ok(Exit::FAILURE);
    };
    if !process.files.exists(format!("/etc/init.d/{name}").as_bytes()) {
        process.complain(format!(" * rc-service: service `{name}' does not exist\n")).await;
        return Ok(Exit::FAILURE);
    }
    let text = match command {
        "status" => " * status: started\n".to_owned(),
        "start" => format!(" * WARNING: {name} has already been started\n"),
        _ if !process.account.is_root() => {
            process.complain(format!(" * {name}: superuser access required\n")).await;
            return Ok(Exit::FAILURE);
        }
        "stop" => format!(" * Stopping {name} ... [ ok ]\n"),
        "restart" => format!(" * Stopping {name} ... [ ok ]\n * Starting {name} ... [ ok ]\n"),
        other => format!(" * {name}: unknown function `{other}'\n"),
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}
