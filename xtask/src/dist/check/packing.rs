//! Packing must not depend on where, when, by whom and in which order the files were made.

use std::{
    fs::{self, File, Permissions},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, ensure};
use decnet_release::{Part, SigningKey, archive};

use crate::dist::{
    VERSION,
    inventory::Inventory,
    list::{Build, Shipped},
    origins::{Origins, clear},
    pack,
    stage::{Claim, stage},
};

/// As much of a program as is packed here: it is the packing that is looked at.
const HEAD: u64 = 256 * 1024;

/// How a copy of everything is made.
struct Manner {
    mode: u32,
    age: Duration,
    reversed: bool,
}

const MANNERS: [Manner; 2] = [
    Manner { mode: 0o600, age: Duration::from_secs(3), reversed: false },
    Manner { mode: 0o775, age: Duration::from_secs(400_000_000), reversed: true },
];

/// Copies everything that is shipped twice, packs and signs every archive from both, compares them, and
/// reads one back.
pub(super) fn check(shipped: &Shipped, folder: &Path) -> Result<()> {
    let origins = Origins::tested()?;
    let inventory = Inventory::load(shipped)?;
    let key = SigningKey::draw()?;
    let mut made: [Vec<Vec<u8>>; 2] = Default::default();
    for ((manner, name), made) in MANNERS.iter().zip(["one", "the/other"]).zip(&mut made) {
        let copy = copy(shipped, &origins, &folder.join(name), manner)?;
        for part in Part::ALL {
            let claim = Claim { version: VERSION, downgrade: false };
            let at = folder.join(name).join(part.name());
            let staged = stage(shipped, &inventory, &copy, part, claim, &at)?;
            made.push(pack::into(Vec::new(), &staged, &key.sign(&staged.manifest.bytes()))?);
        }
    }
    let [one, other] = made;
    for ((part, one), other) in Part::ALL.iter().zip(one).zip(other) {
        ensure!(one == other, "the archive of {part} depends on where and when its files were made");
        let read = archive::verify(one.as_slice(), &key.public());
        let read = read.with_context(|| format!("reading the archive of {part} back"))?;
        ensure!(read.manifest.part == *part, "the archive of {part} is one of {}", read.manifest.part);
    }
    clear(folder)
}

/// Copies everything that is shipped.
fn copy(shipped: &Shipped, origins: &Origins, folder: &Path, manner: &Manner) -> Result<Origins> {
    clear(folder)?;
    let copy = Origins {
        tree: folder.join("tree"),
        programs: folder.join("programs"),
        decoy: folder.join("decoy"),
        manual: folder.join("manual"),
    };
    let mut files = files(shipped, origins, &copy)?;
    if manner.reversed {
        files.reverse();
    }
    for (from, to) in files {
        let failed = || format!("copying {} to {}", from.display(), to.display());
        let parent = to.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(failed)?;
        let mut head = Vec::new();
        File::open(&from).and_then(|file| file.take(HEAD).read_to_end(&mut head)).with_context(failed)?;
        fs::write(&to, head).with_context(failed)?;
        fs::set_permissions(&to, Permissions::from_mode(manner.mode)).with_context(failed)?;
        let file = File::options().write(true).open(&to).with_context(failed)?;
        file.set_modified(SystemTime::now() - manner.age).with_context(failed)?;
    }
    Ok(copy)
}

/// Everything that is shipped: where it is, and where its copy will be.
fn files(shipped: &Shipped, from: &Origins, to: &Origins) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut files = Vec::new();
    for (name, program) in &shipped.programs {
        let folder = if program.build == Build::Decoy { &to.decoy } else { &to.programs };
        files.push((from.program(shipped, name)?, folder.join(name)));
        if program.manual {
            let manual = from.manual(name)?.into_iter();
            files.extend(manual.map(|(path, file)| (file, to.manual.join(name).join(path))));
        }
    }
    for path in shipped.archives.values().flat_map(|archive| &archive.files) {
        files.push((from.file(path)?, to.tree.join(path)));
    }
    Ok(files)
}
