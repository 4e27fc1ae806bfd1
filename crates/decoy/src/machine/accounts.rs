//! Who can log in, and who only owns files.

use decnet_proto::persona::Persona;

use super::distro::{Distro, Line};

/// An account of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Log-in name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Id of the primary group.
    pub gid: u32,
    /// All groups with their names, the primary one first.
    pub groups: Vec<(u32, String)>,
    /// Home directory.
    pub home: String,
    /// Log-in shell.
    pub shell: String,
    /// The comment field.
    pub gecos: String,
}

impl Account {
    /// Whether it is the superuser.
    pub const fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// Whether it is in a group.
    pub fn in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.iter().any(|(id, _)| *id == gid)
    }
}

/// A line of `/etc/passwd` that the distribution makes: name, uid, gid, comment, home, shell.
pub(super) type SystemUser = (&'static str, u32, u32, &'static str, &'static str, &'static str);
/// A line of `/etc/group` that the distribution makes.
pub(super) type SystemGroup = (&'static str, u32);

/// The first id of a person.
const FIRST_PERSON: u32 = 1_000;

/// All accounts and groups of a machine.
#[derive(Debug)]
pub(super) struct Accounts {
    /// In the order of `/etc/passwd`.
    pub(super) users: Vec<Account>,
    /// Name, id and further members, in the order of `/etc/group`.
    pub(super) groups: Vec<(String, u32, Vec<String>)>,
}

impl Accounts {
    pub(super) fn new(persona: &Persona, distro: Distro) -> Self {
        let (users, groups) = super::base::accounts::of(distro);
        let mut this = Self { users: Vec::new(), groups: Vec::new() };
        this.groups.extend(groups.iter().map(|(name, id)| ((*name).to_owned(), *id, Vec::new())));
        this.users.extend(users.iter().map(|user| system(user, groups)));
        for (place, name) in names(persona).enumerate() {
            this.person(persona, distro, place, name);
        }
        this
    }

    /// Adds a person, or lets a system account of that name log in when it is bait.
    fn person(&mut self, persona: &Persona, distro: Distro, place: usize, name: &str) {
        let baited = persona.bait.iter().find(|b| b.username == name);
        if let Some(user) = self.users.iter_mut().find(|u| u.name == name) {
            if baited.is_some() && user.uid != 0 {
                distro.login_shell().clone_into(&mut user.shell);
                user.home = format!("/home/{name}");
            }
            return;
        }
        let uid = FIRST_PERSON + u32::try_from(place).unwrap_or_default();
        let mut groups = vec![(uid, name.to_owned())];
        self.groups.push((name.to_owned(), uid, Vec::new()));
        if place == 0 || baited.is_some_and(|b| b.purpose == "administration") {
            for group in administrators(distro) {
                groups.extend(self.join(group, name));
            }
        }
        let gecos =
            if distro.line() == Line::Debian { format!("{},,,", full_name(name)) } else { String::new() };
        self.users.push(Account {
            name: name.to_owned(),
            uid,
            gid: uid,
            groups,
            home: format!("/home/{name}"),
            shell: distro.login_shell().to_owned(),
            gecos,
        });
    }

    fn join(&mut self, group: &str, user: &str) -> Option<(u32, String)> {
        let (name, id, members) = self.groups.iter_mut().find(|(name, ..)| name == group)?;
        members.push(user.to_owned());
        Some((*id, name.clone()))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Account> {
        self.users.iter().find(|user| user.name == name)
    }
}

/// People and baited accounts, each once, in the order in which they were made.
fn names(persona: &Persona) -> impl Iterator<Item = &str> {
    persona.users.iter().map(String::as_str).chain(persona.bait.iter().map(|b| b.username.as_str()))
}

fn system(user: &SystemUser, groups: &[SystemGroup]) -> Account {
    let (name, uid, gid, gecos, home, shell) = *user;
    let group = groups.iter().find(|(_, id)| *id == gid).map_or(name, |(group, _)| *group);
    Account {
        name: name.to_owned(),
        uid,
        gid,
        groups: vec![(gid, group.to_owned())],
        home: home.to_owned(),
        shell: shell.to_owned(),
        gecos: gecos.to_owned(),
    }
}

/// Groups that the account of the installation is in.
const fn administrators(distro: Distro) -> &'static [&'static str] {
    match distro {
        Distro::Debian12 => {
            &["cdrom", "floppy", "sudo", "audio", "dip", "video", "plugdev", "users", "netdev"]
        }
        Distro::Ubuntu22 | Distro::Ubuntu20 => &["adm", "cdrom", "sudo", "dip", "plugdev", "lxd"],
        Distro::Kali => &[
            "adm", "dialout", "cdrom", "floppy", "sudo", "audio", "dip", "video", "plugdev", "users",
            "netdev",
        ],
        Distro::Rocky9 | Distro::Fedora39 | Distro::CentOs7 | Distro::Alpine319 | Distro::Arch => &["wheel"],
        Distro::Firmware => &[],
    }
}

/// The name that goes with `jhansen` or `jonas.hansen`.
fn full_name(name: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    match name.split_once('.') {
        Some((first, last)) => format!("{} {}", capital(first), capital(last)),
        None => String::new(),
    }
}
