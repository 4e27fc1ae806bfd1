//! The real products beside ours, from Debian's packages, unpacked but not installed.

use std::{fs, net::SocketAddr, os::unix::process::CommandExt, path::PathBuf, process::Stdio};

use anyhow::{Context, Result};
use lab::{daemons, process::command, workspace};

use super::process::Server;

/// Where packages are unpacked.
fn folder() -> PathBuf {
    workspace::lab().join("peers")
}

/// The root of an unpacked package, fetched if it is not there.
fn unpacked(package: &str) -> Result<PathBuf> {
    let root = folder().join(package);
    if root.is_dir() {
        return Ok(root);
    }
    let downloads = folder().join("download");
    fs::create_dir_all(&downloads).with_context(|| format!("making {}", downloads.display()))?;
    let mut fetch = command(
        "apt-get",
        ["-qq", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=5", "download", package],
    );
    lab::process::run(fetch.current_dir(&downloads)).with_context(|| format!("fetching {package}"))?;
    let archives = fs::read_dir(&downloads).with_context(|| format!("listing {}", downloads.display()))?;
    let mut archives = archives.filter_map(Result::ok).map(|entry| entry.path());
    let prefix = format!("{package}_");
    let is_it =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
    let archive = archives.find(is_it).with_context(|| format!("apt-get brought no {package}"))?;
    lab::process::run(command("dpkg-deb", ["--extract"]).arg(archive).arg(&root))?;
    Ok(root)
}

/// Fetches what [`nginx`] and [`mariadb`] need, while there is a network to fetch from.
pub(crate) fn fetch() -> Result<()> {
    unpacked("nginx")?;
    unpacked("mariadb-server-core").map(drop)
}

/// nginx with one worker, as the decoy has one thread, on a page of the usual size.
pub(crate) fn nginx(address: SocketAddr) -> Result<Server> {
    let root = unpacked("nginx")?;
    let work = folder().join("nginx-run");
    fs::create_dir_all(work.join("html")).with_context(|| format!("making {}", work.display()))?;
    fs::write(work.join("html/index.html"), "<p>hello</p>\n".repeat(48)).context("writing a page")?;
    let shown = work.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {shown}/{name};"))
        .join(" ");
    let configuration = format!(
        "daemon off; worker_processes 1; pid {shown}/pid; error_log {shown}/error.log; user root;\n\
         events {{ worker_connections 8192; }}\n\
         http {{ access_log {shown}/access.log; {temporary}\n\
         server {{ listen {address}; root {shown}/html; }} }}\n"
    );
    let path = work.join("nginx.conf");
    fs::write(&path, configuration).with_context(|| format!("writing {}", path.display()))?;
    let mut nginx = command(&root.join("usr/sbin/nginx").to_string_lossy(), ["-c"]);
    Server::start(nginx.arg(path).arg("-p").arg(&work).stderr(Stdio::null()), address)
}

/// Redis with a password. Debian ships server and checker as one program of `redis-tools`,
/// which looks at its own name.
pub(crate) fn redis(address: SocketAddr) -> Result<Server> {
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    let arguments = ["--bind", &ip, "--port", &port, "--save", "", "--requirepass", "a-long-secret"];
    let mut redis = command("/usr/bin/redis-check-rdb", arguments);
    redis.arg0("redis-server").stdout(Stdio::null());
    Server::start(&mut redis, address)
}

/// MariaDB with the accounts of a fresh installation.
pub(crate) fn mariadb(address: SocketAddr) -> Result<Server> {
    let root = unpacked("mariadb-server-core")?;
    let work = folder().join("mariadb-run");
    let data = work.join("data");
    let share = root.join("usr/share/mysql");
    let folders = [
        format!("--basedir={}", root.join("usr").display()),
        format!("--datadir={}", data.display()),
        format!("--lc-messages-dir={}", share.display()),
        format!("--character-sets-dir={}", share.join("charsets").display()),
    ];
    let mariadbd = root.join("usr/sbin/mariadbd");
    let daemon = || {
        let mut daemon = command(&mariadbd.to_string_lossy(), ["--no-defaults", "--user=root"]);
        daemon.args(&folders).stdout(Stdio::null()).stderr(Stdio::null());
        daemon
    };
    if !data.join("mysql").is_dir() {
        daemons::bootstrap(&mut daemon(), &share, &work)?;
    }
    let mut server = daemon();
    server.arg(format!("--port={}", address.port())).arg(format!("--bind-address={}", address.ip()));
    server.arg(format!("--socket={}", work.join("socket").display()));
    server.arg(format!("--pid-file={}", work.join("pid").display()));
    Server::start(&mut server, address)
}
