//! The long line of each product.

use super::{Entry, Options};
use crate::ftp::{
    stamp::{self, Seconds},
    tree::Owner,
};

/// As vsftpd prints it: numbers for owners, days with a leading zero.
pub(in crate::ftp) fn vsftpd_line(entry: &Entry, now: Seconds) -> Vec<u8> {
    let node = &entry.node;
    let (permissions, date) = (node.permissions(), stamp::vsftpd_column(node.modified, now));
    let (links, id, group, size) = (entry.links, node.owner.id, node.owner.group, node.size());
    let mut line = format!("{permissions} {links:4} {id:<8} {group:<8} {size:8} {date} ").into_bytes();
    line.extend_from_slice(&entry.name);
    line
}

/// As ProFTPD prints it: names for owners. `shown` stands in for the real one where its
/// configuration says so.
pub(in crate::ftp) fn proftpd_line(
    entry: &Entry,
    shown: Option<&Owner>,
    options: Options,
    now: Seconds,
) -> Vec<u8> {
    let node = &entry.node;
    let (permissions, date) = (node.permissions(), stamp::proftpd_column(node.modified, now));
    let owner = shown.unwrap_or(&node.owner);
    let (user, group) = if options.numeric {
        (owner.id.to_string(), owner.group.to_string())
    } else {
        (owner.name.to_string(), owner.name.to_string())
    };
    let size = if options.human { human(node.size()) } else { node.size().to_string() };
    let links = entry.links;
    let mut line = format!("{permissions} {links:3} {user:<8} {group:<8} {size:>8} {date} ").into_bytes();
    line.extend_from_slice(&entry.name);
    line
}

/// A size in the largest unit that it has one of.
fn human(size: u64) -> String {
    const UNITS: [char; 4] = ['k', 'M', 'G', 'T'];
    let mut value = size as f64;
    let mut unit = None;
    for next in UNITS {
        if value < 1_024.0 {
            break;
        }
        value /= 1_024.0;
        unit = Some(next);
    }
    unit.map_or(size.to_string(), |unit| format!("{value:.1}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::{
        path::FilePath,
        tree::{Content, Node},
    };

    #[test]
    fn sizes_for_people_have_one_decimal() {
        assert_eq!(human(1_023), "1023");
        assert_eq!(human(4_096), "4.0k");
        assert_eq!(human(5 << 30), "5.0G");
    }

    #[test]
    fn columns_stand_as_in_the_products() {
        let owner = Owner { id: 1000, group: 1000, name: "mhansen".into() };
        let (modified, now) = (1_795_692_026, 1_795_692_333);
        let node = Node::file(&owner, 0o644, modified, Content::Gone(307_200));
        let entry = Entry { name: b"big.bin".to_vec(), node, links: 1, path: FilePath::root() };
        let text = |line: Vec<u8>| String::from_utf8(line).unwrap();
        assert_eq!(
            text(vsftpd_line(&entry, now)),
            "-rw-r--r--    1 1000     1000       307200 Nov 26 11:20 big.bin"
        );
        assert_eq!(
            text(proftpd_line(&entry, None, Options::default(), now)),
            "-rw-r--r--   1 mhansen  mhansen    307200 Nov 26 11:20 big.bin"
        );
    }
}
