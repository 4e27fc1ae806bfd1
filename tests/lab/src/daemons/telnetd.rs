//! inetutils' telnet daemon, whose super-server we are.

use std::{
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, Result};

use crate::{attacker, lan, wait};

/// Takes connections until it is dropped; each has a daemon of its own.
#[derive(Debug)]
pub struct Telnetd {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Starts it on its usual port.
///
/// # Errors
/// When the port is taken.
pub fn telnetd() -> Result<Telnetd> {
    let listener = attacker::inside(|| {
        let listener = TcpListener::bind((lan::ATTACKER_IP, 23)).context("listening for telnet")?;
        listener.set_nonblocking(true).context("listening for telnet")?;
        Ok(listener)
    })?;
    let over = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&over);
    let thread = std::thread::spawn(move || serve(&listener, &ends));
    Ok(Telnetd { over, thread: Some(thread) })
}

fn serve(listener: &TcpListener, over: &AtomicBool) {
    let mut children: Vec<Child> = Vec::new();
    while !over.load(Ordering::Relaxed) {
        match listener.accept() {
            // Nobody measures a daemon that does not start: the comparison fails instead.
            Ok((stream, _)) => children.extend(hand_over(stream)),
            Err(_) => wait::pause(Duration::from_millis(20)),
        }
    }
    for mut child in children {
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn hand_over(stream: TcpStream) -> Option<Child> {
    stream.set_nonblocking(false).ok()?;
    let [input, output] = [OwnedFd::from(stream.try_clone().ok()?), OwnedFd::from(stream)];
    let mut daemon = Command::new("/usr/sbin/telnetd");
    daemon.stdin(Stdio::from(input)).stdout(Stdio::from(output)).stderr(Stdio::null()).spawn().ok()
}

impl Drop for Telnetd {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
