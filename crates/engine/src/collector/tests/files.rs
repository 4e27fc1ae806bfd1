//! The collector's files: in order, and as a crash may leave them.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// All complete lines of the files whose names begin with `stem` and end in `suffix`, oldest
/// file first: `stem.5 … stem.1`, `stem-0001 …`, `stem`.
pub(super) fn lines(path: &Path) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for file in generations(path) {
        let bytes = fs::read(file).unwrap();
        assert!(bytes.is_empty() || bytes.ends_with(b"\n"));
        out.extend(bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec));
    }
    out
}

fn generations(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<(i64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(rest) = file.strip_prefix(&name) else { continue };
        let age = match rest.split_at_checked(1) {
            None => i64::MAX,
            Some((".", number)) => -number.parse::<i64>().unwrap(),
            Some((_, number)) => number.parse::<i64>().unwrap(),
        };
        files.push((age, path.with_file_name(file)));
    }
    files.sort();
    files.into_iter().map(|(_, file)| file).collect()
}

/// A crash of the machine: of what was written after the checkpoint, any beginning survives.
pub(super) fn tear(state_dir: &Path, log_keep: u64, json_keep: u64) {
    let Ok(bytes) = fs::read(state_dir.join("collector.json")) else { return };
    let checkpoint: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    for (file, keep) in [("log", log_keep), ("json", json_keep)] {
        let mark = &checkpoint[file];
        let path = Path::new(mark["path"].as_str().unwrap());
        let Ok(meta) = fs::metadata(path) else { continue };
        let offset = mark["offset"].as_u64().unwrap();
        if meta.ino() == mark["inode"].as_u64().unwrap() && meta.len() > offset {
            let kept = offset + keep % (meta.len() - offset + 1);
            fs::OpenOptions::new().write(true).open(path).unwrap().set_len(kept).unwrap();
        }
    }
}
