//! The long line of each product.

use super::Entry;
use crate::ftp::stamp::{self, Seconds};

/// As vsftpd prints it: numbers for owners, days with a leading zero.
pub(in crate::ftp) fn vsftpd_line(entry: &Entry, now: Seconds) -> Vec<u8> {
    let node = &entry.node;
    let (permissions, date) = (node.permissions(), stamp::vsftpd_column(node.modified, now));
    let (links, id, size) = (entry.links, node.owner.id, node.size());
    let mut line = format!("{permissions} {links:4} {id:<8} {id:<8} {size:8} {date} ").into_bytes();
    line.extend_from_slice(&entry.name);
    line
}

/// As ProFTPD prints it: names for owners. `owner` stands in for the real one where its
/// configuration says so.
pub(in crate::ftp) fn proftpd_line(entry: &Entry, owner: Option<&str>, now: Seconds) -> Vec<u8> {
    let node = &entry.node;
    let (permissions, date) = (node.permissions(), stamp::proftpd_column(node.modified, now));
    let (links, owner, size) = (entry.links, owner.unwrap_or(&node.owner.name), node.size());
    let mut line = format!("{permissions} {links:3} {owner:<8} {owner:<8} {size:8} {date} ").into_bytes();
    line.extend_from_slice(&entry.name);
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::{
        path::FilePath,
        tree::{Content, Node, Owner},
    };

    #[test]
    fn columns_stand_as_in_the_products() {
        let owner = Owner { id: 1000, name: "mhansen".into() };
        let (modified, now) = (1_795_692_026, 1_795_692_333);
        let node = Node::file(&owner, 0o644, modified, Content::Gone(307_200));
        let entry = Entry { name: b"big.bin".to_vec(), node, links: 1, path: FilePath::root() };
        let text = |line: Vec<u8>| String::from_utf8(line).unwrap();
        assert_eq!(
            text(vsftpd_line(&entry, now)),
            "-rw-r--r--    1 1000     1000       307200 Nov 26 11:20 big.bin"
        );
        assert_eq!(
            text(proftpd_line(&entry, None, now)),
            "-rw-r--r--   1 mhansen  mhansen    307200 Nov 26 11:20 big.bin"
        );
    }
}
