//! The operator's token: who can read its file may do all that operators may, from this host.

use std::{
    fmt, fs, io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::fleet::write_private;

/// Secret bytes of a token.
const SECRET: usize = 32;

/// What is kept of the token in memory; its `Debug` shows nothing.
pub(super) struct OperatorToken([u8; 32]);

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken(…)")
    }
}

impl OperatorToken {
    /// The token in a file, which is made where there is none, with the rights 0600.
    pub(super) fn open_or_make(path: &Path) -> anyhow::Result<Self> {
        let text = match read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = draw()?;
                write_private(path, format!("{text}\n").as_bytes())
                    .with_context(|| format!("cannot write the operator's token {}", path.display()))?;
                text
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot read the operator's token {}", path.display()));
            }
        };
        if URL_SAFE_NO_PAD.decode(&text).ok().is_none_or(|bytes| bytes.len() != SECRET) {
            bail!("{} holds no token: remove it, and the controller makes another", path.display());
        }
        Ok(Self(digest(&text)))
    }

    /// Whether this is the token. Digests are compared, whose first difference tells nothing.
    pub(super) fn is(&self, shown: &str) -> bool {
        digest(shown) == self.0
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut file = fs::OpenOptions::new().read(true).custom_flags(nix::libc::O_NOFOLLOW).open(path)?;
    let mode = file.metadata()?.mode();
    if mode & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others may read it: `chmod 600` it"));
    }
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(&mut file, 1024), &mut text)?;
    Ok(text.trim().to_owned())
}

fn draw() -> anyhow::Result<String> {
    let mut secret = [0; SECRET];
    getrandom::fill(&mut secret).context("cannot draw a token from the system")?;
    Ok(URL_SAFE_NO_PAD.encode(secret))
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_token_is_made_once_and_is_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let made = OperatorToken::open_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.trim().len(), 43);
        assert!(made.is(text.trim()) && !made.is("") && !made.is(&text) && !made.is(&text[1..43]));
        assert!(OperatorToken::open_or_make(&path).unwrap().is(text.trim()), "it was replaced");
        assert!(!format!("{made:?}").contains(text.trim()));
    }

    #[test]
    fn one_that_others_read_or_that_is_none_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, "short\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(OperatorToken::open_or_make(&path).unwrap_err().to_string().contains("holds no token"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = OperatorToken::open_or_make(&path).unwrap_err();
        assert!(format!("{error:#}").contains("chmod 600"), "{error:#}");
    }
}
