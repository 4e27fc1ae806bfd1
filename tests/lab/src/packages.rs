//! Debian packages that the lab needs, and nothing that is there already.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::process::{command, output};

/// A program, or the whole path of another file, and the package that brings it.
struct Need {
    program: &'static str,
    package: &'static str,
}

const fn need(program: &'static str, package: &'static str) -> Need {
    Need { program, package }
}

const NEEDS: [Need; 22] = [
    need("dockerd", "docker.io"),
    need("docker", "docker.io"),
    need("docker-compose", "docker-compose"),
    need("iptables", "iptables"),
    need("ip", "iproute2"),
    need("nmap", "nmap"),
    need("curl", "curl"),
    need("redis-cli", "redis-tools"),
    need("swaks", "swaks"),
    // Without it swaks speaks no TLS.
    need("/usr/share/doc/libnet-ssleay-perl", "libnet-ssleay-perl"),
    need("lftp", "lftp"),
    need("openssl", "openssl"),
    need("tcpdump", "tcpdump"),
    need("arping", "iputils-arping"),
    need("ssh", "openssh-client"),
    need("debootstrap", "debootstrap"),
    need("mariadb", "mariadb-client"),
    need("snmpbulkwalk", "snmp"),
    need("telnet", "telnet"),
    need("nsenter", "util-linux"),
    need("ps", "procps"),
    need("gcc", "build-essential"),
];

/// Folders that are searched, those of root included.
const FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// A script that tells Debian's package scripts not to start the services they bring.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Packages whose programs are missing here, each once.
pub fn missing() -> Vec<&'static str> {
    let mut packages: Vec<_> =
        NEEDS.iter().filter(|need| !is_installed(need.program)).map(|need| need.package).collect();
    packages.dedup();
    packages
}

/// Whether a program is in one of the usual folders; a whole path stands for itself.
pub fn is_installed(program: &str) -> bool {
    FOLDERS.iter().any(|folder| Path::new(folder).join(program).exists())
}

/// Where this machine takes its packages from.
///
/// # Errors
/// When `apt-get` fails.
pub fn mirror() -> Result<String> {
    let said =
        output(&mut command("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]))?;
    Ok(said
        .lines()
        .find(|line| line.ends_with("/debian") || line.ends_with("/debian/"))
        .unwrap_or_default()
        .to_owned())
}

/// Installs what is missing.
///
/// # Errors
/// When `apt-get` fails.
pub fn install_missing() -> Result<()> {
    install(&missing())
}

/// Installs packages that are not installed yet, for a proof that needs more than the lab does.
///
/// # Errors
/// When `apt-get` fails.
pub fn install_absent(packages: &[&'static str]) -> Result<()> {
    let is_absent = |package: &&&str| {
        let mut query = command("dpkg-query", ["-W", "-f", "${db:Status-Abbrev}", package]);
        !output(&mut query).is_ok_and(|status| status.starts_with("ii"))
    };
    install(&packages.iter().filter(is_absent).copied().collect::<Vec<_>>())
}

fn install(packages: &[&'static str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let policy = Policy::hold()?;
    apt_get(&["update"]).and_then(|()| {
        let options = ["install", "--yes", "--no-install-recommends"];
        apt_get(&options.iter().chain(packages).copied().collect::<Vec<_>>())
    })?;
    drop(policy);
    Ok(())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    // A name that did not resolve a moment ago often does now.
    let quiet = ["-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=5"];
    let mut apt_get = command("apt-get", quiet.iter().chain(arguments));
    output(apt_get.env("DEBIAN_FRONTEND", "noninteractive"))
        .map(drop)
        .context("installing Debian packages for the lab")
}

/// Keeps services from starting while it lives, unless the machine has a rule of its own.
struct Policy {
    ours: bool,
}

impl Policy {
    fn hold() -> Result<Self> {
        use std::os::unix::fs::PermissionsExt;

        let ours = !Path::new(POLICY).exists();
        if ours {
            fs::write(POLICY, "#!/bin/sh\nexit 101\n").with_context(|| format!("writing {POLICY}"))?;
            fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))
                .with_context(|| format!("making {POLICY} executable"))?;
        }
        Ok(Self { ours })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if self.ours {
            // Left behind it would only keep services from starting; apt says so itself.
            let _ = fs::remove_file(POLICY);
        }
    }
}
