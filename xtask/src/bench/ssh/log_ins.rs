//! Log-ins with a wrong password: CPU time of the server for each.

use std::{net::SocketAddr, path::Path, process::Stdio, time::Duration};

use anyhow::{Result, anyhow, ensure};
use decnet_proto::service::ServiceId;
use lab::{clients::openssh, process::command, wait};

use super::SSH;
use crate::bench::{
    decoy::{local, subject},
    process::Server,
    row::{Row, Target},
};

/// Clients at a time: below the number at which sshd begins to turn people away.
const CLIENTS: usize = 8;
/// Log-ins of one round. The clock of a process counts hundredths of a second, and ours uses so
/// few of them that it takes more to tell.
const COUNT: usize = 80;
const OUR_COUNT: usize = 240;
/// How long ours keeps a client that failed waiting, on average, as PAM does. Clients of the peer,
/// which runs without PAM, rest as long: a server that is asked without a pause finds all it needs
/// in the caches and looks cheaper than it is.
const REST: Duration = Duration::from_secs(2);
/// Rounds, ours and the peer's in turn; the cheapest of each counts.
const ROUNDS: usize = 2;

pub(super) fn rows(binary: &Path, root: &Path) -> Result<Vec<Row>> {
    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let address = local(2222);
        let server = real(root, address)?;
        theirs = theirs.min(round(&server, address, COUNT, REST)?);
        drop(server);
        let server = subject::start(binary, &SSH)?;
        let address = local(subject::port(ServiceId::Ssh));
        ours = ours.min(round(&server, address, OUR_COUNT, Duration::ZERO)?);
    }
    Ok(vec![Row {
        what: "ssh log-ins with a wrong password, for each CPU-second".to_owned(),
        figure: theirs / ours,
        unit: "×",
        target: Target::AtLeast(5.0),
        detail: format!("{ours:.2} ms CPU each; sshd {theirs:.2} ms"),
    }])
}

/// Debian's sshd, in a root of its own and without PAM, whose waits and checks are not the subject.
fn real(root: &Path, address: SocketAddr) -> Result<Server> {
    let (ip, port) = (address.ip(), address.port());
    let listen = format!("-oListenAddress={ip}:{port}");
    let mut sshd = command("chroot", [root]);
    sshd.args(["/usr/sbin/sshd", "-D", "-e", "-oUsePAM=no", "-oPermitRootLogin=yes", &listen]);
    Server::start(sshd.stderr(Stdio::null()), address)
}

/// CPU time of the server for one log-in, in milliseconds.
fn round(server: &Server, address: SocketAddr, count: usize, rest: Duration) -> Result<f64> {
    knock(address, CLIENTS, rest)?;
    wait::pause(Duration::from_secs(1));
    let before = server.cpu_ms();
    knock(address, count, rest)?;
    // The last child is still being buried.
    wait::pause(Duration::from_secs(1));
    Ok((server.cpu_ms() - before) / count as f64)
}

/// Tries a wrong password so many times, each on a connection of its own and with a rest after it.
fn knock(address: SocketAddr, count: usize, rest: Duration) -> Result<()> {
    let one = || {
        (0..count / CLIENTS).try_for_each(|_| {
            let outcome = openssh::refused_at(address)?;
            ensure!(outcome.errors.contains("Permission denied"), "it said {outcome:?}");
            wait::pause(rest);
            Ok(())
        })
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(one)).collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().map_err(|_| anyhow!("a client broke down"))?)
    })
}
