//! Nothing is shipped that the list does not name: secrets all over the tree stay where they are.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use decnet_release::{Part, SigningKey, archive};
use lab::workspace;

use super::{
    VERSION,
    inventory::Inventory,
    list::Shipped,
    origins::{Origins, below},
    pack,
    stage::{Claim, stage},
};

/// Stands in everything that is planted.
const MARK: &str = "PLANTED-AND-NEVER-SHIPPED";

/// What lies about in trees.
const PLANTED: [&str; 20] = [
    ".env",
    ".env.local",
    "id_ed25519",
    "ca.key",
    "release.key",
    "release.pem",
    "host.json",
    "decnet.ini",
    "env.config",
    "decnet.db",
    "decnet.db-wal",
    "master.log",
    "core",
    "LICENSE-MIT~",
    "packages.toml.orig",
    ".decnet.ini.example.swp",
    "#decnet-agent.service#",
    ".git/config",
    ".ssh/authorized_keys",
    "__pycache__/secret.pyc",
];

/// A copy of the tree, with stand-ins for programs and manual beside it.
struct Copy {
    folder: tempfile::TempDir,
    shipped: Shipped,
    inventory: Inventory,
    origins: Origins,
}

impl Copy {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shipped = Shipped::load().unwrap();
        let at = |name: &str| folder.path().join(name);
        let origins = Origins {
            tree: at("tree"),
            programs: at("target/release"),
            decoy: at("target/decoy"),
            manual: at("target/manual"),
        };
        for path in tree() {
            put(&origins.tree.join(&path), &fs::read(workspace::root().join(path)).unwrap());
        }
        for (name, program) in &shipped.programs {
            put(&origins.programs.join(name), b"\x7fELF");
            put(&origins.decoy.join(name), b"\x7fELF");
            let pages = [
                "man/man1/NAME.1",
                "completions/bash/NAME",
                "completions/fish/NAME.fish",
                "completions/zsh/_NAME",
            ];
            for page in pages.iter().filter(|_| program.manual) {
                put(&origins.manual.join(name).join(page.replace("NAME", name)), b".TH");
            }
        }
        let inventory = Inventory::load(&shipped).unwrap();
        Self { folder, shipped, inventory, origins }
    }

    /// Packs an archive and unpacks it elsewhere; paths and contents of all that is in it.
    fn packed(&self, part: Part) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let claim = Claim { version: VERSION, downgrade: false };
        let at = self.folder.path().join("staged").join(part.name());
        let staged = stage(&self.shipped, &self.inventory, &self.origins, part, claim, &at)?;
        let key = SigningKey::draw()?;
        let bytes = pack::into(Vec::new(), &staged, &key.sign(&staged.manifest.bytes()))?;
        let unpacked = tempfile::tempdir()?;
        let folder = unpacked.path().join("release");
        archive::unpack(bytes.as_slice(), &key.public(), &folder)?;
        let name = |path: &Path| path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        // Each time with a new key.
        let paths = below(&folder)?.into_iter().filter(|path| !path.ends_with("manifest.sig"));
        Ok(paths.map(|path| (name(&path), fs::read(path).unwrap())).collect())
    }
}

fn put(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Every file of the tree, but for what is built and what git keeps.
fn tree() -> Vec<PathBuf> {
    let root = workspace::root();
    let parts = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap());
    let parts =
        parts.filter(|entry| !["target", ".git", "fuzz"].iter().any(|name| entry.file_name() == *name));
    let files = parts.flat_map(|entry| match entry.file_type().unwrap().is_dir() {
        true => below(&entry.path()).unwrap(),
        false => vec![entry.path()],
    });
    files.filter(|path| path.is_file()).map(|path| path.strip_prefix(&root).unwrap().to_owned()).collect()
}

/// Every folder at or below one.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for at in 0.. {
        let Some(next) = found.get(at).cloned() else { break };
        let entries = fs::read_dir(next).unwrap().map(Result::unwrap);
        found.extend(entries.filter(|entry| entry.file_type().unwrap().is_dir()).map(|entry| entry.path()));
    }
    found
}

/// Plants everything in a folder; what is there already stays.
fn plant(folder: &Path) -> usize {
    let mut count = 0;
    for name in PLANTED.iter().filter(|name| !folder.join(name).exists()) {
        put(&folder.join(name), MARK.as_bytes());
        count += 1;
    }
    symlink(folder.join(PLANTED[0]), folder.join("link.service")).unwrap();
    count + 1
}

fn is_marked(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, MARK.as_bytes()).is_some()
}

#[test]
fn secrets_all_over_the_tree_are_not_shipped() {
    let copy = Copy::make();
    let before: Vec<_> = Part::ALL.iter().map(|part| copy.packed(*part).unwrap()).collect();
    let mut planted = 0;
    for folder in [&copy.origins.tree, &copy.origins.programs, &copy.origins.decoy] {
        planted += folders(folder).iter().map(|folder| plant(folder)).sum::<usize>();
    }
    assert!(planted > 2_000, "{planted}");
    for (part, before) in Part::ALL.iter().zip(before) {
        let after = copy.packed(*part).unwrap();
        let names: BTreeSet<_> = after.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names.len(), after.len());
        let marked: Vec<_> = after.iter().filter(|(_, bytes)| is_marked(bytes)).collect();
        assert!(marked.is_empty(), "{part}: {marked:?}");
        assert!(before == after, "{part}: what is shipped depends on what lies about");
    }
}

/// The search above finds what is there: in a file that the list names, it is shipped.
#[test]
fn a_mark_in_a_file_that_is_named_is_found() {
    let copy = Copy::make();
    put(&copy.origins.tree.join("LICENSE-MIT"), format!("Be nice. {MARK}").as_bytes());
    let found = copy.packed(Part::Worker).unwrap();
    let marked: Vec<_> = found.iter().filter(|(_, bytes)| is_marked(bytes)).map(|(path, _)| path).collect();
    assert_eq!(marked, ["LICENSE-MIT"]);
}

#[test]
fn a_named_file_that_became_a_link_to_a_secret_is_refused() {
    let copy = Copy::make();
    for path in ["LICENSE-MIT", "deploy/systemd/decnet-agent.service"] {
        let (secret, file) = (copy.folder.path().join("secret"), copy.origins.tree.join(path));
        put(&secret, MARK.as_bytes());
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        symlink(&secret, &file).unwrap();
        let error = format!("{:#}", copy.packed(Part::Worker).unwrap_err());
        assert!(error.contains("links are not followed"), "{error}");
        fs::remove_file(&file).unwrap();
        put(&file, &content);
    }
    copy.packed(Part::Worker).unwrap();
}

#[test]
fn what_lies_in_the_folder_of_a_manual_is_refused() {
    let copy = Copy::make();
    for name in PLANTED {
        let path = copy.origins.manual.join("decnet-agent/man/man1").join(name);
        put(&path, MARK.as_bytes());
        let error = format!("{:#}", copy.packed(Part::Worker).unwrap_err());
        assert!(error.contains("is no part of a manual"), "{name}: {error}");
        fs::remove_file(path).unwrap();
    }
    copy.packed(Part::Worker).unwrap();
}

#[test]
fn an_archive_holds_what_the_list_names_and_no_more() {
    let copy = Copy::make();
    for part in Part::ALL {
        let archive = copy.shipped.archive(part.name()).unwrap();
        let mut expect: BTreeSet<String> =
            ["manifest.json", "sbom.cdx.json", "third-party.txt"].map(str::to_owned).into();
        expect.extend(archive.files.iter().map(|path| path.trim_start_matches("deploy/").to_owned()));
        for program in &archive.programs {
            expect.insert(format!("bin/{program}"));
            if copy.shipped.programs[program].manual {
                let manual = copy.origins.manual(program).unwrap().into_iter();
                expect.extend(manual.map(|(path, _)| path));
            }
        }
        let found: BTreeSet<_> = copy.packed(part).unwrap().into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, expect, "{part}");
    }
}
