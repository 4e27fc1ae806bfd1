//! The processes of the machine: what the system started, and what the visitor did.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError},
};

use super::{
    Machine,
    accounts::Account,
    clock::{Seconds, Time},
    daemons,
    presence::{LogIn, Via},
};
use crate::caps;

/// A process as `ps` and `/proc` show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Process id.
    pub pid: u32,
    /// Of whom started it.
    pub parent: u32,
    /// Process group and session.
    pub session: u32,
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The kernel's name of it, at most 15 bytes.
    pub name: Vec<u8>,
    /// Arguments; none for threads of the kernel.
    pub arguments: Vec<Vec<u8>>,
    /// The program file, empty for threads of the kernel.
    pub program: Vec<u8>,
    /// Working directory.
    pub directory: Vec<u8>,
    /// Terminal without `/dev/`.
    pub terminal: Option<String>,
    /// When it began.
    pub started: Time,
    /// Virtual memory in KiB.
    pub size: u64,
    /// Resident memory in KiB.
    pub resident: u64,
    /// State with flags, as `Ss+`.
    pub state: &'static str,
    /// Nice value.
    pub nice: i8,
    /// Threads.
    pub threads: u32,
    /// Processor time in hundredths of a second.
    pub ticks: u64,
}

impl Task {
    /// A process that a visitor started.
    pub(super) fn of_visitor(
        (pid, parent): (u32, u32),
        account: &Account,
        arguments: &[Vec<u8>],
        directory: &[u8],
        terminal: Option<&str>,
        started: Time,
    ) -> Self {
        let called = arguments.first().map(Vec::as_slice).unwrap_or_default();
        // One that is called by its name alone was found where programs are.
        let bare = !called.is_empty() && !called.contains(&b'/') && called.iter().all(u8::is_ascii_graphic);
        let program =
            if bare && !called.starts_with(b"-") { [b"/usr/bin/", called].concat() } else { called.to_vec() };
        let mut task = Self {
            pid,
            parent,
            session: parent,
            uid: account.uid,
            gid: account.gid,
            name: Vec::new(),
            arguments: Vec::new(),
            program: Vec::new(),
            directory: directory.to_vec(),
            terminal: terminal.map(str::to_owned),
            started,
            size: 2_480 + u64::from(pid) % 7 * 1_204,
            resident: 1_408 + u64::from(pid) % 5 * 388,
            state: if terminal.is_some() { "S+" } else { "S" },
            nice: 0,
            threads: 1,
            ticks: 0,
        };
        task.run(arguments, &program);
        task
    }

    /// Takes the name and the arguments of a program, of which a part is kept.
    pub(super) fn run(&mut self, arguments: &[Vec<u8>], path: &[u8]) {
        let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        self.name = name.iter().take(15).copied().collect();
        self.program = path.get(..caps::MACHINE_ARGUMENTS).unwrap_or(path).to_vec();
        self.arguments.clear();
        let mut room = caps::MACHINE_ARGUMENTS;
        for argument in arguments.iter().take(caps::MACHINE_ARGUMENTS / 32) {
            let kept = argument.get(..room).unwrap_or(argument);
            room -= kept.len();
            self.arguments.push(kept.to_vec());
        }
    }

    /// The arguments as one line, or the name in brackets.
    pub fn command(&self) -> Vec<u8> {
        if self.arguments.is_empty() {
            return [b"[", self.name.as_slice(), b"]"].concat();
        }
        self.arguments.join(&b' ')
    }
}

/// The processes of a new log-in, and which of them is the shell.
pub(super) fn chain(
    login: LogIn<'_>,
    terminal: Option<&str>,
    (mut parent, now): (u32, Time),
    next: &mut dyn FnMut() -> u32,
) -> (Vec<Task>, u32) {
    let account = login.account;
    let shell_name = account.shell.rsplit('/').next().unwrap_or("sh");
    let mut out = Vec::new();
    let mut step = |title: Vec<Vec<u8>>, program: &str, name: &str, uid: u32, tty: Option<&str>| {
        let pid = next();
        let who = Account { uid, gid: if uid == 0 { 0 } else { account.gid }, ..account.clone() };
        let mut task = Task::of_visitor((pid, parent), &who, &title, b"/", tty, now);
        (task.program, task.name) = (program.into(), name.into());
        (task.session, task.state) = (pid, "Ss");
        (task.size, task.resident) = (17_892, 11_012);
        parent = pid;
        out.push(task);
        pid
    };
    let line = terminal.unwrap_or("notty");
    match login.via {
        Via::Ssh if account.is_root() => {
            step(vec![format!("sshd: root@{line}").into()], "/usr/sbin/sshd", "sshd", 0, None);
        }
        Via::Ssh => {
            let name = &account.name;
            step(vec![format!("sshd: {name} [priv]").into()], "/usr/sbin/sshd", "sshd", 0, None);
            step(vec![format!("sshd: {name}@{line}").into()], "/usr/sbin/sshd", "sshd", account.uid, None);
        }
        Via::Telnet => {
            step(
                vec![format!("in.telnetd: {}", login.peer.ip()).into()],
                "/usr/sbin/in.telnetd",
                "in.telnetd",
                0,
                None,
            );
            step(vec![b"login -h".to_vec(), b"-p".to_vec()], "/bin/login", "login", 0, terminal);
        }
    }
    let shell =
        step(vec![format!("-{shell_name}").into_bytes()], &account.shell, shell_name, account.uid, terminal);
    if let Some(task) = out.last_mut() {
        task.directory = account.home.clone().into_bytes();
        (task.size, task.resident) = (8_196, 5_108);
    }
    (out, shell)
}

impl Machine {
    /// Every process that a visitor from `source` sees, by id.
    pub fn tasks(&self, source: IpAddr) -> Vec<Task> {
        let mut tasks = self.system_tasks().to_vec();
        tasks.extend(self.presences().tasks(source));
        tasks.sort_unstable_by_key(|task| task.pid);
        tasks
    }

    /// One of these.
    pub(super) fn task(&self, source: IpAddr, pid: u32) -> Option<Task> {
        let system = self.system_tasks();
        let found = system.iter().find(|task| task.pid == pid).cloned();
        found.or_else(|| self.presences().tasks(source).into_iter().find(|task| task.pid == pid))
    }

    /// What the system started, made at most once a second.
    fn system_tasks(&self) -> Arc<[Task]> {
        let now = self.now().seconds;
        let mut kept = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != now || kept.1.is_empty() {
            *kept = (now, daemons::tasks(self).into());
        }
        Arc::clone(&kept.1)
    }

    /// The id of the next process, of which visitors have started `started` so far.
    pub(super) fn next_pid(&self, started: &mut u32) -> u32 {
        *started = started.wrapping_add(1);
        self.wrapped(self.started_by(self.now().seconds) + u64::from(*started))
    }

    /// The id that a process of that time has.
    pub(super) fn pid_at(&self, at: Seconds) -> u32 {
        self.wrapped(self.started_by(at))
    }

    /// How many processes the system had started by then.
    fn started_by(&self, at: Seconds) -> u64 {
        let up = u64::try_from(at - self.booted()).unwrap_or_default();
        900 + up / (11 + self.number("processes a minute", 19))
    }

    fn wrapped(&self, pid: u64) -> u32 {
        let most = if self.has_wide_pids() { 4_194_304 } else { 32_768 };
        u32::try_from(if pid < most { pid } else { 300 + pid % (most - 300) }).unwrap_or(4_242)
    }

    /// Seconds since the boot.
    pub fn uptime(&self) -> Seconds {
        (self.now().seconds - self.booted()).max(1)
    }
}
