//! The checks of `doctor` that need neither root nor an agent.

use std::{os::unix::net::UnixStream, path::Path};

use decnet_daemon::config::{Agent, Config, Master};
use decnet_proto::{
    agent::{Check, SiteQuery, Verdict},
    site::LinkKind,
};
use nix::unistd::{AccessFlags, access, geteuid};

use crate::{agent, cli::Context};

/// What can be told from here; `agent` is what an agent on this host would be told.
pub(crate) async fn local(context: &Context, config: &Config<Master>, agent: &Config<Agent>) -> Vec<Check> {
    vec![
        rights(),
        program(context, config),
        docker(&agent.role.docker_socket),
        interface().await,
        driver("macvlan"),
        driver("ipvlan"),
        state(&config.decnet.state_directory, config.provenance.of("state-directory")),
    ]
}

fn check(name: &str, verdict: Verdict, found: impl Into<String>, remedy: Option<&str>) -> Check {
    Check { name: name.to_owned(), verdict, found: found.into(), remedy: remedy.map(str::to_owned) }
}

fn rights() -> Check {
    match geteuid().is_root() {
        true => check("rights", Verdict::Ok, "root, so deploy can start the agent", None),
        false => check(
            "rights",
            Verdict::Warn,
            format!("user {}, who cannot start the agent", geteuid()),
            Some("run deploy with sudo, or have a service manager run decnet-agent"),
        ),
    }
}

fn program(context: &Context, config: &Config<Master>) -> Check {
    match agent::program(context, config) {
        Ok(path) if path.is_file() => check("agent program", Verdict::Ok, path.display().to_string(), None),
        Ok(path) => check(
            "agent program",
            Verdict::Fail,
            format!("{} (from {}) is no file", path.display(), config.provenance.of("agent-program")),
            Some("set agent-program in [master] to the path of decnet-agent"),
        ),
        Err(error) => check("agent program", Verdict::Fail, error.to_string(), Some("install decnet-agent")),
    }
}

fn docker(socket: &Path) -> Check {
    let socket_name = socket.display();
    match UnixStream::connect(socket) {
        Ok(_) => check("docker", Verdict::Ok, format!("listens on {socket_name}"), None),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => check(
            "docker",
            Verdict::Ok,
            format!("{socket_name} is there, for root and its group; the agent runs as root"),
            None,
        ),
        Err(error) => check(
            "docker",
            Verdict::Fail,
            format!("{socket_name}: {error}"),
            Some("install and start Docker: `apt install docker.io`, `systemctl start docker`"),
        ),
    }
}

async fn interface() -> Check {
    let site = match decnet_netdrv::survey(&SiteQuery::default()).await {
        Ok(site) => site,
        Err(error) => {
            return check(
                "interface",
                Verdict::Warn,
                error.to_string(),
                Some("name one with deploy --interface"),
            );
        }
    };
    let found = match site.subnet {
        Some(subnet) => format!("{} in {subnet}", site.interface),
        None => format!("{} without an IPv4 address", site.interface),
    };
    match site.kind {
        LinkKind::Ethernet if site.subnet.is_some() => check("interface", Verdict::Ok, found, None),
        LinkKind::Ethernet => {
            check("interface", Verdict::Warn, found, Some("give the subnet with deploy --subnet"))
        }
        LinkKind::Wifi => check(
            "interface",
            Verdict::Warn,
            format!("{found}, Wi-Fi: access points drop frames from other MAC addresses"),
            Some("use deploy --ipvlan, or a wired interface"),
        ),
        LinkKind::Other => check(
            "interface",
            Verdict::Fail,
            format!("{found}, no Ethernet: no link of a decky can be built on it"),
            Some("name another one with deploy --interface"),
        ),
    }
}

/// Whether the kernel has a link driver. One that is built in leaves no trace before its
/// first link, so absence is no proof.
fn driver(name: &str) -> Check {
    let title = format!("kernel driver {name}");
    let release = nix::sys::utsname::uname().map(|uname| uname.release().to_owned()).unwrap_or_default();
    let modules = Path::new("/lib/modules").join(&release).join("kernel/drivers/net");
    let on_disk = [modules.join(format!("{name}.ko")), modules.join(name)];
    let compressed = ["xz", "zst", "gz"].map(|suffix| modules.join(format!("{name}.ko.{suffix}")));
    if Path::new("/sys/module").join(name).is_dir() {
        check(&title, Verdict::Ok, "loaded", None)
    } else if on_disk.iter().chain(&compressed).any(|path| path.exists()) {
        check(&title, Verdict::Ok, "a module of this kernel", None)
    } else {
        let remedy = "the agent's doctor tries it for certain: run it with sudo while the agent runs";
        check(&title, Verdict::Warn, "not seen; it may be built in", Some(remedy))
    }
}

fn state(dir: &Path, origin: &str) -> Check {
    let found = format!("{} (from {origin})", dir.display());
    match access(dir, AccessFlags::W_OK) {
        Ok(()) => check("state folder", Verdict::Ok, found, None),
        Err(nix::errno::Errno::ENOENT) => {
            check("state folder", Verdict::Ok, format!("{found}, made by the first deploy"), None)
        }
        Err(error) => check(
            "state folder",
            Verdict::Warn,
            format!("{found}: {}", error.desc()),
            Some("only its owner can deploy: run deploy as that user, or with sudo"),
        ),
    }
}
