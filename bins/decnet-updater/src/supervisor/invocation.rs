//! How a process was started: enough to start its program again as it was.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
};

use decnet_daemon::process::Process;
use serde::{Deserialize, Serialize};

/// Most bytes of a process's arguments or environment that are taken over: what the system allows for
/// one word of them.
const MOST: usize = 128 * 1024;

/// What a process was started with and in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Invocation {
    /// Its arguments, without the program's own name.
    pub(super) arguments: Vec<OsString>,
    /// Its environment.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// Its working folder.
    pub(super) folder: PathBuf,
    /// The file that its stderr is appended to; none where that is no file.
    pub(super) output: Option<PathBuf>,
}

impl Invocation {
    /// That of a process that runs.
    ///
    /// # Errors
    /// It is gone, or another user's.
    pub(super) fn of(process: Process) -> io::Result<Self> {
        let dir = PathBuf::from(format!("/proc/{}", process.pid));
        let output = fs::read_link(dir.join("fd/2")).ok().filter(|path| is_file(path));
        let found = Self {
            arguments: words(&dir.join("cmdline"))?.skip(1).collect(),
            environment: words(&dir.join("environ"))?.filter_map(|word| variable(&word)).collect(),
            folder: fs::read_link(dir.join("cwd"))?,
            output,
        };
        // Another process may have come by the number while it was read.
        if process.is_alive() { Ok(found) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

/// A deleted file has a name that leads nowhere; a pipe or a terminal is no file.
fn is_file(path: &Path) -> bool {
    path.is_absolute() && fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn words(path: &Path) -> io::Result<impl Iterator<Item = OsString> + use<>> {
    let bytes = fs::read(path)?;
    if bytes.len() > MOST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is too long", path.display())));
    }
    let text = bytes.strip_suffix(b"\0").unwrap_or(&bytes).to_owned();
    let words: Vec<_> =
        text.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_owned())).collect();
    Ok(words.into_iter())
}

fn variable(word: &OsStr) -> Option<(OsString, OsString)> {
    let bytes = word.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=').filter(|at| *at > 0)?;
    let (name, value) = (bytes.get(..at)?, bytes.get(at + 1..)?);
    Some((OsStr::from_bytes(name).to_owned(), OsStr::from_bytes(value).to_owned()))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_known_as_it_was_started() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("output");
        let mut child = Command::new("sh")
            .args(["-c", "read line", "a word", ""])
            .env_clear()
            .env("ONE", "1=2")
            .env("TWO", "")
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stderr(fs::File::create(&file).unwrap())
            .spawn()
            .unwrap();
        let process = Process::find(child.id()).unwrap();
        // Between fork and exec it is still us.
        while !fs::read(format!("/proc/{}/cmdline", process.pid)).unwrap().starts_with(b"sh\0") {
            std::thread::yield_now();
        }
        let found = Invocation::of(process).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found.arguments, ["-c", "read line", "a word", ""]);
        let expect = [("ONE", "1=2"), ("TWO", "")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(found.environment, expect);
        assert_eq!((found.folder.as_path(), found.output.as_deref()), (dir.path(), Some(file.as_path())));
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Invocation>(&text).unwrap(), found);
        assert!(Invocation::of(process).is_err(), "it is gone");
    }

    #[test]
    fn a_variable_has_a_name() {
        let check = |word: &str, expect: Option<(&str, &str)>| {
            let expect = expect.map(|(name, value)| (name.into(), value.into()));
            assert_eq!(variable(OsStr::new(word)), expect, "{word}");
        };
        check("A=b=c", Some(("A", "b=c")));
        check("A=", Some(("A", "")));
        check("=b", None);
        check("A", None);
    }
}
