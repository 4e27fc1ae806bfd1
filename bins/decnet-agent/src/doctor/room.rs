//! Room on the disks.

use std::path::Path;

use decnet_proto::agent::Check;
use nix::sys::statvfs::statvfs;

use super::{fail, ok, warn};
use crate::agent::Places;

const GIB: u64 = 1024 * 1024 * 1024;
/// Below this, events and captured files may soon have no room.
const LOW: u64 = 2 * GIB;
/// Below this, they have none.
const NONE: u64 = GIB / 4;

pub(super) fn checks(places: &Places, log_file: &str) -> Vec<Check> {
    let mut checks =
        vec![check("room for state", &places.state), check("room for captured files", &places.artifacts)];
    if let Some(folder) = Path::new(log_file).parent() {
        checks.push(check("room for events", folder));
    }
    checks
}

fn check(name: &str, place: &Path) -> Check {
    let Some(there) = place.ancestors().find(|path| path.exists()) else {
        return fail(name, format!("{} cannot be looked at", place.display()), "make the folder");
    };
    match statvfs(there) {
        Ok(found) => judge(name, there, found.blocks_available() * found.fragment_size()),
        Err(e) => {
            fail(name, format!("{} cannot be looked at: {e}", there.display()), "check the file system")
        }
    }
}

fn judge(name: &str, place: &Path, free: u64) -> Check {
    let tenths = free * 10 / GIB;
    let found = format!("{}.{} GiB free in {}", tenths / 10, tenths % 10, place.display());
    let remedy = "make room, or move the folder with state-directory, ingest-log-file, artifacts-root";
    match free {
        NONE..LOW => warn(name, found, remedy),
        LOW.. => ok(name, found),
        _ => fail(name, found, remedy),
    }
}

#[cfg(test)]
mod tests {
    use decnet_proto::agent::Verdict;

    use super::*;

    #[track_caller]
    fn check(free: u64, verdict: Verdict, found: &str) {
        let check = judge("room", Path::new("/var"), free);
        assert_eq!((check.verdict, check.found.as_str()), (verdict, found));
    }

    #[test]
    fn little_room_is_told() {
        check(100 * GIB, Verdict::Ok, "100.0 GiB free in /var");
        check(LOW - 1, Verdict::Warn, "1.9 GiB free in /var");
        check(NONE - 1, Verdict::Fail, "0.2 GiB free in /var");
        check(0, Verdict::Fail, "0.0 GiB free in /var");
    }
}
