//! How a shell begins: its options, its variables, the files it reads first.

mod call;

use std::sync::Arc;

use self::call::{Call, Refused, read};
use super::{
    dialect::Dialect,
    execute::Text,
    interpreter::{Flow, Origin, Shell, Stop},
    process::{Exit, Process},
    state::{Content, Descriptors, Options, Variables},
    terminal,
};
use crate::{
    caps,
    machine::{Distro, Line},
};

/// Version of the distribution's bash.
pub(crate) const fn bash_version(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "5.2.15(1)-release",
        Distro::Ubuntu22 => "5.1.16(1)-release",
        Distro::Ubuntu20 => "5.0.17(1)-release",
        Distro::Rocky9 => "5.1.8(1)-release",
        Distro::CentOs7 => "4.2.46(2)-release",
        Distro::Kali | Distro::Alpine319 | Distro::Firmware => "5.2.21(1)-release",
        Distro::Fedora39 | Distro::Arch => "5.2.26(1)-release",
    }
}

/// The platform that bash was built for.
fn platform(distro: Distro, machine: &str) -> String {
    match distro.line() {
        Line::RedHat => format!("{machine}-redhat-linux-gnu"),
        Line::Alpine => format!("{machine}-alpine-linux-musl"),
        Line::Arch => format!("{machine}-pc-linux-gnu"),
        Line::Debian | Line::Firmware => format!("{machine}-pc-linux-gnu"),
    }
}

/// `bash`, `sh` and their kin as programs.
///
/// # Errors
/// None; programs return their end this way or that.
pub(crate) async fn interpret(process: &mut Process) -> Result<Exit, Exit> {
    Ok(run(process).await)
}

/// Runs a shell as a program.
async fn run(process: &mut Process) -> Exit {
    let called = process.name().to_vec();
    let login_name = called.starts_with(b"-");
    let name = called.strip_prefix(b"-").unwrap_or(&called).to_vec();
    let mut dialect = super::execute::dialect_of(&process.machine, &name);
    let applet = process.args.first().and_then(|name| name.strip_prefix(crate::programs::APPLET));
    if let Some(applet) = applet.map(<[u8]>::to_vec) {
        dialect = Dialect::Ash;
        process.args.splice(..1, [applet]);
    }
    let mut arguments = process.arguments().to_vec();
    if name == b"busybox" && !arguments.is_empty() {
        arguments.remove(0);
    }
    if name == b"sh" && dialect.is_bash() {
        dialect = Dialect::Bash;
    }
    let call = match read(&arguments, dialect, process) {
        Ok(call) => call,
        Err(Refused::Says(text, status)) => {
            let _ = process.print(text).await;
            return Exit::Code(status);
        }
        Err(Refused::Complains(text, status)) => {
            process.complain(text).await;
            return Exit::Code(status);
        }
    };
    let name = process.args.first().cloned().unwrap_or_default();
    let mut shell = Shell::from_process(process, dialect, name);
    shell.login = call.login || login_name;
    shell.begin(call).await
}

impl Shell {
    /// A shell with the environment, the streams and the files of a process.
    pub(crate) fn from_process(process: &Process, dialect: Dialect, name: Vec<u8>) -> Self {
        let mut variables = Variables::default();
        for (key, value) in &process.environment {
            if super::language::is_name(key) {
                variables.export(key, value.clone());
            }
        }
        let machine = &process.machine;
        let seed = process.pid.wrapping_mul(2_654_435_761) ^ machine.now().nanos;
        let mut shell = Self {
            seat: Arc::clone(&process.seat),
            dialect,
            account: process.account.clone(),
            files: process.files.clone(),
            directory: process.files.directory().to_vec(),
            variables,
            functions: Arc::default(),
            aliases: Arc::default(),
            options: Options::at_start(dialect, false),
            name,
            positional: Arc::default(),
            status: 0,
            previous: 0,
            descriptors: Descriptors::standard(
                process.input.clone(),
                process.output.clone(),
                process.errors.clone(),
            ),
            traps: Arc::default(),
            jobs: Default::default(),
            pid: process.pid,
            own_pid: process.pid,
            parent: process.parent,
            last_background: None,
            depth: 0,
            loops: 0,
            returns: false,
            line: 1,
            origin: Origin::Script,
            login: false,
            interactive: false,
            letters: Vec::new(),
            subshell: false,
            tested: false,
            watched: true,
            listener: process.seat.listen(),
            stack: Vec::new(),
            hashed: Default::default(),
            disabled: Vec::new(),
            history: Default::default(),
            random: seed,
            started: machine.now(),
            option_place: 0,
            option_index: 1,
            limits: Vec::new(),
            line_count: 1,
            told: 0,
            substituted: None,
            level: process.seat.shells(),
            embodied: false,
            last: None,
            broken: false,
            evaluating: false,
            trap_exited: false,
            arrays: Vec::new(),
            warned: false,
        };
        shell.first_variables(process);
        shell
    }

    fn first_variables(&mut self, process: &Process) {
        let kept = |name: &str| process.variable(name).map(<[u8]>::to_vec);
        let machine = Arc::clone(self.machine());
        let (distro, persona) = (machine.distro(), machine.persona());
        if let Some(logical) = kept("PWD").filter(|path| path.starts_with(b"/"))
            && self.files.real_path(&logical).ok().as_deref() == Some(self.files.directory())
        {
            self.directory = logical;
        }
        let exported =
            |variables: &mut Variables, name: &str, value: Vec<u8>| variables.export(name.as_bytes(), value);
        exported(&mut self.variables, "PWD", self.directory.clone());
        self.variables.set(b"IFS", *b" \t\n");
        self.variables.set(b"OPTIND", *b"1");
        self.variables.set(b"PPID", self.parent.to_string());
        self.variables.set(b"PS4", *b"+ ");
        if kept("PATH").is_none() {
            self.variables.set(b"PATH", *b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        }
        if !self.dialect.is_bash() {
            return;
        }
        let level =
            kept("SHLVL").and_then(|text| String::from_utf8(text).ok()?.parse::<i64>().ok()).unwrap_or(0);
        exported(&mut self.variables, "SHLVL", (level + 1).to_string().into_bytes());
        if kept("OLDPWD").is_none() {
            self.variables.change(b"OLDPWD", |variable| variable.exported = true);
        }
        let version = bash_version(distro);
        let platform = platform(distro, &persona.system.machine);
        let uid = self.account.uid.to_string();
        let pairs: [(&str, &str); 9] = [
            (
                "BASH",
                if self.name.ends_with(b"sh") && !self.name.ends_with(b"bash") {
                    "/bin/sh"
                } else {
                    "/bin/bash"
                },
            ),
            ("BASH_VERSION", version),
            ("HOSTNAME", &persona.hostname),
            ("HOSTTYPE", &persona.system.machine),
            ("OSTYPE", if distro.line() == Line::Alpine { "linux-musl" } else { "linux-gnu" }),
            ("MACHTYPE", &platform),
            ("OPTERR", "1"),
            ("UID", &uid),
            ("EUID", &uid),
        ];
        for (name, value) in pairs {
            self.variables.set(name.as_bytes(), value);
        }
        for name in ["UID", "EUID", "PPID"] {
            self.variables
                .change(name.as_bytes(), |variable| (variable.readonly, variable.integer) = (true, true));
        }
        let numbers = version.split(['.', '(', ')', '-']).filter(|piece| !piece.is_empty());
        let mut info: Vec<Vec<u8>> = numbers.map(|piece| piece.as_bytes().to_vec()).collect();
        info.push(platform.clone().into_bytes());
        let groups = self.account.groups.iter().map(|(id, _)| id.to_string().into_bytes()).collect();
        for (name, values) in [("BASH_VERSINFO", info), ("GROUPS", groups), ("DIRSTACK", Vec::new())] {
            self.variables.change(name.as_bytes(), |variable| {
                let values: Vec<Vec<u8>> = values;
                variable.content =
                    Content::Indexed(values.into_iter().enumerate().map(|(at, v)| (at as i64, v)).collect());
            });
        }
    }

    /// Does what the call asks for, to the end of the shell.
    async fn begin(&mut self, call: Call) -> Exit {
        for (option, on) in &call.options {
            self.options.set(option, *on, self.dialect);
        }
        if self.depth_of_shells() > caps::SHELL_CALLS {
            self.complain(None, "fork: retry: Resource temporarily unavailable").await;
            return Exit::Code(254);
        }
        if let Some(command) = call.command {
            self.letters = b"c".to_vec();
            let mut arguments = call.arguments;
            if !arguments.is_empty() {
                self.name = arguments.remove(0);
            }
            self.positional = Arc::new(arguments);
            if self.login {
                self.read_profiles().await;
            }
            return self.command_string(&command).await;
        }
        self.positional = Arc::new(call.arguments);
        if let Some(script) = call.script {
            return self.script(script).await;
        }
        let terminal = self.descriptors.reader(0).is_terminal() && self.descriptors.writer(2).is_terminal();
        if terminal || call.interactive {
            return terminal::interact(self).await;
        }
        self.letters = b"s".to_vec();
        if self.login {
            self.read_profiles().await;
        }
        let flow = self.run_text(Text::coming(self.descriptors.reader(0)), true).await;
        self.end(flow).await
    }

    fn depth_of_shells(&self) -> usize {
        let level =
            self.variables.scalar(b"SHLVL").and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
        level.unwrap_or(0)
    }

    /// Runs the text of `-c`.
    pub(crate) async fn command_string(&mut self, command: &[u8]) -> Exit {
        self.origin = Origin::String;
        let flow = self.run_text(Text::last(command), false).await;
        self.end(flow).await
    }

    /// The end of a shell that is a process.
    pub(crate) async fn end(&mut self, flow: Flow) -> Exit {
        super::watch::written(&self.seat, &self.files).await;
        if self.broken {
            return Exit::Signal("PIPE");
        }
        if let Err(Stop::Signal(name)) = flow {
            return Exit::Signal(name);
        }
        Exit::Code(self.finish(flow).await)
    }

    async fn script(&mut self, path: Vec<u8>) -> Exit {
        let found = self.files.read(&path);
        let content = match found {
            Ok(content) => content,
            Err(error) => return self.no_script(&path, error).await,
        };
        super::watch::executed(&self.seat, &self.files, &path, &super::execute::Found::Text).await;
        let head = content.get(..80).unwrap_or(&content);
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if self.dialect.is_bash() && (content.starts_with(b"\x7fELF") || line.contains(&0)) {
            let text = [&self.name[..], b": ", &path, b": cannot execute binary file\n"].concat();
            self.print_error([&path[..], b": ", &text].concat()).await;
            return Exit::Code(126);
        }
        self.name = path;
        self.origin = Origin::Script;
        let content = content.get(..caps::SHELL_SCRIPT).unwrap_or(&content);
        let flow = self.run_text(Text::whole(content), true).await;
        self.end(flow).await
    }

    async fn no_script(&mut self, path: &[u8], error: crate::machine::Errno) -> Exit {
        use crate::machine::Errno;
        let missing = error == Errno::Missing;
        let text = match self.dialect {
            Dialect::Bash => [&self.name[..], b": ", path, b": ", error.text().as_bytes(), b"\n"].concat(),
            Dialect::Dash => {
                let why = if missing { "No such file" } else { error.text() };
                [&self.name[..], b": 0: cannot open ", path, b": ", why.as_bytes(), b"\n"].concat()
            }
            Dialect::Ash => {
                [&self.name[..], b": can't open '", path, b"': ", error.text().as_bytes(), b"\n"].concat()
            }
        };
        self.print_error(text).await;
        let status = if self.dialect.is_bash() { 127 } else { 2 };
        Exit::Code(if missing { status } else { 126 })
    }

    /// Reads what a log-in shell reads.
    pub(crate) async fn read_profiles(&mut self) {
        let watched = std::mem::replace(&mut self.watched, false);
        self.read_file(b"/etc/profile").await;
        let home = self.variables.scalar(b"HOME").unwrap_or(b"/").to_vec();
        let own: &[&str] = if self.dialect.is_bash() {
            &[".bash_profile", ".bash_login", ".profile"]
        } else {
            &[".profile"]
        };
        for name in own {
            let path = [&home[..], b"/", name.as_bytes()].concat();
            if self.files.exists(&path) {
                self.read_file(&path).await;
                break;
            }
        }
        self.watched = watched;
    }

    /// Reads what an interactive shell reads that is no log-in shell.
    pub(crate) async fn read_startup(&mut self) {
        let watched = std::mem::replace(&mut self.watched, false);
        if self.dialect.is_bash() {
            if self.machine().distro().line() == Line::Debian {
                self.read_file(b"/etc/bash.bashrc").await;
            }
            let home = self.variables.scalar(b"HOME").unwrap_or(b"/").to_vec();
            self.read_file(&[&home[..], b"/.bashrc"].concat()).await;
        } else if let Some(path) = self.variables.scalar(b"ENV").map(<[u8]>::to_vec) {
            self.read_file(&path).await;
        }
        self.watched = watched;
    }

    /// Reads what a log-in shell reads when it ends.
    pub(crate) async fn read_logout(&mut self) {
        let home = self.variables.scalar(b"HOME").unwrap_or(b"/").to_vec();
        let (status, watched) = (self.status, std::mem::replace(&mut self.watched, false));
        self.read_file(&[&home[..], b"/.bash_logout"].concat()).await;
        (self.status, self.watched) = (status, watched);
    }

    /// Reads a file of commands, if it is there; what goes wrong in it changes nothing else.
    async fn read_file(&mut self, path: &[u8]) {
        let Ok(content) = self.files.read(path) else { return };
        let origin = std::mem::replace(&mut self.origin, Origin::Script);
        let name = std::mem::replace(&mut self.name, path.to_vec());
        let returns = std::mem::replace(&mut self.returns, true);
        self.depth += 1;
        let flow = self.run_text(Text::whole(&content), false).await;
        self.depth -= 1;
        (self.origin, self.name, self.returns) = (origin, name, returns);
        if flow.is_err() && matches!(flow, Err(Stop::Exit)) {
            self.warned = true;
        }
        self.status = 0;
    }
}
