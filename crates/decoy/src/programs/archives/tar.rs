//! tar: what it is asked for, and which way its archive comes.

use super::{
    super::{
        context::Done,
        options::{Parsed, Spec, parse},
    },
    bzip,
    coding::{Sink, Source},
    create, extract,
};
use crate::{
    machine::{Files, Open},
    shell::{Exit, Process, pipe::Reader, pipe::Writer},
};

const SPEC: Spec = Spec {
    short: "Actdruxf:vzjJZaC:kOpPhT:X:wSlmUoWbBi",
    long: &[
        ("create", 'c'),
        ("extract", 'x'),
        ("get", 'x'),
        ("list", 't'),
        ("append", 'r'),
        ("update", 'u'),
        ("diff", 'd'),
        ("file=", 'f'),
        ("verbose", 'v'),
        ("gzip", 'z'),
        ("gunzip", 'z'),
        ("bzip2", 'j'),
        ("xz", 'J'),
        ("lzma", 'L'),
        ("zstd", 'D'),
        ("auto-compress", 'a'),
        ("directory=", 'C'),
        ("keep-old-files", 'k'),
        ("overwrite", 'E'),
        ("to-stdout", 'O'),
        ("preserve-permissions", 'p'),
        ("same-permissions", 'p'),
        ("absolute-names", 'P'),
        ("dereference", 'h'),
        ("files-from=", 'T'),
        ("exclude-from=", 'X'),
        ("exclude=", 'e'),
        ("strip-components=", 's'),
        ("no-same-owner", 'o'),
        ("same-owner", 'E'),
        ("no-same-permissions", 'E'),
        ("numeric-owner", 'n'),
        ("touch", 'm'),
        ("wildcards", 'E'),
        ("ignore-failed-read", 'E'),
        ("one-file-system", 'l'),
        ("warning=", 'E'),
        ("checkpoint?", 'E'),
        ("checkpoint-action=", 'E'),
        ("remove-files", 'R'),
        ("totals", 'E'),
        ("sparse", 'S'),
    ],
};

const HINT: &str = "Try 'tar --help' or 'tar --usage' for more information.\n";

/// What one run works with.
pub(super) struct Run {
    pub(super) given: Parsed,
    /// What it does: one of `ctxrud`.
    pub(super) mode: char,
    /// Files as seen from where `-C` leads.
    pub(super) files: Files,
}

impl Run {
    /// How much it says.
    pub(super) fn verbosity(&self) -> usize {
        self.given.options.iter().filter(|(letter, _)| *letter == 'v').count()
    }

    /// Whether `--exclude` leaves a name out.
    pub(super) fn excludes(&self, name: &[u8]) -> bool {
        let name = name.strip_suffix(b"/").unwrap_or(name);
        let base = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        self.given.options.iter().filter(|(letter, _)| *letter == 'e').any(|(_, pattern)| {
            let pattern = pattern.as_deref().unwrap_or_default();
            let pattern = pattern.strip_suffix(b"/").unwrap_or(pattern);
            super::super::finding::glob(pattern, name) || super::super::finding::glob(pattern, base)
        })
    }
}

/// Says what stops it.
pub(super) async fn fatal(process: &Process, text: impl AsRef<[u8]>) -> Exit {
    let text = [b"tar: ", text.as_ref(), b"\ntar: Error is not recoverable: exiting now\n"].concat();
    process.complain(text).await;
    Exit::Code(2)
}

/// Ends it with what went wrong on the way.
pub(super) async fn delayed(process: &Process) -> Exit {
    process.complain("tar: Exiting with failure status due to previous errors\n").await;
    Exit::Code(2)
}

/// Options of the old way, as `czf x.tgz`, in the new one.
fn modern(arguments: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, char> {
    let mut rest = arguments.iter();
    let Some(first) = rest.next() else { return Ok(Vec::new()) };
    if first.is_empty() || first.starts_with(b"-") {
        return Ok(arguments.to_vec());
    }
    let mut out = Vec::new();
    for letter in first {
        out.push(vec![b'-', *letter]);
        if b"fCTXbN".contains(letter) {
            out.push(rest.next().cloned().ok_or(char::from(*letter))?);
        }
    }
    out.extend(rest.cloned());
    Ok(out)
}

async fn wrong(process: &Process, text: &str, status: u8) -> Exit {
    process.complain(format!("tar: {text}\n{HINT}")).await;
    Exit::Code(status)
}

async fn request(process: &Process) -> Result<(Parsed, char), Exit> {
    let arguments = match modern(process.arguments()) {
        Ok(arguments) => arguments,
        Err(letter) => {
            return Err(wrong(process, &format!("Old option '{letter}' requires an argument."), 2).await);
        }
    };
    if arguments.iter().any(|argument| argument == b"--version") {
        let text = "tar (GNU tar) 1.34\nCopyright (C) 2021 Free Software Foundation, Inc.\nLicense GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.\nThis is free software: you are free to change and redistribute it.\nThere is NO WARRANTY, to the extent permitted by law.\n\nWritten by John Gilmore and Jay Fenlason.\n";
        process.print(text).await?;
        return Err(Exit::SUCCESS);
    }
    if arguments.iter().any(|argument| argument == b"--help") {
        process.print(HELP).await?;
        return Err(Exit::SUCCESS);
    }
    let given = match parse(&arguments, SPEC) {
        Ok(given) => given,
        Err(text) => return Err(wrong(process, &text.0, 64).await),
    };
    let modes: Vec<char> =
        given.options.iter().map(|(letter, _)| *letter).filter(|l| "Acdtrux".contains(*l)).collect();
    match modes.as_slice() {
        [] => {
            let text = "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options";
            Err(wrong(process, text, 2).await)
        }
        [mode, rest @ ..] if rest.iter().all(|other| other == mode) => Ok((given, *mode)),
        _ => {
            let text = "You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option";
            Err(wrong(process, text, 2).await)
        }
    }
}

const HELP: &str = "Usage: tar [OPTION...] [FILE]...\nGNU 'tar' saves many files together into a single tape or disk archive, and can\nrestore individual files from the archive.\n\nExamples:\n  tar -cf archive.tar foo bar  # Create archive.tar from files foo and bar.\n  tar -tvf archive.tar         # List all files in archive.tar verbosely.\n  tar -xf archive.tar          # Extract all files from archive.tar.\n";

pub(super) async fn tar(process: &mut Process) -> Done {
    let (mut given, mode) = request(process).await?;
    let mut files = process.files.clone();
    for (_, directory) in given.options.iter().filter(|(letter, _)| *letter == 'C') {
        let directory = directory.clone().unwrap_or_default();
        if let Err(error) = files.change_directory(&directory) {
            return Ok(fatal(
                process,
                [&directory[..], b": Cannot open: ", error.text().as_bytes()].concat(),
            )
            .await);
        }
    }
    for list in
        given.options.iter().filter(|(letter, _)| *letter == 'T').filter_map(|(_, list)| list.as_ref())
    {
        match process.read_input(list).await {
            Ok(text) => given.operands.extend(
                text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec),
            ),
            Err(error) => {
                return Ok(
                    fatal(process, [&list[..], b": Cannot open: ", error.text().as_bytes()].concat()).await
                );
            }
        }
    }
    let run = Run { given, mode, files };
    match mode {
        'c' if run.given.operands.is_empty() => {
            Ok(wrong(process, "Cowardly refusing to create an empty archive", 2).await)
        }
        'c' => {
            let sink = output(process, &run).await?;
            create::create(process, &run, sink).await
        }
        'r' | 'u' | 'A' => create::append(process, &run).await,
        _ => {
            let source = input(process, &run).await?;
            extract::walk(process, &run, source).await
        }
    }
}

/// The program that the options, or the name of the archive, ask for.
fn coding(given: &Parsed, name: &[u8]) -> Option<&'static str> {
    let asked = given.last_of("zjJLDZ");
    let suffix =
        |endings: &[&str]| given.has('a') && endings.iter().any(|end| name.ends_with(end.as_bytes()));
    match asked {
        Some('z' | 'Z') => Some("gzip"),
        Some('j') => Some("bzip2"),
        Some('J' | 'L') => Some("xz"),
        Some(_) => Some("zstd"),
        None if suffix(&[".gz", ".tgz", ".taz"]) => Some("gzip"),
        None if suffix(&[".bz2", ".tbz", ".tbz2"]) => Some("bzip2"),
        None if suffix(&[".xz", ".txz"]) => Some("xz"),
        None => None,
    }
}

/// Says that the program which is to (de)compress is not there.
async fn no_program(process: &Process, program: &str) -> Option<Exit> {
    if process.files.exists(format!("/usr/bin/{program}").as_bytes()) {
        return None;
    }
    process
        .complain(format!("tar (child): {program}: Cannot exec: No such file or directory\ntar (child): Error is not recoverable: exiting now\n"))
        .await;
    Some(child(process, 2).await)
}

/// Ends it because the program which it runs did not go well.
pub(super) async fn child(process: &Process, status: u8) -> Exit {
    fatal(process, format!("Child returned status {status}")).await
}

async fn output(process: &Process, run: &Run) -> Result<Sink, Exit> {
    let name = run.given.value('f').unwrap_or(b"-");
    let program = coding(&run.given, name);
    let writer = if name == b"-" {
        if process.output.is_terminal() {
            let text = "Refusing to write archive contents to terminal (missing -f option?)";
            return Err(fatal(process, text).await);
        }
        process.output.clone()
    } else {
        match process.files.open(name, Open::writing(0o666)) {
            Ok(handle) => Writer::file(handle),
            Err(error) => return Err(cannot_open(process, name, error.text(), program.is_some()).await),
        }
    };
    let Some(program) = program else { return Ok(Sink::plain(writer)) };
    if let Some(exit) = no_program(process, program).await {
        return Err(exit);
    }
    match program {
        "gzip" => Ok(Sink::deflate(writer, 6, None)),
        "bzip2" => {
            process.complain("bzip2: couldn't allocate enough memory\n\tInput file = (stdin), output file = (stdout)\n").await;
            Err(child(process, 1).await)
        }
        _ => {
            process.complain("xz: (stdin): Cannot allocate memory\n").await;
            Err(child(process, 1).await)
        }
    }
}

async fn cannot_open(process: &Process, name: &[u8], reason: &str, in_child: bool) -> Exit {
    let text = [name, b": Cannot open: ", reason.as_bytes()].concat();
    if !in_child {
        return fatal(process, text).await;
    }
    let text =
        [b"tar (child): ", &text[..], b"\ntar (child): Error is not recoverable: exiting now\n"].concat();
    process.complain(text).await;
    child(process, 2).await
}

async fn input(process: &Process, run: &Run) -> Result<Source, Exit> {
    let name = run.given.value('f').unwrap_or(b"-");
    let mut asked = coding(&run.given, b"");
    let reader = if name == b"-" {
        if process.input.is_terminal() {
            let text = "Refusing to read archive contents from terminal (missing -f option?)";
            return Err(fatal(process, text).await);
        }
        process.input.clone()
    } else {
        match process.files.open(name, Open::reading()) {
            Ok(_) if process.files.stat(name).is_ok_and(|m| m.is_directory()) => {
                let text = [name, b": Cannot read: Is a directory\ntar: At beginning of tape, quitting now"]
                    .concat();
                return Err(fatal(process, text).await);
            }
            Ok(handle) => Reader::file(handle),
            Err(error) => return Err(cannot_open(process, name, error.text(), asked.is_some()).await),
        }
    };
    let mut source = Source::plain(reader);
    let seen = match source.head().await {
        [0x1f, 0x8b, ..] => Some(("gzip", "-z")),
        head if head.starts_with(bzip::BZIP2) => Some(("bzip2", "-j")),
        head if head.starts_with(bzip::XZ) => Some(("xz", "-J")),
        _ => None,
    };
    match (asked, seen) {
        (None, Some((_, option))) if name == b"-" => {
            return Err(fatal(process, format!("Archive is compressed. Use {option} option")).await);
        }
        (None, Some((program, _))) => asked = Some(program),
        _ => {}
    }
    let Some(program) = asked else { return Ok(source) };
    if let Some(exit) = no_program(process, program).await {
        return Err(exit);
    }
    let same = seen.is_some_and(|(seen, _)| seen == program);
    match (program, same) {
        ("gzip", _) => match source.inflate().await {
            Ok(()) => Ok(source),
            Err(error) => {
                process.complain(format!("\ngzip: stdin: {}\n", error.text())).await;
                Err(child(process, 1).await)
            }
        },
        ("bzip2", false) => {
            process.complain("bzip2: (stdin) is not a bzip2 file.\n").await;
            Err(child(process, 2).await)
        }
        ("xz", false) => {
            process.complain("xz: (stdin): File format not recognized\n").await;
            Err(child(process, 1).await)
        }
        ("bzip2", true) => {
            process.complain("\nbzip2: couldn't allocate enough memory\n\tInput file = (stdin), output file = (stdout)\n").await;
            Err(child(process, 1).await)
        }
        _ => {
            process.complain("xz: (stdin): Cannot allocate memory\n").await;
            Err(child(process, 1).await)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::modern;

    #[test]
    fn options_of_the_old_way_take_their_words_in_order() {
        let words = |text: &str| text.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(modern(&words("xzfC a.tgz /tmp b")), Ok(words("-x -z -f a.tgz -C /tmp b")));
        assert_eq!(modern(&words("-xf a")), Ok(words("-xf a")));
        assert_eq!(modern(&words("cf")), Err('f'));
    }
}
