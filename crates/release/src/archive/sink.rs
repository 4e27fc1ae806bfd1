//! Where the files of an archive go.

use std::{
    fs::{DirBuilder, OpenOptions, Permissions},
    io::{self, Read},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::{manifest::Mode, medium::KeepError};

/// Takes files.
pub trait Sink {
    /// Takes one: its path, of plain names with `/` between, and its content, to be read to its end.
    /// When reading fails, the error is the reader's business.
    ///
    /// # Errors
    /// [`KeepError`], when it cannot be kept.
    fn file(&mut self, path: &str, mode: Mode, content: &mut dyn Read) -> Result<(), KeepError>;
}

/// Reads everything and keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Sink for Nowhere {
    fn file(&mut self, path: &str, _: Mode, content: &mut dyn Read) -> Result<(), KeepError> {
        let copied = io::copy(content, &mut io::sink());
        copied.map(drop).map_err(|source| KeepError { path: path.into(), source })
    }
}

/// A folder on disk.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one.
    ///
    /// # Errors
    /// [`KeepError`], also when it is there.
    pub fn make(path: &Path) -> Result<Self, KeepError> {
        let made = DirBuilder::new().mode(0o755).create(path);
        made.map(|()| Self(path.to_owned())).map_err(|source| KeepError { path: path.to_owned(), source })
    }
}

impl Sink for Folder {
    fn file(&mut self, path: &str, mode: Mode, content: &mut dyn Read) -> Result<(), KeepError> {
        let path = self.0.join(path);
        write(&path, mode, content).map_err(|source| KeepError { path, source })
    }
}

fn write(path: &Path, mode: Mode, content: &mut dyn Read) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    }
    let options = &mut OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode.bits()).open(path)?;
    // Whatever the umask is.
    file.set_permissions(Permissions::from_mode(mode.bits()))?;
    io::copy(content, &mut file).map(drop)
}
