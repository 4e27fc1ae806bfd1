//! Addresses of what is to be fetched.

/// A URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// In lower case.
    pub(super) scheme: String,
    /// What is before the `@`.
    pub(super) user: Option<String>,
    /// Host, with the brackets of an IPv6 address.
    pub(super) host: String,
    /// The port that was given.
    pub(super) port: Option<u16>,
    /// From the first slash on, without the fragment; empty when there is none.
    pub(super) path: String,
}

/// Why a text is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Nothing where the host belongs.
    Host,
    /// Not a port.
    Port,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest))
                if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) =>
            {
                (scheme.to_ascii_lowercase(), rest)
            }
            _ => ("http".to_owned(), text),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = (rest.get(..end).unwrap_or_default(), rest.get(end..).unwrap_or_default());
        let path = path.split('#').next().unwrap_or_default().to_owned();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, authority),
        };
        let bracket = place.rfind(']').map_or(0, |at| at + 1);
        let colon = place.get(bracket..).and_then(|tail| tail.find(':')).map(|at| at + bracket);
        let (host, port) = match colon {
            Some(at) => (place.get(..at).unwrap_or_default(), place.get(at + 1..).unwrap_or_default()),
            None => (place, ""),
        };
        if host.is_empty() && scheme != "file" {
            return Err(Wrong::Host);
        }
        let port = if port.is_empty() { None } else { Some(port.parse().map_err(|_| Wrong::Port)?) };
        Ok(Self { scheme, user, host: host.to_owned(), port, path })
    }

    /// The port, as the scheme has it where none was given.
    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme.as_str() {
            "https" => 443,
            "ftp" => 21,
            "ftps" => 990,
            "tftp" => 69,
            "telnet" => 23,
            "gopher" => 70,
            "scp" | "sftp" => 22,
            "dict" => 2_628,
            "ldap" => 389,
            "smtp" => 25,
            "smb" => 445,
            _ => 80,
        })
    }

    /// The host without brackets.
    pub(super) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Name of the file that a program keeps it under.
    pub(super) fn file(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let check = |text: &str, expect: &str| {
            let shown = match Url::parse(text) {
                Ok(url) => format!(
                    "{} {:?} {} {} {} {}",
                    url.scheme,
                    url.user,
                    url.host,
                    url.port(),
                    url.path,
                    url.file()
                ),
                Err(wrong) => format!("{wrong:?}"),
            };
            assert_eq!(shown, expect, "{text}");
        };
        check("http://203.0.113.9/bins/x.sh", "http None 203.0.113.9 80 /bins/x.sh x.sh");
        check("HTTPS://u:p@h:8443/a?b#c", "https Some(\"u:p\") h 8443 /a?b a");
        check("203.0.113.9/x", "http None 203.0.113.9 80 /x x");
        check("example.com:8080", "http None example.com 8080  ");
        check("http://[2001:db8::1]:81/x", "http None [2001:db8::1] 81 /x x");
        check("ftp://h/d/", "ftp None h 21 /d/ ");
        check("http://h:99999/", "Port");
        check("http://", "Host");
        check("", "Host");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,80}") {
            let _ = Url::parse(&text);
        }
    }
}
