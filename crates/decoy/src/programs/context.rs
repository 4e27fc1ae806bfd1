//! What every program needs: its options, its inputs, and the words for what goes wrong.

use super::options::{Parsed, Spec, parse};
use crate::{
    caps,
    machine::{Distro, Errno, Open},
    shell::{Exit, Process, pipe::Reader},
};

/// What stands before the name of a program that is run as one of BusyBox's.
pub(crate) const APPLET: &[u8] = b"busybox/";

/// How a program's work ends: early with `?`.
pub(super) type Done = Result<Exit, Exit>;

impl Process {
    /// The name as text.
    pub(super) fn called(&self) -> String {
        String::from_utf8_lossy(self.name()).into_owned()
    }

    /// Whether the program is BusyBox's: all of them are on some machines, and elsewhere those that
    /// `busybox` is asked for.
    pub(crate) fn is_busybox(&self) -> bool {
        self.machine.distro().is_busybox() || self.args.first().is_some_and(|name| name.starts_with(APPLET))
    }

    /// Reads the options; wrong ones end the program with `status`.
    pub(super) async fn options(&mut self, spec: Spec, status: u8) -> Result<Parsed, Exit> {
        match parse(self.arguments(), spec) {
            Ok(parsed) => Ok(parsed),
            Err(_) if self.arguments().iter().any(|a| a == b"--version") && !self.is_busybox() => {
                Err(super::about::version(self).await)
            }
            Err(_) if self.arguments().iter().any(|a| a == b"--help") => Err(super::about::help(self).await),
            Err(wrong) => Err(self.misused(&wrong.0, status).await),
        }
    }

    /// Says that it was called wrongly.
    pub(super) async fn misused(&mut self, text: &str, status: u8) -> Exit {
        let name = self.called();
        let text = if self.is_busybox() {
            let text = text
                .replace("invalid option -- '", "unrecognized option: ")
                .replace("option requires an argument -- '", "option requires an argument: ");
            format!("{name}: {}\n{}", text.trim_end_matches('\''), super::about::usage(self))
        } else {
            format!("{name}: {text}\nTry '{name} --help' for more information.\n")
        };
        self.complain(text).await;
        Exit::Code(status)
    }

    /// Says what went wrong with a file: `name: file: reason`.
    pub(super) async fn trouble(&self, file: &[u8], error: Errno) {
        let text = [self.name(), b": ", file, b": ", error.text().as_bytes(), b"\n"].concat();
        self.complain(text).await;
    }

    /// Says what could not be done to a file: `name: cannot … 'file': reason`.
    pub(super) async fn unable(&self, what: &str, file: &[u8], error: Errno) {
        let file = if self.is_busybox() {
            format!("'{}'", String::from_utf8_lossy(file)).into_bytes()
        } else {
            quoted(file)
        };
        let what = if self.is_busybox() { what.replace("cannot", "can't") } else { what.to_owned() };
        let text = [self.name(), b": ", what.as_bytes(), b" ", &file, b": ", error.text().as_bytes(), b"\n"]
            .concat();
        self.complain(text).await;
    }

    /// Says that a file cannot be opened to read it.
    pub(super) async fn unable_to_read(&self, file: &[u8], error: Errno) {
        if self.is_busybox() {
            self.trouble(file, error).await;
            return;
        }
        let file = quoted(file);
        let text = [self.name(), b": cannot open ", &file, b" for reading: ", error.text().as_bytes(), b"\n"]
            .concat();
        self.complain(text).await;
    }

    /// Opens an input; `-` is standard input.
    pub(super) fn open_input(&self, name: &[u8]) -> Result<Reader, Errno> {
        if name == b"-" || name == b"/dev/stdin" {
            return Ok(self.input.clone());
        }
        if name == b"/dev/tty"
            && let Some(tty) = self.tty()
        {
            return Ok(Reader::terminal(std::sync::Arc::clone(tty)));
        }
        self.files.open(name, Open::reading()).map(Reader::file)
    }

    /// All of an input, as far as a program may hold it.
    pub(super) async fn read_input(&self, name: &[u8]) -> Result<Vec<u8>, Errno> {
        Ok(self.open_input(name)?.read_to_end(caps::PROGRAM_INPUT).await)
    }

    /// All inputs one after the other; those that cannot be read are named, and the flag is false.
    pub(super) async fn read_inputs(&self, names: &[Vec<u8>]) -> (Vec<u8>, bool) {
        let (mut all, mut good) = (Vec::new(), true);
        let standard = [b"-".to_vec()];
        for name in if names.is_empty() { &standard[..] } else { names } {
            match self.read_input(name).await {
                Ok(bytes) => {
                    all.extend(bytes.into_iter().take(caps::PROGRAM_INPUT.saturating_sub(all.len())))
                }
                Err(error) => {
                    good = false;
                    self.trouble(name, error).await;
                }
            }
        }
        (all, good)
    }

    /// `text` in the quotes of the locale.
    pub(super) fn quote(&self, text: &[u8]) -> Vec<u8> {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| self.variable(name).filter(|v| !v.is_empty()));
        let wide = locale.is_some_and(|name| name.to_ascii_lowercase().windows(3).any(|w| w == b"utf"));
        if wide && !self.is_busybox() {
            ["\u{2018}".as_bytes(), text, "\u{2019}".as_bytes()].concat()
        } else {
            [b"'", text, b"'"].concat()
        }
    }

    /// Whether the locale orders texts by their bytes.
    pub(super) fn orders_by_bytes(&self) -> bool {
        let locale = ["LC_ALL", "LC_COLLATE", "LANG"]
            .iter()
            .find_map(|name| self.variable(name).filter(|v| !v.is_empty()));
        self.is_busybox()
            || locale.is_none_or(|name| name == b"C" || name.starts_with(b"C.") || name == b"POSIX")
    }

    /// Columns of the window.
    pub(super) fn columns(&self) -> usize {
        self.tty().map_or(80, |tty| usize::from(tty.size().columns)).max(1)
    }

    /// Whether the machine has a given system.
    pub(super) fn runs(&self, distros: &[Distro]) -> bool {
        distros.contains(&self.machine.distro())
    }
}

/// A file name as the shell could read it, always in quotes.
pub(super) fn quoted(name: &[u8]) -> Vec<u8> {
    let special = name.iter().any(|b| b"\"$`\\!".contains(b) || *b < b' ');
    match (name.contains(&b'\''), special) {
        (false, _) => [b"'", name, b"'"].concat(),
        (true, false) => [b"\"", name, b"\""].concat(),
        (true, true) => {
            let inner = String::from_utf8_lossy(name).replace('\'', "'\\''");
            format!("'{inner}'").into_bytes()
        }
    }
}

/// A file name in quotes only where the shell needs them, as `ls` prints it on a terminal.
pub(super) fn shown(name: &[u8]) -> Vec<u8> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"+,-./:@_%^{}]".contains(b) || *b >= 0x80;
    let leading = name.first().is_some_and(|b| b"~#".contains(b));
    let fine = name.iter().all(|b| plain(b) || b"~#".contains(b)) && !leading;
    if fine && !name.is_empty() { name.to_vec() } else { quoted(name) }
}

/// A number at the beginning of `text`, and what follows it.
pub(super) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()?;
    Some((value, text.get(digits..)?))
}

/// A number with a unit, as `10K`, `2M`, `512b`, `1kB`.
pub(super) fn size(text: &[u8]) -> Option<u64> {
    let (value, unit) = number(text)?;
    let factor: u64 = match unit {
        b"" | b"c" => 1,
        b"w" => 2,
        b"b" => 512,
        b"K" | b"k" | b"KiB" => 1 << 10,
        b"kB" | b"KB" => 1_000,
        b"M" | b"m" | b"MiB" => 1 << 20,
        b"MB" => 1_000_000,
        b"G" | b"g" | b"GiB" => 1 << 30,
        b"GB" => 1_000_000_000,
        b"T" => 1 << 40,
        _ => return None,
    };
    value.checked_mul(factor)
}

/// Bytes as `-h` shows them: `1.5K`.
pub(super) fn human(bytes: u64) -> String {
    if bytes < 1_024 {
        return bytes.to_string();
    }
    let (mut value, mut unit) = (bytes, 0);
    let mut before = bytes;
    while value >= 1_024 && unit < 8 {
        before = value;
        value = value.div_ceil(1_024);
        unit += 1;
    }
    let letter = ["", "K", "M", "G", "T", "P", "E", "Z", "Y"].get(unit).copied().unwrap_or_default();
    let tenths = (before * 10).div_ceil(1_024);
    if tenths < 100 { format!("{}.{}{letter}", tenths / 10, tenths % 10) } else { format!("{value}{letter}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_names_are_those_of_coreutils() {
        let check = |bytes, expect: &str| assert_eq!(human(bytes), expect);
        check(1_023, "1023");
        check(1_024, "1.0K");
        check(1_025, "1.1K");
        check(10_240, "10K");
        check(10_241, "11K");
        check(151_344, "148K");
        check(1_047_553, "1.0M");
        assert_eq!(size(b"10K"), Some(10_240));
        assert_eq!(size(b"3x"), None);
        assert_eq!(quoted(b"a b"), b"'a b'");
        assert_eq!(quoted(b"it's"), b"\"it's\"");
        assert_eq!(shown(b"plain-1.txt"), b"plain-1.txt");
        assert_eq!(shown(b"a b"), b"'a b'");
    }
}
