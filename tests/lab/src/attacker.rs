//! The attacker: programs and connections from its namespace.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use nix::sched::{CloneFlags, setns};

use crate::{lan, process};

/// A command that runs in the attacker's namespace.
pub fn command<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = process::command("ip", ["netns", "exec", lan::NAMESPACE, program]);
    command.args(arguments);
    command
}

/// Runs a program as the attacker and gives back both of its output streams, whatever its
/// exit code: clients that are refused end badly, and rightly.
///
/// # Errors
/// When it cannot be started.
pub fn say<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Result<String> {
    let output = command(program, arguments).output().with_context(|| format!("starting {program}"))?;
    Ok(process::both(&output))
}

/// Does something on a thread of its own whose network is the attacker's.
///
/// # Errors
/// When the namespace cannot be entered, or what `work` says.
pub fn inside<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let entered = move || {
        enter(lan::NAMESPACE)?;
        work()
    };
    std::thread::scope(|scope| {
        scope.spawn(entered).join().map_err(|_| anyhow!("the attacker's thread broke down"))?
    })
}

/// Makes a namespace the network of this thread.
///
/// # Errors
/// When there is none of this name.
pub fn enter(namespace: &str) -> Result<()> {
    let path = format!("/run/netns/{namespace}");
    let file = File::open(&path).with_context(|| format!("opening {path}"))?;
    setns(file, CloneFlags::CLONE_NEWNET).with_context(|| format!("entering {namespace}"))
}

/// Connects, waits a moment for a greeting, and closes; gives back the attacker's port and
/// what was said. To be called [`inside`].
///
/// # Errors
/// When the connection is refused or not answered.
pub fn touch(address: SocketAddr) -> Result<(u16, Vec<u8>)> {
    let limit = Duration::from_secs(5);
    let mut stream =
        TcpStream::connect_timeout(&address, limit).with_context(|| format!("connecting to {address}"))?;
    let port = stream.local_addr().context("asking for our own address")?.port();
    stream.set_read_timeout(Some(Duration::from_millis(200))).context("setting a limit")?;
    let mut greeting = vec![0; 4096];
    let length = match stream.read(&mut greeting) {
        // A service that waits for the client to speak says nothing.
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => 0,
        read => read.with_context(|| format!("reading from {address}"))?,
    };
    greeting.truncate(length);
    Ok((port, greeting))
}

/// A whole conversation with Redis: connect, ask, read the answer, close. To be called
/// [`inside`].
///
/// # Errors
/// When it is not answered.
pub fn ping(address: SocketAddr) -> Result<()> {
    let limit = Duration::from_secs(5);
    let mut stream =
        TcpStream::connect_timeout(&address, limit).with_context(|| format!("connecting to {address}"))?;
    stream.set_read_timeout(Some(limit)).context("setting a limit")?;
    stream.write_all(b"PING\r\n").context("asking")?;
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).context("reading the answer")?;
    anyhow::ensure!(length > 0, "{address} closed without an answer");
    Ok(())
}
