//! net-snmp's agent, as Debian sets it up, for the LAN rather than for the machine alone.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

use super::{Daemon, scratch};
use crate::{attacker, clients::Login, process, wait};

/// What Debian's configuration says, apart from where to listen.
const CONFIGURATION: &str = "\
sysLocation Sitting on the Dock of the Bay
sysContact Me <me@example.org>
sysServices 72
view systemonly included .1.3.6.1.2.1.1
view systemonly included .1.3.6.1.2.1.25.1
rocommunity public default -V systemonly
rouser authPrivUser authpriv -V systemonly
";

/// Starts it on its usual port, with a user of version 3 who has SHA and AES. The host must be the
/// attacker's.
///
/// # Errors
/// When it does not answer within twenty seconds.
pub fn snmpd(Login { host, user, password }: &Login) -> Result<Daemon> {
    let folder = scratch("snmpd")?;
    let path = folder.join("snmpd.conf");
    let text =
        format!("{CONFIGURATION}createUser {user} SHA {password} AES {password}\nrouser {user} authpriv\n");
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    let ip = host.to_string();
    let mut agent = attacker::command("/usr/sbin/snmpd", ["-f", "-C", "-c"]);
    agent.arg(&path).args(["-p", &folder.join("pid").to_string_lossy(), &format!("udp:{ip}:161")]);
    let daemon = Daemon::start(agent.env("SNMP_PERSISTENT_DIR", &folder))?;
    wait::until("snmpd to answer", Duration::from_secs(20), || {
        let question = ["-v2c", "-c", "public", "-t1", "-r0", &ip, ".1.3.6.1.2.1.1.5.0"];
        process::succeeds(&mut attacker::command("snmpget", question)).then_some(())
    })?;
    Ok(daemon)
}
