//! Users and groups of this host, as `/etc/passwd` and `/etc/group` have them.
//!
//! Programs are static, and to them other directories are not open.

use std::fs;

/// Largest table that is read, in bytes.
const TABLE_MAX: usize = 1024 * 1024;

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: u32,
    /// Names of those who are in it beside the users whose first group it is.
    pub members: Vec<String>,
}

/// The users and groups of a host, as text.
#[derive(Clone, Debug, Default)]
pub struct Users {
    passwd: String,
    group: String,
}

impl Users {
    /// Those of this host; none where a table cannot be read or is larger than 1 MiB.
    pub fn of_host() -> Self {
        Self { passwd: table("/etc/passwd"), group: table("/etc/group") }
    }

    /// Those that these texts tell of, passwd(5) and group(5).
    pub fn of(passwd: &str, group: &str) -> Self {
        Self { passwd: passwd.to_owned(), group: group.to_owned() }
    }

    /// Name of the user with this number.
    pub fn name(&self, uid: u32) -> Option<&str> {
        self.passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
            (id.parse() == Ok(uid)).then_some(name)
        })
    }

    /// The group of this name.
    pub fn group(&self, wanted: &str) -> Option<Group> {
        self.group.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, _, id, members) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
            (name == wanted).then_some(())?;
            let members = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned);
            Some(Group { id: id.parse().ok()?, members: members.collect() })
        })
    }

    /// Whether a user is in a group, by its first group or by its name.
    pub fn is_member(&self, (uid, gid): (u32, u32), group: &str) -> bool {
        let Some(group) = self.group(group) else { return false };
        group.id == gid
            || self.name(uid).is_some_and(|name| group.members.iter().any(|member| member == name))
    }
}

fn table(path: &str) -> String {
    fs::read_to_string(path).ok().filter(|text| text.len() <= TABLE_MAX).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "root:x:0:\ndecnet-old:x:7:mallory\ndecnet:x:990:ada,grace\n";
    const USERS: &str = "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n\
                         mallory:x:1001:1001::/home/mallory:/bin/sh\n";

    #[test]
    fn members_are_those_of_the_very_group() {
        let check = |user, groups, expect| {
            assert_eq!(Users::of(USERS, groups).is_member(user, "decnet"), expect, "{user:?} {groups}");
        };
        check((1000, 1000), GROUPS, true);
        check((1001, 1001), GROUPS, false);
        check((1001, 990), GROUPS, true);
        check((4242, 4242), GROUPS, false);
        check((1000, 1000), "", false);
        check((1000, 1000), "decnet:x:nonsense:ada\n::\n\n", false);
    }

    #[test]
    fn a_number_has_one_name() {
        let users = Users::of(USERS, GROUPS);
        assert_eq!((users.name(1001), users.name(4242)), (Some("mallory"), None));
        assert_eq!(Users::of("::\nx\n", "").name(0), None);
        assert_eq!(Users::of_host().name(0), Some("root"));
    }
}
