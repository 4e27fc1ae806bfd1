//! Who may speak to the agent: root, the agent's own user, members of the group `decnet`.
//!
//! The socket's mode says the same; this holds also when somebody widens it. Groups are those
//! of `/etc/group`: the agent is a static binary, to which other directories are not open.

use std::fs;

use decnet_proto::agent::GROUP;
use tokio::net::UnixStream;

/// Largest user table that is read, in bytes.
const TABLE_MAX: usize = 1024 * 1024;

/// Whether the peer of a connection may speak to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may.
    Welcome,
    /// This user may not.
    Stranger(u32),
}

/// The standing of a connection's peer, by its credentials when it connected.
pub(super) fn standing(stream: &UnixStream) -> Standing {
    let Ok(peer) = stream.peer_cred() else { return Standing::Stranger(u32::MAX) };
    let own = nix::unistd::geteuid().as_raw();
    let welcome = peer.uid() == 0
        || peer.uid() == own
        || is_member(peer.uid(), peer.gid(), &table("/etc/group"), &table("/etc/passwd"));
    if welcome { Standing::Welcome } else { Standing::Stranger(peer.uid()) }
}

/// Number of the group, if there is one.
pub(super) fn group_id() -> Option<u32> {
    group(&table("/etc/group")).map(|group| group.id)
}

fn table(path: &str) -> String {
    fs::read_to_string(path).ok().filter(|text| text.len() <= TABLE_MAX).unwrap_or_default()
}

fn is_member(uid: u32, gid: u32, groups: &str, users: &str) -> bool {
    let Some(group) = group(groups) else { return false };
    group.id == gid || user_name(uid, users).is_some_and(|name| group.members.contains(&name))
}

struct Group<'a> {
    id: u32,
    members: Vec<&'a str>,
}

/// The group `decnet` in the text of group(5): `name:password:id:member,member`.
fn group(groups: &str) -> Option<Group<'_>> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id, members) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        (name == GROUP).then_some(())?;
        let members = members.split(',').filter(|member| !member.is_empty()).collect();
        Some(Group { id: id.parse().ok()?, members })
    })
}

/// Name of a user in the text of passwd(5): `name:password:id:…`.
fn user_name(uid: u32, users: &str) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id.parse() == Ok(uid)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "root:x:0:\ndecnet-old:x:7:mallory\ndecnet:x:990:ada,grace\n";
    const USERS: &str = "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n\
                         mallory:x:1001:1001::/home/mallory:/bin/sh\n";

    #[track_caller]
    fn check(uid: u32, gid: u32, groups: &str, expect: bool) {
        assert_eq!(is_member(uid, gid, groups, USERS), expect);
    }

    #[test]
    fn members_are_those_of_the_very_group() {
        check(1000, 1000, GROUPS, true);
        check(1001, 1001, GROUPS, false);
        check(1001, 990, GROUPS, true);
        check(4242, 4242, GROUPS, false);
        check(1000, 1000, "", false);
        check(1000, 1000, "decnet:x:nonsense:ada\n::\n\n", false);
    }
}
