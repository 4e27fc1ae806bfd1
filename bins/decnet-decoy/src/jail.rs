//! What a decoy gives up once it runs.
//!
//! The container's own list of system calls must let the engine execute the binary; after
//! that nothing here ever executes, connects, traces or opens a raw socket, so the process
//! forbids it to itself, for good, before it talks to anybody.

use std::collections::BTreeMap;

use anyhow::Context as _;
use nix::libc::{self, c_long};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, SeccompRule};

const FORBIDDEN: [c_long; 13] = [
    libc::SYS_bpf,
    libc::SYS_connect,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_init_module,
    libc::SYS_mount,
    libc::SYS_perf_event_open,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_setns,
    libc::SYS_umount2,
    libc::SYS_unshare,
];

/// Forbids them: an attempt fails with EPERM.
pub(crate) fn enter() -> anyhow::Result<()> {
    let rules: BTreeMap<i64, Vec<SeccompRule>> =
        FORBIDDEN.iter().map(|number| (*number, Vec::new())).collect();
    let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let here = std::env::consts::ARCH.try_into().context("no filter for this architecture")?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, denied, here)
        .context("the list of system calls is not valid")?;
    let program: BpfProgram = filter.try_into().context("the filter cannot be compiled")?;
    seccompiler::apply_filter_all_threads(&program).context("the kernel refuses the filter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_executed_or_connected_to_any_more() {
        // A thread of the test only: nextest gives each test a process of its own.
        let connected = || std::net::TcpStream::connect(("127.0.0.1", 9)).unwrap_err().raw_os_error();
        assert_eq!(connected(), Some(libc::ECONNREFUSED));
        enter().unwrap();
        assert_eq!(connected(), Some(libc::EPERM));
        let executed = std::process::Command::new("/bin/true").status();
        assert_eq!(executed.unwrap_err().raw_os_error(), Some(libc::EPERM));
    }
}
