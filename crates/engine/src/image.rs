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
pub const UID: u32 = 65534;

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
