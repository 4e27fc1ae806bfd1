//! MariaDB with the accounts of a fresh installation, and one more.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use super::{Account, Daemon, scratch};
use crate::{
    attacker, lan,
    process::{self, command},
    wait,
};

/// Where Debian's package has its scripts.
const SHARE: &str = "/usr/share/mysql";

/// Starts it on its usual port.
///
/// # Errors
/// When it does not take connections within half a minute.
pub fn mariadb(account: &Account) -> Result<Daemon> {
    let folder = scratch("mariadb")?;
    bootstrap(&folder)?;
    let socket = folder.join("socket");
    let ip = lan::ATTACKER_IP.to_string();
    let mut server = attacker::command("/usr/sbin/mariadbd", options(&folder));
    server.arg(format!("--bind-address={ip}")).arg(format!("--socket={}", socket.display()));
    let daemon = Daemon::start(server.arg(format!("--pid-file={}", folder.join("pid").display())))?;
    let name = format!("'{}'@'%'", account.user);
    let statement =
        format!("create user {name} identified by '{}'; grant select on *.* to {name}", account.password);
    wait::until("MariaDB to take its account", Duration::from_secs(30), || {
        let at = format!("--socket={}", socket.display());
        let client = ["--no-defaults", &at, "--user=root", "--execute", &statement];
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

/// Lays out the tables that a server needs to start.
fn bootstrap(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("data")).context("making a folder for its data")?;
    let script = folder.join("bootstrap.sql");
    let mut text = "create database mysql;\nuse mysql;\nset @auth_root_socket='root';\n".to_owned();
    for part in ["mysql_system_tables.sql", "mysql_system_tables_data.sql"] {
        let path = Path::new(SHARE).join(part);
        text += &fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    }
    fs::write(&script, text).with_context(|| format!("writing {}", script.display()))?;
    let script = File::open(&script).with_context(|| format!("opening {}", script.display()))?;
    let mut server: Command = command("/usr/sbin/mariadbd", options(folder));
    let output = server.arg("--bootstrap").stdin(script).output().context("bootstrapping MariaDB")?;
    ensure!(output.status.success(), "MariaDB does not bootstrap: {}", process::both(&output));
    Ok(())
}
