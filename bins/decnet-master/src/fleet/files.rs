//! Reads the files and folders that persona keys name.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use decnet_composer::{
    files::{FileReference, Loaded, MAX_BYTES},
    fleet::FleetSpec,
};

/// Most files below a folder, and most folders in one another.
const MAX_FILES: usize = 1_000;
const MAX_DEPTH: usize = 16;

/// Loads everything that `spec` names, relative to `base`. What is not there is left out: the
/// composer then says which key named it.
pub(super) fn load(spec: &FleetSpec, base: &Path) -> anyhow::Result<BTreeMap<String, Loaded>> {
    let mut loaded = BTreeMap::new();
    for reference in spec.file_references() {
        let path = base.join(&reference.path);
        if let Some(found) = load_one(&path).with_context(|| told(&reference))? {
            loaded.insert(reference.path, found);
        }
    }
    Ok(loaded)
}

fn told(reference: &FileReference) -> String {
    format!("{}: cannot read {:?}", reference.place, reference.path)
}

fn load_one(path: &Path) -> anyhow::Result<Option<Loaded>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if metadata.is_file() {
        return Ok(Some(Loaded::File(read_capped(path)?)));
    }
    if !metadata.is_dir() {
        bail!("{} is neither a file nor a folder", path.display());
    }
    let mut files = BTreeMap::new();
    read_folder(path, "", 0, &mut files)?;
    Ok(Some(Loaded::Folder(files)))
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    depth: usize,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> anyhow::Result<()> {
    if depth == MAX_DEPTH {
        bail!("{} lies deeper than {MAX_DEPTH} folders", folder.display());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else {
            bail!("the name of {} is no UTF-8", path.display());
        };
        // A link could lead anywhere, back into the folder too, so only real entries count.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_folder(&path, &format!("{name}/"), depth + 1, files)?;
        } else if kind.is_file() {
            files.insert(name, read_capped(&path)?);
        }
        if files.len() > MAX_FILES {
            bail!("{} holds more than {MAX_FILES} files", folder.display());
        }
    }
    Ok(())
}

/// The file, or one byte more of it than may be, so that the composer can tell.
fn read_capped(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut content = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_with_all_below_but_no_links() {
        let dir = tempfile::tempdir().expect("a folder");
        let site = dir.path().join("site");
        fs::create_dir_all(site.join("img")).expect("made");
        fs::write(site.join("index.html"), "hello").expect("written");
        fs::write(site.join("img/a.png"), "png").expect("written");
        std::os::unix::fs::symlink("/etc/passwd", site.join("link")).expect("linked");
        std::os::unix::fs::symlink(&site, site.join("loop")).expect("linked");
        let expected = [("img/a.png", "png"), ("index.html", "hello")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        assert_eq!(load_one(&site).expect("read"), Some(Loaded::Folder(BTreeMap::from(expected))));
        assert_eq!(load_one(&dir.path().join("none")).expect("no error"), None);
        load_one(Path::new("/dev/null")).expect_err("a device is no file");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("large");
        fs::write(&path, vec![b'x'; 4 * MAX_BYTES]).expect("written");
        assert_eq!(read_capped(&path).expect("read").len(), MAX_BYTES + 1);
    }
}
