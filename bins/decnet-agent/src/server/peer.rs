//! Who may speak to the agent: root, the agent's own user, members of the group `decnet`; and the
//! updater's user, who may ask how it is.
//!
//! The socket's mode says the same, but that the updater's process has the group and its user has not;
//! this holds also when somebody widens it. Groups are those
//! of `/etc/group`: the agent is a static binary, to which other directories are not open.

use decnet_daemon::users::Users;
use decnet_proto::agent::{GROUP, UPDATER_USER};
use tokio::net::UnixStream;

/// Whether the peer of a connection may speak to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may.
    Welcome,
    /// The updater, as this user: it may ask how the agent is.
    Updater(u32),
    /// This user may not.
    Stranger(u32),
}

/// The standing of a connection's peer, by its credentials when it connected.
pub(super) fn standing(stream: &UnixStream) -> Standing {
    let Ok(peer) = stream.peer_cred() else { return Standing::Stranger(u32::MAX) };
    let own = nix::unistd::geteuid().as_raw();
    match peer.uid() {
        uid if uid == 0 || uid == own => Standing::Welcome,
        uid => of_other((uid, peer.gid()), &Users::of_host()),
    }
}

/// The standing of somebody who is neither root nor the agent's own user.
fn of_other(user: (u32, u32), users: &Users) -> Standing {
    match () {
        () if users.is_member(user, GROUP) => Standing::Welcome,
        () if users.name(user.0) == Some(UPDATER_USER) => Standing::Updater(user.0),
        () => Standing::Stranger(user.0),
    }
}

/// Number of the group, if there is one.
pub(super) fn group_id() -> Option<u32> {
    Users::of_host().group(GROUP).map(|group| group.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n\
                         mallory:x:1001:1001::/home/mallory:/bin/sh\n\
                         decnet-updater:x:995:995::/:/usr/sbin/nologin\n";

    #[test]
    fn members_may_all_the_updater_one_thing_and_others_nothing() {
        let check = |user: (u32, u32), members: &str, expect| {
            let users = Users::of(USERS, &format!("decnet:x:990:{members}\n"));
            assert_eq!(of_other(user, &users), expect, "{user:?} {members:?}");
        };
        check((1000, 1000), "ada", Standing::Welcome);
        check((1001, 1001), "ada", Standing::Stranger(1001));
        check((1001, 995), "ada", Standing::Stranger(1001));
        check((995, 995), "ada", Standing::Updater(995));
        check((995, 990), "ada", Standing::Welcome);
        check((995, 995), "decnet-updater", Standing::Welcome);
    }
}
