//! The decoy image: one static binary in an otherwise empty root, as a docker-archive.
//!
//! The same binary makes the same bytes, on any machine and at any time: no clock, no owner
//! names, no order of a file system is in them. The tag is drawn from the image's own digest,
//! so it names the content. Nothing in it tells what it is for: an attacker who reads paths
//! and environment from inside finds an init program.
//!
//! Format: the image specification 1.2 as `docker save` writes it (`manifest.json`, one
//! configuration, one layer).

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

/// Path of the decoy binary inside its image: PID 1, and what `exec` runs for `apply`.
pub const PROGRAM: &str = "/init";

/// Name of the image, before the colon.
pub const REPOSITORY: &str = "decoy";

/// User and group of the decoy: nobody.
pub use decnet_composer::deployment::containment::UID;

/// An image made of a decoy binary.
#[derive(Clone, Debug)]
pub struct DecoyImage {
    /// `<repository>:<first 12 digits of the image's digest>`.
    tag: String,
    layer: Vec<u8>,
    config: Vec<u8>,
}

impl DecoyImage {
    /// Makes the image of `binary`, labelled so that its fleet finds it again.
    ///
    /// # Errors
    /// An archive cannot be written; never seen, as it is written to memory.
    pub fn new(binary: &[u8], repository: &str, labels: &[(&str, &str)]) -> io::Result<Self> {
        let layer = layer(binary)?;
        let config = config(&layer, labels)?;
        let digest = hex_digest(&config);
        let tag = format!("{repository}:{}", digest.get(..12).unwrap_or(&digest));
        Ok(Self { tag, layer, config })
    }

    /// Its name and tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The archive that an engine loads.
    ///
    /// # Errors
    /// An archive cannot be written; never seen, as it is written to memory.
    pub fn archive(&self) -> io::Result<Vec<u8>> {
        let config = format!("{}.json", hex_digest(&self.config));
        let manifest = serde_json::to_vec(&[Manifest {
            config: &config,
            repo_tags: [&self.tag],
            layers: ["layer.tar"],
        }])?;
        let mut tar = Builder::new(Vec::with_capacity(self.layer.len() + 8192));
        file(&mut tar, &config, 0o644, &self.config)?;
        file(&mut tar, "layer.tar", 0o644, &self.layer)?;
        file(&mut tar, "manifest.json", 0o644, &manifest)?;
        tar.into_inner()
    }
}

/// The root of a decoy: its program and the places where the engine mounts.
fn layer(binary: &[u8]) -> io::Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::with_capacity(binary.len() + 8192));
    for name in ["dev/", "etc/", "proc/", "run/", "sys/"] {
        tar.append_data(&mut header(EntryType::Directory, 0o755, 0), name, io::empty())?;
    }
    file(&mut tar, PROGRAM.trim_start_matches('/'), 0o555, binary)?;
    tar.into_inner()
}

fn config(layer: &[u8], labels: &[(&str, &str)]) -> io::Result<Vec<u8>> {
    let config = Config {
        architecture: match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        },
        os: "linux",
        created: "1970-01-01T00:00:00Z",
        config: Run {
            user: format!("{UID}:{UID}"),
            entrypoint: [PROGRAM],
            working_dir: "/",
            labels: labels.iter().copied().collect(),
        },
        rootfs: RootFs { kind: "layers", diff_ids: [format!("sha256:{}", hex_digest(layer))] },
        history: [History { created: "1970-01-01T00:00:00Z" }],
    };
    Ok(serde_json::to_vec(&config)?)
}

fn file(tar: &mut Builder<Vec<u8>>, name: &str, mode: u32, data: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(EntryType::Regular, mode, data.len()), name, data)
}

fn header(kind: EntryType, mode: u32, size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size as u64);
    header.set_mtime(0);
    header
}

fn hex_digest(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest<'a> {
    config: &'a str,
    repo_tags: [&'a str; 1],
    layers: [&'a str; 1],
}

#[derive(Serialize)]
struct Config<'a> {
    architecture: &'a str,
    os: &'a str,
    created: &'a str,
    config: Run<'a>,
    rootfs: RootFs,
    history: [History<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Run<'a> {
    user: String,
    entrypoint: [&'a str; 1],
    working_dir: &'a str,
    labels: std::collections::BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct RootFs {
    #[serde(rename = "type")]
    kind: &'static str,
    diff_ids: [String; 1],
}

#[derive(Serialize)]
struct History<'a> {
    created: &'a str,
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::{Value, json};
    use tar::Archive;

    use super::*;

    fn image(binary: &[u8]) -> DecoyImage {
        DecoyImage::new(binary, "decoy", &[("fleet", "x")]).unwrap()
    }

    /// Name, kind, mode and content of each entry.
    fn entries(archive: &[u8]) -> Vec<(String, EntryType, u32, Vec<u8>)> {
        let mut archive = Archive::new(archive);
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut data = Vec::new();
            entry.read_to_end(&mut data).unwrap();
            let header = entry.header();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 0));
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            (name, header.entry_type(), header.mode().unwrap(), data)
        });
        entries.collect()
    }

    #[test]
    fn the_root_holds_the_program_and_places_to_mount() {
        let layer = entries(&image(b"ELF").layer);
        let names: Vec<_> = layer.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["dev/", "etc/", "proc/", "run/", "sys/", "init"]);
        assert_eq!(layer.last().unwrap(), &("init".into(), EntryType::Regular, 0o555, b"ELF".to_vec()));
    }

    #[test]
    fn the_archive_names_its_parts_by_their_digests() {
        let image = image(b"ELF");
        let parts = entries(&image.archive().unwrap());
        let [config, layer, manifest] = &parts[..] else { panic!("{parts:?}") };
        let manifest: Value = serde_json::from_slice(&manifest.3).unwrap();
        assert_eq!(
            manifest,
            json!([{"Config": config.0, "RepoTags": [image.tag()], "Layers": ["layer.tar"]}])
        );
        let digest = hex_digest(&config.3);
        assert_eq!(config.0, format!("{digest}.json"));
        assert_eq!(image.tag(), format!("decoy:{}", &digest[..12]));
        let config: Value = serde_json::from_slice(&config.3).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"], json!([format!("sha256:{}", hex_digest(&layer.3))]));
        assert_eq!(config["config"]["User"], "65534:65534");
        assert_eq!(config["config"]["Entrypoint"], json!(["/init"]));
        assert_eq!(config["config"]["Labels"], json!({"fleet": "x"}));
    }

    #[test]
    fn the_same_binary_is_the_same_image_and_another_is_another() {
        let bytes = |binary| image(binary).archive().unwrap();
        assert_eq!(bytes(b"ELF"), bytes(b"ELF"));
        assert_ne!(image(b"ELF").tag(), image(b"ELG").tag());
    }

    #[test]
    fn nothing_inside_tells_what_it_is_for() {
        let layer = image(b"ELF").layer;
        let text = String::from_utf8_lossy(&layer).to_lowercase();
        for word in ["decnet", "decky", "honey", "decoy"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}
