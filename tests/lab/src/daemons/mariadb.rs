//! MariaDB with the accounts of a fresh installation, and what ours says that it has besides.

use std::{
    fs::{self, File},
    net::Ipv4Addr,
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use super::{Daemon, scratch};
use crate::{
    attacker,
    process::{self, command},
    wait,
};

/// Where Debian's package has its scripts.
const SHARE: &str = "/usr/share/mysql";

/// Starts it on its usual port, with the database `own` and with what `grants`, statements as SHOW
/// GRANTS has them, allow to whom. `host` must be the attacker's.
///
/// # Errors
/// When it does not take connections within half a minute.
pub fn mariadb(host: Ipv4Addr, own: &str, grants: &[String]) -> Result<Daemon> {
    let folder = scratch("mariadb")?;
    bootstrap(&mut command("/usr/sbin/mariadbd", options(&folder)), Path::new(SHARE), &folder)?;
    let socket = folder.join("socket");
    let mut server = attacker::command("/usr/sbin/mariadbd", options(&folder));
    server.arg(format!("--bind-address={host}")).arg(format!("--socket={}", socket.display()));
    let daemon = Daemon::start(server.arg(format!("--pid-file={}", folder.join("pid").display())))?;
    let statements = format!("create database if not exists `{own}`; {}", grants.join("; "));
    wait::until("MariaDB to take its account", Duration::from_secs(30), || {
        let at = format!("--socket={}", socket.display());
        let client = ["--no-defaults", &at, "--user=root", "--execute", &statements];
        process::succeeds(&mut command("mariadb", client)).then_some(())
    })?;
    Ok(daemon)
}

/// Where its data is, and what Debian's configuration sets that clients see.
fn options(folder: &Path) -> [String; 5] {
    let data = format!("--datadir={}/data", folder.display());
    let [defaults, user, characters, collation] = [
        "--no-defaults",
        "--user=root",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_general_ci",
    ]
    .map(str::to_owned);
    [defaults, user, characters, collation, data]
}

/// Lets `server`, whose data is in the folder `data` below `folder`, lay out the tables that it needs
/// to start, from the scripts in `share`. Its root comes in without a password.
///
/// # Errors
/// When a script is missing or the server refuses it.
pub fn bootstrap(server: &mut Command, share: &Path, folder: &Path) -> Result<()> {
    let data = folder.join("data");
    fs::create_dir_all(&data).with_context(|| format!("making {}", data.display()))?;
    let script = folder.join("bootstrap.sql");
    let mut text = "create database mysql;\nuse mysql;\nset @auth_root_socket=null;\n".to_owned();
    for part in ["mysql_system_tables.sql", "mysql_system_tables_data.sql"] {
        let path = share.join(part);
        text += &fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    }
    fs::write(&script, text).with_context(|| format!("writing {}", script.display()))?;
    let script = File::open(&script).with_context(|| format!("opening {}", script.display()))?;
    let output = server.arg("--bootstrap").stdin(script).output().context("bootstrapping MariaDB")?;
    ensure!(output.status.success(), "MariaDB does not bootstrap: {}", process::both(&output));
    Ok(())
}
