//! Programs: where they are, what they are, and how they are run.

use std::sync::{Arc, OnceLock};

use super::super::{
    dialect::Dialect,
    interpreter::{Flow, Origin, Shell, Stop},
    process::{BoxFuture, Exit, Process, Program},
    watch,
};
use super::foreground::on_own_stack;
use crate::machine::{Access, Errno, Files, Kind, Running};

/// What a file is when it is run.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// One of ours.
    Program(Program),
    /// `#!`: an interpreter with at most one argument.
    Script(Vec<u8>, Option<Vec<u8>>),
    /// No format that the kernel knows; shells take it for commands.
    Text,
    /// An executable that the visitor brought, for this architecture or not.
    Binary(bool),
}

/// How deep interpreters may be interpreted.
const INTERPRETERS: usize = 4;

/// What is at a path, as `execve` finds out.
pub(crate) fn look(files: &Files, path: &[u8]) -> Result<Found, Errno> {
    let metadata = files.stat(path)?;
    if metadata.kind == Kind::Directory {
        return Err(Errno::IsDirectory);
    }
    files.access(path, Access { execute: true, ..Access::default() })?;
    if metadata.kind != Kind::File || metadata.mode & 0o111 == 0 {
        return Err(Errno::Denied);
    }
    if let Some(program) = crate::programs::find(files, path) {
        return Ok(Found::Program(program));
    }
    let head = files.read_at(path, 0, 256)?;
    if let Some(line) = head.strip_prefix(b"#!") {
        let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
        let line = line.get(..end).unwrap_or_default().trim_ascii();
        let mut words = line.splitn(2, |byte| matches!(byte, b' ' | b'\t'));
        let interpreter = words.next().unwrap_or_default().to_vec();
        let argument = words.next().map(|word| word.trim_ascii().to_vec()).filter(|word| !word.is_empty());
        return if interpreter.is_empty() {
            Ok(Found::Text)
        } else {
            Ok(Found::Script(interpreter, argument))
        };
    }
    match crate::machine::Elf::parse(&head) {
        Some(elf) => {
            let whole = metadata.size > 120 && matches!(elf.kind, 2 | 3);
            Ok(Found::Binary(whole && elf.runs_on(&files.machine().persona().system.machine)))
        }
        None if head.contains(&0) => Err(Errno::NotExecutable),
        None => Ok(Found::Text),
    }
}

/// The shell that is called by this name on the machine.
pub(crate) fn dialect_of(machine: &crate::machine::Machine, name: &[u8]) -> Dialect {
    use crate::machine::Line;
    match name {
        b"bash" | b"rbash" => Dialect::Bash,
        b"dash" => Dialect::Dash,
        b"ash" | b"busybox" => Dialect::Ash,
        _ => match machine.distro().line() {
            Line::Debian => Dialect::Dash,
            Line::RedHat | Line::Arch => Dialect::Bash,
            Line::Alpine | Line::Firmware => Dialect::Ash,
        },
    }
}

/// Runs what is at a path in a process whose arguments are set; `text` is what takes files that
/// have no format.
pub(crate) fn run(mut process: Process, path: Vec<u8>, found: Found) -> BoxFuture<'static, Exit> {
    Box::pin(async move {
        let mut found = found;
        let mut path = path;
        watch::executed(&process.seat, &process.files, &path, &found).await;
        for _ in 0..INTERPRETERS {
            match found {
                Found::Program(program) => return program(&mut process).await,
                Found::Binary(_) => return Exit::SUCCESS,
                Found::Text => {
                    let shell = b"/bin/sh".to_vec();
                    process.args.splice(..1, [shell.clone(), path.clone()]);
                    match look(&process.files, &shell) {
                        Ok(next) => (found, path) = (next, shell),
                        Err(_) => return Exit::Code(127),
                    }
                }
                Found::Script(interpreter, argument) => {
                    let script = std::mem::replace(&mut path, interpreter.clone());
                    let head = [Some(interpreter), argument, Some(script)].into_iter().flatten();
                    process.args.splice(..1, head);
                    match look(&process.files, &path) {
                        Ok(next) => found = next,
                        Err(_) => return Exit::Code(127),
                    }
                }
            }
        }
        Exit::Code(126)
    })
}

/// The run of a process, as far as a signal lets it.
fn until_ended(running: &Running, run: BoxFuture<'static, Exit>) -> BoxFuture<'static, Exit> {
    let ended = running.ended();
    Box::pin(async move {
        tokio::select! {
            biased;
            exit = run => exit,
            signal = ended => Exit::Signal(signal),
        }
    })
}

/// The file that a name without a slash means, along `search`; a file that may not be run is
/// taken when there is no other.
pub(crate) fn locate(files: &Files, search: &[u8], name: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut denied = None;
    for directory in search.split(|byte| *byte == b':') {
        let directory = if directory.is_empty() { b"." } else { directory };
        let path = [directory, b"/", name].concat();
        let Ok(metadata) = files.stat(&path) else { continue };
        if metadata.kind == Kind::Directory {
            continue;
        }
        if metadata.mode & 0o111 != 0
            && files.access(&path, Access { execute: true, ..Access::default() }).is_ok()
        {
            return Ok(path);
        }
        denied = denied.or(Some(path));
    }
    denied.ok_or(Errno::Missing)
}

impl Process {
    /// Runs another program with this one's streams and environment, and waits for it, as
    /// `execvp` in a child. `args` begin with its name.
    ///
    /// # Errors
    /// As `execvp`.
    pub async fn execute(&mut self, args: Vec<Vec<u8>>) -> Result<Exit, Errno> {
        let name = args.first().cloned().unwrap_or_default();
        let path = if name.contains(&b'/') {
            name
        } else {
            let search = self.variable("PATH").unwrap_or(b"/usr/local/bin:/usr/bin:/bin").to_vec();
            locate(&self.files, &search, &name)?
        };
        let found = look(&self.files, &path)?;
        let forked = self.seat.fork().ok_or(Errno::Busy)?;
        let running = self.seat.presence().start(self.pid, &self.account, &args, self.files.directory());
        let child = Self {
            args,
            environment: self.environment.clone(),
            account: self.account.clone(),
            input: self.input.clone(),
            output: self.output.clone(),
            errors: self.errors.clone(),
            files: self.files.as_process(running.pid()),
            machine: Arc::clone(&self.machine),
            seat: Arc::clone(&self.seat),
            pid: running.pid(),
            parent: self.pid,
        };
        let run = until_ended(&running, run(child, path, found));
        let exit = on_own_stack(&self.seat, run, Exit::Signal("KILL")).await;
        drop((running, forked));
        Ok(exit)
    }
}

/// Steps that it takes to find out where a program is, beside those of its folders.
const SEARCH: u64 = 4;

impl Shell {
    /// Value of `PATH`.
    pub(crate) fn search_path(&self) -> Vec<u8> {
        self.variables.scalar(b"PATH").unwrap_or_default().to_vec()
    }

    /// The file that a command name means.
    pub(crate) fn find_program(&self, name: &[u8]) -> Result<Vec<u8>, Errno> {
        if name.contains(&b'/') {
            return Ok(name.to_vec());
        }
        if let Some((path, _)) = self.hashed.get(name) {
            return Ok(path.clone());
        }
        if name.is_empty() { Err(Errno::Missing) } else { locate(&self.files, &self.search_path(), name) }
    }

    /// Runs a program and waits for it.
    pub(super) async fn program(&mut self, arguments: Vec<Vec<u8>>) -> Flow {
        let name = arguments.first().cloned().unwrap_or_default();
        // Looking in one folder after the other takes longer than a step does.
        if !name.contains(&b'/') && !self.hashed.contains_key(&name) {
            self.seat.work(SEARCH + self.search_path().len() as u64 / 8).await;
        }
        let found = self.find_program(&name).and_then(|path| {
            let found = look(&self.files, &path)?;
            let head = self.files.read_at(&path, 0, 4).unwrap_or_default();
            match found {
                Found::Text if self.dialect.is_bash() && head == b"\x7fELF" => Err(Errno::NotExecutable),
                found => Ok((path, found)),
            }
        });
        let (path, found) = match found {
            Ok(found) => found,
            Err(error) => return self.not_run(&name, error).await,
        };
        if matches!(found, Found::Binary(false)) {
            watch::executed(&self.seat, &self.files, &path, &found).await;
            return self.not_run(&name, Errno::NotExecutable).await;
        }
        if let Found::Script(interpreter, _) = &found
            && let Err(error) = look(&self.files, interpreter)
        {
            watch::executed(&self.seat, &self.files, &path, &found).await;
            return self.no_interpreter(&name, interpreter, error).await;
        }
        if !name.contains(&b'/') && self.hashed.len() < 256 {
            self.hashed.entry(name).or_insert_with(|| (path.clone(), 0)).1 += 1;
        }
        let Some(forked) = self.seat.fork() else {
            self.complain(None, "fork: retry: Resource temporarily unavailable").await;
            self.status = 254;
            return Ok(());
        };
        let directory = self.files.directory().to_vec();
        let embodied = std::mem::take(&mut self.embodied);
        let running = match embodied {
            true => {
                self.seat.presence().exec(self.own_pid, &arguments, &path);
                None
            }
            false => Some(self.seat.presence().start(self.own_pid, &self.account, &arguments, &directory)),
        };
        let pid = running.as_ref().map_or(self.own_pid, crate::machine::Running::pid);
        let text = arguments.join(&b' ');
        let process = self.process(arguments, &path, pid);
        // A file without a format is taken for commands of the shell that starts it.
        let run = match found {
            Found::Text if self.dialect.is_bash() => {
                run(process, path, Found::Script(b"/bin/bash".to_vec(), None))
            }
            found => run(process, path, found),
        };
        let run = match &running {
            Some(running) => until_ended(running, run),
            None => run,
        };
        let killed = Arc::new(OnceLock::new());
        let kills = Arc::clone(&killed);
        let stage = Box::pin(async move {
            let exit = run.await;
            drop((running, forked));
            if let Exit::Signal(name) = exit {
                let _ = kills.set(name);
            }
            exit.status()
        });
        let statuses = self.wait_for(vec![stage], &text).await?;
        self.status = statuses.last().copied().unwrap_or(0);
        match killed.get() {
            Some(name) if embodied => Err(Stop::Signal(name)),
            Some(name) => {
                self.tell_of_signal(name, pid, &text).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What a shell says of a program that a signal ended while it waited for it.
    async fn tell_of_signal(&self, name: &str, pid: u32, text: &[u8]) {
        if self.subshell || matches!(name, "INT" | "PIPE") {
            return;
        }
        let what = super::super::builtins::signal_text(name);
        let line = match self.dialect {
            Dialect::Bash if !self.interactive && name != "TERM" => self.told_signal(what, pid, text),
            _ => [what.as_bytes(), b"\n"].concat(),
        };
        self.print_error(line).await;
    }

    /// What bash says of a process that a signal ended, when nobody sits before it.
    pub(crate) fn told_signal(&self, what: &str, pid: u32, text: &[u8]) -> Vec<u8> {
        self.message(None, &[format!("{pid:5} {what:<24}").as_bytes(), text].concat())
    }

    /// A process with this shell's environment and descriptors.
    pub(crate) fn process(&self, arguments: Vec<Vec<u8>>, path: &[u8], pid: u32) -> Process {
        let mut environment = self.variables.environment();
        if self.dialect.is_bash() {
            environment.retain(|(name, _)| name != b"_");
            environment.push((b"_".to_vec(), path.to_vec()));
        }
        Process {
            args: arguments,
            environment,
            account: self.account.clone(),
            input: self.descriptors.reader(0),
            output: self.descriptors.writer(1),
            errors: self.descriptors.writer(2),
            files: self.files.as_process(pid),
            machine: Arc::clone(self.machine()),
            seat: Arc::clone(&self.seat),
            pid,
            parent: self.own_pid,
        }
    }

    /// Says why a program was not run.
    pub(crate) async fn not_run(&mut self, name: &[u8], error: Errno) -> Flow {
        let slash = name.contains(&b'/');
        let missing = matches!(error, Errno::Missing | Errno::NotDirectory);
        self.status = if missing && (error == Errno::Missing || !self.dialect.is_bash()) { 127 } else { 126 };
        if missing && !slash && self.suggests(name).await {
            return Ok(());
        }
        let what = match (self.dialect, error) {
            (Dialect::Bash, Errno::Missing) if !slash => "command not found",
            (Dialect::Bash, Errno::NotExecutable) => "cannot execute binary file: Exec format error",
            (Dialect::Bash, error) => error.text(),
            (Dialect::Dash | Dialect::Ash, Errno::Missing) if name.is_empty() => "Permission denied",
            (_, Errno::Missing | Errno::NotDirectory) => "not found",
            (_, Errno::IsDirectory) => "Permission denied",
            (_, error) => error.text(),
        };
        self.complain(None, [name, b": ", what.as_bytes()].concat()).await;
        Ok(())
    }

    async fn no_interpreter(&mut self, name: &[u8], interpreter: &[u8], error: Errno) -> Flow {
        self.status = if error == Errno::Missing { 127 } else { 126 };
        let modern = super::super::start::bash_version(self.machine().distro()).starts_with("5.2");
        let text = match self.dialect {
            Dialect::Bash if error == Errno::Missing && modern => {
                [name, b": cannot execute: required file not found"].concat()
            }
            Dialect::Bash => {
                self.status = 126;
                [name, b": ", interpreter, b": bad interpreter: ", error.text().as_bytes()].concat()
            }
            _ if error == Errno::Missing => [name, b": not found"].concat(),
            _ => [name, b": ", error.text().as_bytes()].concat(),
        };
        self.complain(None, text).await;
        Ok(())
    }

    /// What Ubuntu's helper says of a command that is not there; whether it spoke.
    async fn suggests(&mut self, name: &[u8]) -> bool {
        use crate::machine::Distro;
        let ships = matches!(self.machine().distro(), Distro::Ubuntu22 | Distro::Ubuntu20 | Distro::Kali);
        if !ships || !self.dialect.is_bash() || self.origin != Origin::Interactive {
            return false;
        }
        let text = match package_of(name) {
            Some(package) => {
                let sudo = if self.account.is_root() { "" } else { "sudo " };
                let name = String::from_utf8_lossy(name);
                format!("\nCommand '{name}' not found, but can be installed with:\n\n{sudo}apt install {package}\n\n")
                    .into_bytes()
            }
            None => [name, b": command not found\n"].concat(),
        };
        self.print_error(text).await;
        true
    }
}

/// The package that has a program which servers seldom have.
fn package_of(name: &[u8]) -> Option<&'static str> {
    const PACKAGES: &[(&str, &str)] = &[
        ("ifconfig", "net-tools"),
        ("netstat", "net-tools"),
        ("route", "net-tools"),
        ("arp", "net-tools"),
        ("gcc", "gcc"),
        ("make", "make"),
        ("nmap", "nmap"),
        ("masscan", "masscan"),
        ("zmap", "zmap"),
        ("sshpass", "sshpass"),
        ("tree", "tree"),
        ("unzip", "unzip"),
        ("zip", "zip"),
        ("docker", "docker.io"),
        ("php", "php-cli"),
        ("node", "nodejs"),
        ("ruby", "ruby"),
        ("nc.traditional", "netcat-traditional"),
        ("socat", "socat"),
        ("expect", "expect"),
        ("hydra", "hydra"),
        ("tor", "tor"),
        ("proxychains", "proxychains"),
        ("aria2c", "aria2"),
        ("lynx", "lynx"),
        ("lspci", "pciutils"),
    ];
    PACKAGES.iter().find(|(program, _)| program.as_bytes() == name).map(|(_, package)| *package)
}
