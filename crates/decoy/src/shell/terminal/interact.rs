//! An interactive shell: prompt, line, command, and again.

use std::sync::Arc;

use super::{
    Mode, Tty,
    editor::{Edited, Editor},
    history::{Recalled, recall},
};
use crate::{
    caps,
    machine::Distro,
    shell::{
        dialect::Dialect,
        interpreter::{Flow, Origin, Shell, Stop},
        language::Fault,
        process::Exit,
        watch,
    },
};

/// What an interactive shell remembers between lines.
#[derive(Debug, Default)]
struct Keyboard {
    /// Keys that were typed beyond the last line.
    pending: Vec<u8>,
    /// What was cut last.
    cut: Vec<u8>,
}

/// Runs a shell for somebody at the terminal.
pub(crate) async fn interact(shell: &mut Shell) -> Exit {
    let _foreground = shell.seat.enter();
    shell.level = shell.seat.shells();
    begin(shell).await;
    let tty = shell.seat.tty().cloned();
    let mut keyboard = Keyboard::default();
    let exit = loop {
        shell.notify().await;
        let text = match read_command(shell, tty.as_ref(), &mut keyboard).await {
            Read::Text(text) => text,
            Read::Nothing => continue,
            Read::End => break finish(shell).await,
        };
        match run(shell, &text).await {
            Ok(()) | Err(Stop::Line | Stop::Return | Stop::Break(_) | Stop::Continue(_)) => {}
            Err(Stop::Exit) => break finish(shell).await,
            Err(Stop::Signal("INT" | "QUIT" | "TSTP")) => shell.print_error("\n").await,
            Err(Stop::Signal(name)) => {
                save(shell);
                break Exit::Signal(name);
            }
        }
        watch::written(&shell.seat, &shell.files).await;
    };
    watch::written(&shell.seat, &shell.files).await;
    exit
}

/// What was read.
enum Read {
    Text(Vec<u8>),
    Nothing,
    End,
}

async fn begin(shell: &mut Shell) {
    let bash = shell.dialect.is_bash();
    let user = shell.account.is_root();
    let (ps1, ps2): (&str, &str) = match shell.dialect {
        Dialect::Bash => ("\\s-\\v\\$ ", "> "),
        Dialect::Dash if user => ("# ", "> "),
        Dialect::Dash => ("$ ", "> "),
        Dialect::Ash => ("\\w \\$ ", "> "),
    };
    shell.interactive = true;
    shell.origin = Origin::Interactive;
    shell.letters = b"is".to_vec();
    let options = std::mem::take(&mut shell.options);
    shell.options =
        crate::shell::state::Options { monitor: true, history: bash, histexpand: bash, ..options };
    shell.options.set_shopt("expand_aliases", true);
    shell.options.set_shopt("login_shell", shell.login);
    shell.variables.set(b"PS1", ps1);
    shell.variables.set(b"PS2", ps2);
    let home = shell.variables.scalar(b"HOME").unwrap_or_default().to_vec();
    if bash {
        shell.variables.set(b"HISTFILE", [&home[..], b"/.bash_history"].concat());
        shell.variables.set(b"HISTSIZE", *b"500");
        shell.variables.set(b"HISTFILESIZE", *b"500");
        if let Some(tty) = shell.seat.tty().map(|tty| tty.size()) {
            shell.variables.set(b"COLUMNS", tty.columns.to_string());
            shell.variables.set(b"LINES", tty.rows.to_string());
        }
    }
    if shell.login {
        shell.read_profiles().await;
    } else {
        shell.read_startup().await;
    }
    if shell.variables.scalar(b"PS1") == Some(ps1.as_bytes()) && bash {
        let prompt = usual_prompt(shell.machine().distro(), shell.account.is_root());
        shell.variables.set(b"PS1", prompt);
    }
    shell.status = 0;
    if let Some(content) = shell.history_file().and_then(|path| shell.files.read(&path).ok()) {
        shell.history.load(&content);
    }
}

/// The prompt that a distribution's own files set.
const fn usual_prompt(distro: Distro, root: bool) -> &'static str {
    match (distro, root) {
        (Distro::Rocky9 | Distro::Fedora39 | Distro::CentOs7 | Distro::Arch, _) => "[\\u@\\h \\W]\\$ ",
        (Distro::Kali, true) => {
            "\\[\\e[;94m\\]┌──(\\[\\e[1;31m\\]\\u㉿\\h\\[\\e[;94m\\])-[\\[\\e[0;1m\\]\\w\\[\\e[;94m\\]]\\n└─\\[\\e[1;31m\\]\\$\\[\\e[0m\\] "
        }
        (Distro::Kali, false) => {
            "\\[\\e[;32m\\]┌──(\\[\\e[1;34m\\]\\u㉿\\h\\[\\e[;32m\\])-[\\[\\e[0;1m\\]\\w\\[\\e[;32m\\]]\\n└─\\[\\e[1;34m\\]\\$\\[\\e[0m\\] "
        }
        (Distro::Alpine319, _) => "\\h:\\w\\$ ",
        _ => "\\u@\\h:\\w\\$ ",
    }
}

/// Reads lines until they make a command.
async fn read_command(shell: &mut Shell, tty: Option<&Arc<Tty>>, keyboard: &mut Keyboard) -> Read {
    let mut text: Vec<u8> = Vec::new();
    if shell.dialect.is_bash()
        && let Some(command) = shell.variables.scalar(b"PROMPT_COMMAND").map(<[u8]>::to_vec)
    {
        let (status, watched) = (shell.status, std::mem::replace(&mut shell.watched, false));
        let _ = shell.run_string(&command, false).await;
        (shell.status, shell.watched) = (status, watched);
    }
    loop {
        let prompt = shell.prompt(if text.is_empty() { "PS1" } else { "PS2" }).await;
        let mut line = match read_line(shell, tty, prompt, keyboard).await {
            Edited::Line(line) => line,
            Edited::Interrupted => {
                shell.status = 130;
                shell.print_error("\n").await;
                return Read::Nothing;
            }
            Edited::End if text.is_empty() => return end_of_file(shell).await,
            Edited::End => {
                if let Err(fault) = shell.parse(&text, 1, true) {
                    let _ = shell.faulty(&fault, &text, 1).await;
                }
                return Read::Nothing;
            }
        };
        if text.is_empty() && line.trim_ascii().is_empty() {
            return Read::Nothing;
        }
        if shell.options.histexpand && shell.dialect.is_bash() {
            match recall(&shell.history, &line) {
                Recalled::Same => {}
                Recalled::Line(recalled) => {
                    line = recalled;
                    shell.print_error([&line[..], b"\n"].concat()).await;
                }
                Recalled::Missing(what) => {
                    shell.complain(None, what).await;
                    return Read::Nothing;
                }
            }
        }
        text.extend(line);
        text.push(b'\n');
        if text.len() > caps::SHELL_LINE {
            return Read::Nothing;
        }
        shell.reads_again(&text).await;
        if !shell.parse(&text, 1, false).as_ref().is_err_and(Fault::is_incomplete) {
            remember(shell, &text);
            return Read::Text(text);
        }
    }
}

/// ^D where a command may begin.
async fn end_of_file(shell: &mut Shell) -> Read {
    if shell.dialect.is_bash() {
        shell.print_error(if shell.login { "logout\n" } else { "exit\n" }).await;
    } else {
        shell.print_error("\n").await;
    }
    if shell.jobs.iter().any(|job| job.stopped) && !std::mem::replace(&mut shell.warned, true) {
        shell.print_error("There are stopped jobs.\n").await;
        return Read::Nothing;
    }
    Read::End
}

async fn read_line(
    shell: &mut Shell,
    tty: Option<&Arc<Tty>>,
    prompt: Vec<u8>,
    keyboard: &mut Keyboard,
) -> Edited {
    let edits = !shell.dialect.is_dash() && shell.descriptors.reader(0).is_terminal();
    let Some(tty) = tty.filter(|_| edits) else {
        shell.print_error(&prompt).await;
        let mut line = shell.descriptors.reader(0).read_line(caps::SHELL_LINE).await;
        if line.is_empty() {
            return Edited::End;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        return Edited::Line(line);
    };
    let brackets = shell.dialect.is_bash() && has_brackets(shell, tty);
    if brackets {
        let _ = tty.show(b"\x1b[?2004h").await;
    }
    let pending = std::mem::take(&mut keyboard.pending);
    let cut = std::mem::take(&mut keyboard.cut);
    let (edited, pending, cut) = Editor::new(shell, Arc::clone(tty), prompt, pending, cut).edit().await;
    (keyboard.pending, keyboard.cut) = (pending, cut);
    if brackets {
        let _ = tty.show(b"\x1b[?2004l\r").await;
    }
    tty.set_mode(Mode::COOKED);
    edited
}

/// Whether the line editor asks the terminal to mark what is pasted.
fn has_brackets(shell: &Shell, tty: &Tty) -> bool {
    let version = crate::shell::start::bash_version(shell.machine().distro());
    !version.starts_with("4.")
        && !version.starts_with("5.0")
        && tty.name() != "dumb"
        && !tty.name().is_empty()
}

/// Puts a command into the history.
fn remember(shell: &mut Shell, text: &[u8]) {
    if !shell.options.history && shell.dialect.is_bash() {
        return;
    }
    let control = shell.variables.scalar(b"HISTCONTROL").unwrap_or_default().to_vec();
    let has = |word: &[u8]| {
        control.split(|byte| *byte == b':').any(|known| known == word || known == b"ignoreboth")
    };
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    if has(b"ignorespace") && line.first() == Some(&b' ')
        || has(b"ignoredups") && shell.history.last() == Some(line)
    {
        return;
    }
    if shell.history_size("HISTSIZE") == 0 {
        return;
    }
    let now = shell.machine().now().seconds;
    shell.history.add(line.to_vec(), now);
}

async fn run(shell: &mut Shell, text: &[u8]) -> Flow {
    watch::tell(&shell.seat, text);
    shell.listener = shell.seat.listen();
    shell.seat.rested();
    shell.told = 0;
    let stopped = shell.jobs.iter().any(|job| job.stopped);
    let line = shell.line_count;
    let mut source = crate::shell::execute::Text::whole(text);
    source.set_line(line);
    shell.line_count = line + u32::try_from(text.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(1);
    let flow = shell.run_text(source, false).await;
    if !stopped {
        shell.warned = false;
    }
    flow
}

async fn finish(shell: &mut Shell) -> Exit {
    save(shell);
    if shell.login && shell.dialect.is_bash() {
        shell.read_logout().await;
    }
    Exit::Code(shell.finish(Err(Stop::Exit)).await)
}

fn save(shell: &mut Shell) {
    if let Some(path) = shell.history_file()
        && shell.dialect.is_bash()
    {
        let append = true;
        let most = shell.history_size("HISTFILESIZE");
        shell.history.save(&shell.files, &path, append, most);
    }
}

impl Shell {
    /// Where the history is kept, if it is.
    pub(crate) fn history_file(&self) -> Option<Vec<u8>> {
        let path = self.variables.scalar(b"HISTFILE").filter(|path| !path.is_empty())?;
        Some(path.to_vec()).filter(|path| path != b"/dev/null")
    }

    /// A size of the history.
    pub(crate) fn history_size(&self, name: &str) -> usize {
        let text = self.variables.scalar(name.as_bytes()).and_then(|text| std::str::from_utf8(text).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(500)
    }
}
