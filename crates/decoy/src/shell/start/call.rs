//! How a shell is called: its command line, and what it says of a wrong one.

use super::{
    super::{dialect::Dialect, process::Process, state::Options},
    bash_version, platform,
};
/// What the command line of a shell asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) command: Option<Vec<u8>>,
    pub(super) script: Option<Vec<u8>>,
    /// `$0`, if it is given, and parameters.
    pub(super) arguments: Vec<Vec<u8>>,
    pub(super) interactive: bool,
    pub(super) login: bool,
    pub(super) stdin: bool,
    pub(super) quiet: bool,
    pub(super) options: Vec<(&'static str, bool)>,
}

/// What becomes of a call that runs nothing.
pub(super) enum Refused {
    Says(Vec<u8>, u8),
    Complains(Vec<u8>, u8),
}

/// Reads the arguments of a shell.
pub(super) fn read(arguments: &[Vec<u8>], dialect: Dialect, process: &Process) -> Result<Call, Refused> {
    let mut call = Call::default();
    let mut rest = arguments.iter();
    let mut wants_command = false;
    while let Some(argument) = rest.as_slice().first() {
        let on = argument.first() == Some(&b'-');
        if argument.len() < 2 || !on && argument.first() != Some(&b'+') {
            break;
        }
        rest.next();
        match argument.as_slice() {
            b"--" => break,
            b"--login" => call.login = true,
            b"--norc" | b"--noprofile" | b"--posix" | b"--noediting" => {}
            b"--rcfile" | b"--init-file" => drop(rest.next()),
            b"--version" if dialect.is_bash() => return Err(Refused::Says(version_text(process), 0)),
            b"--help" if dialect.is_bash() => return Err(Refused::Says(help_text(process), 0)),
            long if long.starts_with(b"--") => return Err(bad_option(long, dialect, process)),
            letters => {
                for letter in letters.iter().skip(1) {
                    match letter {
                        b'c' => wants_command = true,
                        b'i' => call.interactive = true,
                        b's' => call.stdin = true,
                        b'l' => call.login = true,
                        b'o' => {
                            let option = rest.next().map(|name| String::from_utf8_lossy(name).into_owned());
                            let table = if dialect.is_bash() {
                                super::super::state::BASH
                            } else {
                                super::super::state::DASH
                            };
                            let known = table.iter().find(|(known, _)| Some(*known) == option.as_deref());
                            call.options.extend(known.map(|(known, _)| (*known, on)));
                        }
                        letter => match Options::named(*letter, dialect) {
                            Some(option) => call.options.push((option, on)),
                            None => return Err(bad_option(&[b'-', *letter], dialect, process)),
                        },
                    }
                }
            }
        }
    }
    let mut rest = rest.cloned();
    if wants_command {
        let Some(command) = rest.next() else {
            let text: &[u8] = match dialect {
                Dialect::Bash => b": -c: option requires an argument\n",
                Dialect::Dash => b": 0: -c requires an argument\n",
                Dialect::Ash => b": -c requires an argument\n",
            };
            let name = process.args.first().map(Vec::as_slice).unwrap_or_default();
            return Err(Refused::Complains([name, text].concat(), 2));
        };
        call.command = Some(command);
    } else if !call.stdin {
        call.script = rest.next();
    }
    call.arguments = rest.collect();
    Ok(call)
}

fn bad_option(option: &[u8], dialect: Dialect, process: &Process) -> Refused {
    let name = process.args.first().map(Vec::as_slice).unwrap_or_default();
    let text = match dialect {
        Dialect::Bash => {
            let usage = usage_text(name);
            [name, b": ", option, b": invalid option\n", usage.as_bytes()].concat()
        }
        Dialect::Dash => [name, b": 0: Illegal option ", option, b"\n"].concat(),
        Dialect::Ash => [name, b": illegal option ", option, b"\n"].concat(),
    };
    Refused::Complains(text, 2)
}

fn version_text(process: &Process) -> Vec<u8> {
    let distro = process.machine.distro();
    let version = bash_version(distro);
    let platform = platform(distro, &process.machine.persona().system.machine);
    let year = match version.get(..3) {
        Some("5.2") => 2022,
        Some("5.1") => 2020,
        Some("5.0") => 2019,
        _ => 2011,
    };
    format!(
        "GNU bash, version {version} ({platform})\n\
         Copyright (C) {year} Free Software Foundation, Inc.\n\
         License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>\n\n\
         This is free software; you are free to change and redistribute it.\n\
         There is NO WARRANTY, to the extent permitted by law.\n"
    )
    .into_bytes()
}

fn usage_text(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    format!(
        "Usage:\t{name} [GNU long option] [option] ...\n\
         \t{name} [GNU long option] [option] script-file ...\n\
         GNU long options:\n\
         \t--debug\n\t--debugger\n\t--dump-po-strings\n\t--dump-strings\n\t--help\n\t--init-file\n\t--login\n\
         \t--noediting\n\t--noprofile\n\t--norc\n\t--posix\n\t--pretty-print\n\t--rcfile\n\t--restricted\n\
         \t--verbose\n\t--version\n\
         Shell options:\n\
         \t-ilrsD or -c command or -O shopt_option\t\t(invocation only)\n\
         \t-abefhkmnptuvxBCEHPT or -o option\n"
    )
}

fn help_text(process: &Process) -> Vec<u8> {
    let distro = process.machine.distro();
    let platform = platform(distro, &process.machine.persona().system.machine);
    let name = process.args.first().map(Vec::as_slice).unwrap_or_default();
    let shown = String::from_utf8_lossy(name);
    format!(
        "GNU bash, version {}-({platform})\n{}\
         Type `{shown} -c \"help set\"' for more information about shell options.\n\
         Type `{shown} -c help' for more information about shell builtin commands.\n\
         Use the `bashbug' command to report bugs.\n\n\
         bash home page: <http://www.gnu.org/software/bash>\n\
         General help using GNU software: <http://www.gnu.org/gethelp/>\n",
        bash_version(distro),
        usage_text(name)
    )
    .into_bytes()
}
