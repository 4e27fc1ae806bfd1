//! python3: the one-liners that visitors use, run as they would; what is beyond them fails.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_event::Kind;

use super::{super::context::Done, beside, source};
use crate::{
    caps,
    machine::Distro,
    shell::{BoxFuture, Exit, Process},
};

/// How deep `exec` of decoded text goes.
const DEEPEST: usize = 4;
/// Modules that a plain installation has, as far as they are asked for.
const MODULES: &[&str] = &[
    "argparse",
    "array",
    "ast",
    "base64",
    "binascii",
    "calendar",
    "codecs",
    "collections",
    "copy",
    "crypt",
    "csv",
    "ctypes",
    "datetime",
    "errno",
    "fcntl",
    "ftplib",
    "getpass",
    "glob",
    "grp",
    "hashlib",
    "hmac",
    "html",
    "http",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "logging",
    "math",
    "multiprocessing",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "pty",
    "pwd",
    "queue",
    "random",
    "re",
    "resource",
    "secrets",
    "select",
    "shlex",
    "shutil",
    "signal",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "stat",
    "string",
    "struct",
    "subprocess",
    "sys",
    "syslog",
    "tarfile",
    "telnetlib",
    "tempfile",
    "termios",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "tty",
    "types",
    "typing",
    "urllib",
    "uuid",
    "warnings",
    "xml",
    "zipfile",
    "zlib",
    "asyncio",
    "builtins",
    "functools",
];

/// Version of the distribution's Python.
const fn version(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "3.11.2",
        Distro::Ubuntu22 => "3.10.12",
        Distro::Ubuntu20 => "3.8.10",
        Distro::Rocky9 => "3.9.21",
        Distro::CentOs7 => "3.6.8",
        Distro::Alpine319 => "3.11.10",
        Distro::Fedora39 | Distro::Kali | Distro::Arch | Distro::Firmware => "3.12.7",
    }
}

pub(super) async fn python(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let mut rest = arguments.iter();
    let mut script = None;
    while let Some(argument) = rest.next() {
        let code = match argument.as_slice() {
            b"-V" | b"--version" | b"-VV" => {
                let text = format!("Python {}\n", version(process.machine.distro()));
                process.print(text).await?;
                return Ok(Exit::SUCCESS);
            }
            b"-c" => rest.next().cloned(),
            [b'-', b'c', code @ ..] => Some(code.to_vec()),
            b"-m" => return module(process, rest.next().cloned().unwrap_or_default()).await,
            b"-W" | b"-X" => {
                rest.next();
                continue;
            }
            b"-" => break,
            [b'-', ..] => continue,
            path => {
                script = Some(path.to_vec());
                break;
            }
        };
        let Some(code) = code else {
            process.complain("Argument expected for the -c option\nusage: python3 [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `python -h' for more information.\n").await;
            return Ok(Exit::Code(2));
        };
        return Ok(run(process, String::from_utf8_lossy(&code).into_owned(), 0, "<string>".to_owned()).await);
    }
    if let Some(path) = script {
        return file(process, &path).await;
    }
    if process.input.is_terminal() {
        return interactive(process).await;
    }
    let code = process.input.read_to_end(caps::PROGRAM_INPUT).await;
    Ok(run(process, String::from_utf8_lossy(&code).into_owned(), 0, "<stdin>".to_owned()).await)
}

async fn file(process: &mut Process, path: &[u8]) -> Done {
    match process.files.read(path) {
        Ok(code) => {
            let name = String::from_utf8_lossy(&process.files.absolute(path)).into_owned();
            Ok(run(process, String::from_utf8_lossy(&code).into_owned(), 0, name).await)
        }
        Err(error) => {
            let number = if error == crate::machine::Errno::Missing { 2 } else { 13 };
            let program = process.args.first().map(|name| String::from_utf8_lossy(name).into_owned());
            let path = String::from_utf8_lossy(&process.files.absolute(path)).into_owned();
            let program = program.unwrap_or_default();
            let text = format!("{program}: can't open file '{path}': [Errno {number}] {}\n", error.text());
            process.complain(text).await;
            Ok(Exit::Code(2))
        }
    }
}

async fn module(process: &mut Process, name: Vec<u8>) -> Done {
    let name = String::from_utf8_lossy(&name).into_owned();
    let root = name.split('.').next().unwrap_or_default().to_owned();
    if name == "http.server" {
        process.complain("Traceback (most recent call last):\n  File \"<frozen runpy>\", line 198, in _run_module_as_main\n  File \"<frozen runpy>\", line 88, in _run_code\nOSError: [Errno 98] Address already in use\n").await;
        return Ok(Exit::FAILURE);
    }
    if MODULES.contains(&root.as_str()) {
        return Ok(Exit::SUCCESS);
    }
    process.complain(format!("/usr/bin/python3: No module named {name}\n")).await;
    Ok(Exit::FAILURE)
}

/// The prompt that waits for statements.
async fn interactive(process: &mut Process) -> Done {
    let head = format!(
        "Python {} (main) [GCC] on linux\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n",
        version(process.machine.distro())
    )
    .replace("(main) [GCC]", build(process.machine.distro()));
    process.print(head).await?;
    loop {
        process.print(">>> ").await?;
        let line = process.input.read_line(4_096).await;
        if line.is_empty() {
            process.print("\n").await?;
            return Ok(Exit::SUCCESS);
        }
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        if matches!(line.as_str(), "exit()" | "quit()") || line.starts_with("sys.exit(") {
            return Ok(Exit::SUCCESS);
        }
        if let Some(value) = source::arithmetic(&line) {
            process.print(format!("{value}\n")).await?;
            continue;
        }
        run(process, line, 0, "<stdin>".to_owned()).await;
    }
}

const fn build(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "(main, Sep 14 2024, 03:00:30) [GCC 12.2.0]",
        Distro::Ubuntu22 => "(main, Nov  6 2024, 20:22:13) [GCC 11.4.0]",
        Distro::Ubuntu20 => "(default, Nov  7 2024, 13:10:47) \n[GCC 9.4.0]",
        _ => "(main, Oct  1 2024, 00:00:00) [GCC 13.3.1 20240913]",
    }
}

/// Runs a text, statement by statement.
fn run<'a>(process: &'a mut Process, code: String, depth: usize, name: String) -> BoxFuture<'a, Exit> {
    Box::pin(async move {
        if let Some(text) = unclosed(&code, &name) {
            process.complain(text).await;
            return Exit::FAILURE;
        }
        for statement in source::statements(&code) {
            match step(process, statement.trim(), depth).await {
                Ok(()) => {}
                Err(Stop::Exit(code)) => return Exit::Code(code),
                Err(Stop::Killed(exit)) => return exit,
                Err(Stop::Raised(text)) => {
                    let place = format!("  File \"{name}\", line 1, in <module>\n");
                    process.complain(format!("Traceback (most recent call last):\n{place}{text}\n")).await;
                    return Exit::FAILURE;
                }
            }
        }
        Exit::SUCCESS
    })
}

/// Why a text does not go on.
enum Stop {
    Exit(u8),
    /// Nobody reads any more.
    Killed(Exit),
    /// What the last line of the traceback says.
    Raised(String),
}

impl From<Exit> for Stop {
    fn from(exit: Exit) -> Self {
        Self::Killed(exit)
    }
}

/// What Python says of a bracket that is not closed on a single line.
fn unclosed(code: &str, name: &str) -> Option<String> {
    if code.trim_end().contains('\n') {
        return None;
    }
    let mut open = Vec::new();
    let mut quote = None;
    for (at, c) in code.chars().enumerate() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => open.push((at, c)),
            (None, ')' | ']' | '}') => drop(open.pop()),
            (None, _) => {}
        }
    }
    let (at, bracket) = *open.last()?;
    let line = code.trim_end();
    Some(format!(
        "  File \"{name}\", line 1\n    {line}\n    {}^\nSyntaxError: '{bracket}' was never closed\n",
        " ".repeat(at)
    ))
}

async fn step(process: &mut Process, statement: &str, depth: usize) -> Result<(), Stop> {
    if statement.is_empty() || statement.starts_with('#') {
        return Ok(());
    }
    if let Some(modules) = statement.strip_prefix("import ") {
        return import(modules.split(',').filter_map(|name| name.split_whitespace().next()));
    }
    if let Some(module) = statement.strip_prefix("from ") {
        return import(module.split_whitespace().take(1));
    }
    if let Some(inner) = source::call(statement, "exec").filter(|_| depth < DEEPEST) {
        let text = source::literals(inner).into_iter().max_by_key(String::len).unwrap_or_default();
        let decoded = STANDARD.decode(text.as_bytes()).ok().filter(|_| inner.contains("64"));
        let code = decoded.map_or(text, |bytes| String::from_utf8_lossy(&bytes).into_owned());
        return match run(process, code, depth + 1, "<string>".to_owned()).await {
            Exit::SUCCESS => Ok(()),
            exit => Err(Stop::Killed(exit)),
        };
    }
    if let Some(inner) = source::call(statement, "pty.spawn").or_else(|| source::call(statement, "spawn")) {
        return spawn(process, inner).await;
    }
    if ["exit(", "quit(", "sys.exit(", "os._exit("].iter().any(|start| statement.starts_with(start)) {
        let code = source::call(statement, "exit").and_then(|code| code.trim().parse().ok());
        return Err(Stop::Exit(code.unwrap_or_default()));
    }
    if let Some(command) = command_of(statement) {
        let exit = beside::shell(process, command.as_bytes()).await;
        return if matches!(exit, Exit::Signal(_)) { Err(Stop::Killed(exit)) } else { Ok(()) };
    }
    if let Some((host, port)) = source::call(statement, "connect").and_then(source::endpoint) {
        return connect(process, &host, port).await;
    }
    if let Some(url) = source::url(statement) {
        return fetch(process, url).await;
    }
    if let Some(inner) = source::call(statement, "print").filter(|_| statement.starts_with("print")) {
        let text = value(process, inner.trim())?;
        process.print(format!("{text}\n")).await?;
        return Ok(());
    }
    unknown(statement)
}

fn import<'a>(modules: impl Iterator<Item = &'a str>) -> Result<(), Stop> {
    for module in modules {
        let root = module.split('.').next().unwrap_or_default();
        if !MODULES.contains(&root) {
            return Err(Stop::Raised(format!("ModuleNotFoundError: No module named '{root}'")));
        }
    }
    Ok(())
}

/// Runs what `pty.spawn` is given: a program, or a list.
async fn spawn(process: &mut Process, inner: &str) -> Result<(), Stop> {
    let args: Vec<Vec<u8>> = source::literals(inner).into_iter().map(String::into_bytes).collect();
    if args.is_empty() {
        return Ok(());
    }
    match beside::run(process, args).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::Raised(format!("FileNotFoundError: [Errno 2] {}", error.text()))),
    }
}

/// The command line that a statement gives to a shell.
fn command_of(statement: &str) -> Option<String> {
    const SHELLS: &[&str] = &[
        "os.system",
        "os.popen",
        "system",
        "popen",
        "getoutput",
        "check_output",
        "subprocess.call",
        "subprocess.run",
        "Popen",
        "check_call",
        "execl",
        "execv",
        "execlp",
        "execvp",
    ];
    let inner = SHELLS.iter().find_map(|name| source::call(statement, name))?;
    let words = source::literals(inner);
    let first = words.first()?.clone();
    if statement.contains("exec") {
        return Some(first);
    }
    Some(if inner.trim_start().starts_with('[') { words.join(" ") } else { first })
}

/// A socket to somewhere else: told of, and refused by the network after a while.
async fn connect(process: &Process, host: &str, port: u16) -> Result<(), Stop> {
    let detail = format!("{host}:{port}").into_bytes();
    process.seat.witness().emit(Kind::ExploitAttempt { technique: "reverse_shell", detail });
    tokio::time::sleep(Duration::from_millis(3_060)).await;
    Err(Stop::Raised("OSError: [Errno 113] No route to host".to_owned()))
}

async fn fetch(process: &Process, url: &str) -> Result<(), Stop> {
    process
        .seat
        .witness()
        .emit(Kind::DownloadAttempt { path: url.as_bytes().to_vec(), status: "unreachable" });
    let host = url.split('/').nth(2).unwrap_or_default().split(':').next().unwrap_or_default();
    let numeric = host.parse::<std::net::IpAddr>().is_ok();
    let (wait, why) = if numeric {
        (3_060, "[Errno 113] No route to host")
    } else {
        (5_010, "[Errno -3] Temporary failure in name resolution")
    };
    tokio::time::sleep(Duration::from_millis(wait)).await;
    Err(Stop::Raised(format!("urllib.error.URLError: <urlopen error {why}>")))
}

/// What `print` shows of an expression.
fn value(process: &Process, text: &str) -> Result<String, Stop> {
    if let Some(number) = source::arithmetic(text) {
        return Ok(number.to_string());
    }
    let (account, machine) = (&process.account, &process.machine);
    let known = match text {
        "" => String::new(),
        "os.getuid()" | "os.geteuid()" => account.uid.to_string(),
        "os.getcwd()" => String::from_utf8_lossy(process.files.directory()).into_owned(),
        "os.getpid()" => process.pid.to_string(),
        "os.uname()[1]" | "socket.gethostname()" | "platform.node()" => machine.persona().hostname.clone(),
        "sys.version" => format!("{} {}", version(machine.distro()), build(machine.distro())),
        "sys.platform" => "linux".to_owned(),
        "os.cpu_count()" | "multiprocessing.cpu_count()" => machine.hardware().cpus.to_string(),
        _ => {
            if let Some(repeated) = repeated(text) {
                return Ok(repeated);
            }
            if text.starts_with(['"', '\'']) {
                return Ok(source::literals(text).join(" "));
            }
            unknown(text)?;
            String::new()
        }
    };
    Ok(known)
}

/// `"a"*3`, as exploits pad with; as much of it as anybody looks at.
fn repeated(text: &str) -> Option<String> {
    let (literal, count) = text.rsplit_once('*')?;
    let literal = source::literals(literal).into_iter().next()?;
    let count: usize = count.trim().parse().ok()?;
    Some(literal.repeat(count.min(65_536 / literal.len().max(1))))
}

/// What is not known does nothing; a bare name or call that nothing defines raises.
fn unknown(statement: &str) -> Result<(), Stop> {
    let end = statement.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(statement.len());
    let (name, rest) = statement.split_at(end);
    const WORDS: &[&str] = &[
        "for", "while", "if", "elif", "else", "def", "class", "try", "except", "finally", "with", "return",
        "pass", "break", "continue", "global", "raise", "assert", "del", "lambda", "not", "None", "True",
        "False", "open", "len", "range", "str", "int", "list", "dict", "time", "s", "p", "f", "input",
        "print", "async", "await",
    ];
    let defined = WORDS.contains(&name) || MODULES.contains(&name) || name.is_empty();
    if !defined && (rest.is_empty() || rest.starts_with('(')) && name.parse::<i64>().is_err() {
        return Err(Stop::Raised(format!("NameError: name '{name}' is not defined")));
    }
    Ok(())
}
