//! Processes of this host, as `/proc` tells.

use std::fs;

/// A process that cannot be mistaken for a later one with the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id; positive.
    pub pid: u32,
    /// When it started, in clock ticks since boot.
    pub start: u64,
}

impl Process {
    /// The process that has this id now, unless it is gone or a zombie.
    pub fn find(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may itself hold any character.
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split(' ');
        let state = fields.next()?;
        // proc_pid_stat(5): the start time is field 22, the state field 3.
        let start = fields.nth(18)?.parse().ok()?;
        (pid > 0 && state != "Z" && state != "X").then_some(Self { pid, start })
    }

    /// This process.
    pub fn own() -> Option<Self> {
        Self::find(std::process::id())
    }

    /// Whether it is still there.
    pub fn is_alive(self) -> bool {
        Self::find(self.pid) == Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Process;

    #[test]
    fn a_process_is_known_by_its_start() {
        let own = Process::own().expect("we run");
        assert!(own.is_alive());
        assert!(!Process { start: own.start + 1, ..own }.is_alive());
        assert_eq!(Process::find(0), None);
    }

    #[test]
    fn a_zombie_is_gone() {
        let mut child = std::process::Command::new("true").spawn().expect("true runs");
        let pid = child.id();
        while Process::find(pid).is_some() {
            std::thread::yield_now();
        }
        child.wait().expect("it ended");
    }
}
