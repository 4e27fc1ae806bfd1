//! Options as curl reads them: letters in a row, long ones by any beginning that is enough.

use super::super::text;

/// Letters that take a value.
const VALUED: &str = "AbcCdDeEFHKmoPQrtTuUwxXyYz";
/// Letters that take none.
const PLAIN: &str = "012346abBfgGhiIjJkKlLMnNOpqRsSvVZ#:";

/// Long options with their letter, `_` when what they do does not matter here.
const LONG: &[(&str, char, bool)] = &[
    ("anyauth", '_', false),
    ("append", 'a', false),
    ("basic", '_', false),
    ("cacert", '_', true),
    ("capath", '_', true),
    ("cert", 'E', true),
    ("ciphers", '_', true),
    ("compressed", '_', false),
    ("config", 'K', true),
    ("connect-timeout", 'N', true),
    ("connect-to", '_', true),
    ("continue-at", 'C', true),
    ("cookie", 'b', true),
    ("cookie-jar", 'c', true),
    ("create-dirs", '_', false),
    ("data", 'd', true),
    ("data-ascii", 'd', true),
    ("data-binary", 'd', true),
    ("data-raw", 'd', true),
    ("data-urlencode", 'd', true),
    ("digest", '_', false),
    ("dns-servers", '_', true),
    ("doh-url", '_', true),
    ("dump-header", 'D', true),
    ("fail", 'f', false),
    ("fail-early", '_', false),
    ("fail-with-body", 'f', false),
    ("form", 'F', true),
    ("form-string", 'F', true),
    ("ftp-pasv", '_', false),
    ("ftp-port", 'P', true),
    ("get", 'G', false),
    ("globoff", 'g', false),
    ("head", 'I', false),
    ("header", 'H', true),
    ("help", 'h', false),
    ("http1.0", '0', false),
    ("http1.1", '_', false),
    ("http2", '_', false),
    ("include", 'i', false),
    ("insecure", 'k', false),
    ("interface", '_', true),
    ("ipv4", '4', false),
    ("ipv6", '6', false),
    ("json", 'd', true),
    ("keepalive-time", '_', true),
    ("key", '_', true),
    ("limit-rate", '_', true),
    ("list-only", 'l', false),
    ("location", 'L', false),
    ("location-trusted", 'L', false),
    ("max-filesize", '_', true),
    ("max-redirs", '_', true),
    ("max-time", 'm', true),
    ("negotiate", '_', false),
    ("netrc", 'n', false),
    ("no-buffer", '_', false),
    ("no-keepalive", '_', false),
    ("no-progress-meter", '_', false),
    ("noproxy", '_', true),
    ("ntlm", '_', false),
    ("output", 'o', true),
    ("output-dir", '_', true),
    ("parallel", 'Z', false),
    ("path-as-is", '_', false),
    ("post301", '_', false),
    ("preproxy", '_', true),
    ("progress-bar", '#', false),
    ("proto", '_', true),
    ("proto-redir", '_', true),
    ("proxy", 'x', true),
    ("proxy-user", 'U', true),
    ("quote", 'Q', true),
    ("range", 'r', true),
    ("referer", 'e', true),
    ("remote-header-name", 'J', false),
    ("remote-name", 'O', false),
    ("remote-name-all", 'O', false),
    ("remote-time", 'R', false),
    ("request", 'X', true),
    ("request-target", '_', true),
    ("resolve", '_', true),
    ("retry", '_', true),
    ("retry-all-errors", '_', false),
    ("retry-connrefused", '_', false),
    ("retry-delay", '_', true),
    ("retry-max-time", '_', true),
    ("show-error", 'S', false),
    ("silent", 's', false),
    ("socks4", 'x', true),
    ("socks4a", 'x', true),
    ("socks5", 'x', true),
    ("socks5-hostname", 'x', true),
    ("speed-limit", 'Y', true),
    ("speed-time", 'y', true),
    ("ssl", '_', false),
    ("ssl-reqd", '_', false),
    ("sslv3", '3', false),
    ("stderr", '_', true),
    ("tcp-fastopen", '_', false),
    ("tcp-nodelay", '_', false),
    ("tls-max", '_', true),
    ("tlsv1", '1', false),
    ("tlsv1.0", '_', false),
    ("tlsv1.1", '_', false),
    ("tlsv1.2", '_', false),
    ("tlsv1.3", '_', false),
    ("trace", '_', true),
    ("trace-ascii", '_', true),
    ("unix-socket", '_', true),
    ("upload-file", 'T', true),
    ("url", '@', true),
    ("use-ascii", 'B', false),
    ("user", 'u', true),
    ("user-agent", 'A', true),
    ("verbose", 'v', false),
    ("version", 'V', false),
    ("write-out", 'w', true),
    ("xattr", '_', false),
];

/// What was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    options: Vec<(char, Option<Vec<u8>>)>,
    /// URLs in order.
    pub(super) urls: Vec<String>,
    /// Where each goes: a name, an empty name for that of the URL, or nowhere said.
    pub(super) outputs: Vec<Option<Vec<u8>>>,
}

/// Why options are wrong; the option as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Unknown(String),
    Missing(String),
    Number(String),
}

impl Given {
    pub(super) fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(name, _)| *name == letter)
    }

    pub(super) fn value(&self, letter: char) -> Option<&[u8]> {
        self.options.iter().rev().find(|(name, _)| *name == letter)?.1.as_deref()
    }

    fn take(&mut self, letter: char, value: Option<Vec<u8>>, shown: &str) -> Result<(), Wrong> {
        match (letter, &value) {
            ('@', Some(url)) => self.urls.push(text(url)),
            ('o', Some(name)) => self.outputs.push(Some(name.clone())),
            ('O', _) => self.outputs.push(Some(Vec::new())),
            ('m' | 'N', Some(number)) if text(number).parse::<f64>().is_err() => {
                return Err(Wrong::Number(shown.to_owned()));
            }
            _ => {}
        }
        self.options.push((letter, value));
        Ok(())
    }
}

/// Reads the arguments.
pub(super) fn read(arguments: &[Vec<u8>]) -> Result<Given, Wrong> {
    let mut given = Given::default();
    let mut rest = arguments.iter();
    let mut open = true;
    while let Some(argument) = rest.next() {
        match argument.as_slice() {
            b"--" if open => open = false,
            [b'-', b'-', word @ ..] if open => long(&text(word), &mut rest, &mut given)?,
            [b'-', letters @ ..] if open && !letters.is_empty() => cluster(letters, &mut rest, &mut given)?,
            url => given.urls.push(text(url)),
        }
    }
    Ok(given)
}

fn long(word: &str, rest: &mut std::slice::Iter<'_, Vec<u8>>, given: &mut Given) -> Result<(), Wrong> {
    let shown = format!("--{word}");
    let exact = LONG.iter().find(|(name, ..)| *name == word);
    let mut beginning = LONG.iter().filter(|(name, ..)| name.starts_with(word) && !word.is_empty());
    let found = match (exact, beginning.next(), beginning.next()) {
        (Some(found), ..) | (None, Some(found), None) => Some(*found),
        _ => None,
    };
    // `--no-…` turns off what is on.
    let off = word.strip_prefix("no-").and_then(|name| LONG.iter().find(|(known, ..)| *known == name));
    match (found, off) {
        (Some((_, letter, true)), _) => {
            let value = rest.next().cloned().ok_or_else(|| Wrong::Missing(shown.clone()))?;
            given.take(letter, Some(value), &shown)
        }
        (Some((_, letter, false)), _) => given.take(letter, None, &shown),
        (None, Some(_)) => Ok(()),
        (None, None) => Err(Wrong::Unknown(shown)),
    }
}

fn cluster(letters: &[u8], rest: &mut std::slice::Iter<'_, Vec<u8>>, given: &mut Given) -> Result<(), Wrong> {
    let whole = format!("-{}", text(letters));
    for (at, byte) in letters.iter().enumerate() {
        let letter = char::from(*byte);
        if VALUED.contains(letter) {
            let attached = letters.get(at + 1..).filter(|text| !text.is_empty()).map(<[u8]>::to_vec);
            let value =
                attached.or_else(|| rest.next().cloned()).ok_or_else(|| Wrong::Missing(whole.clone()))?;
            return given.take(letter, Some(value), &whole);
        }
        if !PLAIN.contains(letter) {
            return Err(Wrong::Unknown(whole));
        }
        // The letter N is for what is said of no buffer; here it is the timeout of connecting.
        given.take(if letter == 'N' { '_' } else { letter }, None, &whole)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_arguments_are_read(arguments in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 0..12), 0..6)) {
            let _ = read(&arguments);
        }
    }
}
