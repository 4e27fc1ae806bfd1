//! A password that nothing shows.

use std::{fmt, path::PathBuf};

use zeroize::{Zeroize as _, Zeroizing};

use crate::RecordError;

/// Most bytes of a file of a password.
const LONGEST: u64 = 4096;

/// Where a password comes from.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Password {
    /// It stood in the URL.
    Given(Zeroizing<String>),
    /// The first line of a file, read at each connection: it may be changed meanwhile.
    InFile(PathBuf),
}

impl Password {
    /// The password itself.
    pub(super) fn read(&self) -> Result<Zeroizing<String>, RecordError> {
        let path = match self {
            Self::Given(password) => return Ok(password.clone()),
            Self::InFile(path) => path,
        };
        let failed = |source| RecordError::Password { path: path.clone(), source };
        let mut text = Zeroizing::new(String::new());
        let file = std::fs::File::open(path).map_err(failed)?;
        std::io::Read::read_to_string(&mut std::io::Read::take(file, LONGEST), &mut text).map_err(failed)?;
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        let password = Zeroizing::new(text.get(..end).unwrap_or_default().to_owned());
        text.zeroize();
        Ok(password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("Given(…)"),
            Self::InFile(path) => f.debug_tuple("InFile").field(path).finish(),
        }
    }
}
