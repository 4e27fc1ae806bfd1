//! The files that are there before anybody comes, as they are at a given time.

use std::{collections::BTreeMap, sync::Arc};

use decnet_proto::persona::BaitCredential;

use super::{
    archive,
    node::{Content, Node, Owner},
    noise::Noise,
    world::{World, table},
};
use crate::ftp::{
    path::FilePath,
    stamp::{self, DAY, Seconds},
};

/// The tree of anonymous visitors.
pub(super) const PUBLIC: &str = "/srv/ftp";

/// Where the account keeps its files.
pub(super) fn home(user: &str) -> FilePath {
    FilePath::from("/home").child(user.as_bytes())
}

/// What visitors without an account are greeted with.
pub(super) fn welcome(world: &World) -> String {
    format!("File exchange of {}", world.organisation)
}

type Nodes = BTreeMap<FilePath, Node>;

/// Every file and directory at `now`.
pub(super) fn nodes(world: &World, now: Seconds) -> Nodes {
    let mut build = Build { world, now, nodes: Nodes::new() };
    build.public();
    for account in &world.bait {
        build.home(account);
    }
    build.finish()
}

struct Build<'a> {
    world: &'a World,
    now: Seconds,
    nodes: Nodes,
}

impl Build<'_> {
    fn directory(&mut self, path: &FilePath, owner: &Owner, mode: u16) {
        self.nodes.insert(path.clone(), Node::directory(owner, mode, self.world.installed));
    }

    fn file(&mut self, path: FilePath, owner: &Owner, modified: Seconds, content: Content) {
        self.nodes.insert(path, Node::file(owner, 0o644, modified, content));
    }

    fn text(&mut self, path: FilePath, owner: &Owner, modified: Seconds, text: String) {
        self.file(path, owner, modified, Content::text(text));
    }

    /// Gives every directory that no one touched the time of its newest entry.
    fn finish(mut self) -> Nodes {
        let mut newest: BTreeMap<FilePath, Seconds> = BTreeMap::new();
        for (path, node) in self.nodes.iter().filter(|(_, node)| !node.is_directory()) {
            let time = newest.entry(path.parent()).or_insert(node.modified);
            *time = (*time).max(node.modified);
        }
        for (path, time) in newest {
            if let Some(directory) = self.nodes.get_mut(&path) {
                directory.modified = time;
            }
        }
        self.nodes
    }

    /// A moment in the first days after the installation, which every machine has behind it.
    fn since_installed(&self, purpose: &str) -> Seconds {
        self.world.installed + self.world.number(purpose, 19 * DAY as u64) as Seconds
    }

    fn public(&mut self) {
        let world = self.world;
        let (root, top) = (&world.root, FilePath::from(PUBLIC));
        let shared = top.child(b"pub");
        self.directory(&top, root, 0o755);
        self.directory(&shared, root, 0o755);
        self.directory(&top.child(b"incoming"), &world.ftp, 0o777);
        let readme = format!(
            "File exchange of {}\r\n\r\npub       price lists, forms and set-up notes\r\nincoming  your files for \
             us; tell your contact when the upload is done\r\n\r\nFiles in incoming are collected every night.\r\n",
            world.organisation
        );
        self.text(shared.child(b"README.txt"), root, self.since_installed("readme"), readme);
        if world.has_welcome {
            self.text(top.child(b"welcome.msg"), root, world.installed, welcome(world) + "\n");
        }
        self.price_list(&shared);
        self.device_settings(&shared);
    }

    fn price_list(&mut self, directory: &FilePath) {
        let month = month_start(self.now) + 8 * 3_600 + self.world.number("price list", 3_600) as Seconds;
        let modified = if month > self.now { month_start(month - 40 * DAY) } else { month };
        let modified = modified.max(self.world.installed);
        let name = format!("price-list-{}.csv", stamp::day(modified).get(..6).unwrap_or_default());
        let rows = 60 + self.world.number("price rows", 80);
        let list = table(self.world, "price", "article;description;unit;price", rows, |number, value| {
            let (kind, size) =
                (KINDS.get((value % 8) as usize).copied().unwrap_or_default(), value / 8 % 90 + 10);
            format!("{};{kind} {size} mm;pc;{}.{:02}", 40_100 + number * 7, value / 1_000 % 400, value % 100)
        });
        self.file(directory.child(name.as_bytes()), &self.world.root, modified, Content::Bytes(list));
    }

    /// The note by which whoever set up the scanners gave an account away.
    fn device_settings(&mut self, directory: &FilePath) {
        let world = self.world;
        let Some(account) = world.bait.iter().find(|b| b.purpose == "files").or(world.bait.first()) else {
            return;
        };
        let text = format!(
            "Scan to FTP, settings for the devices\r\n\r\nServer    {}.{}\r\nPort      21\r\nMode      passive\r\n\
             User      {}\r\nPassword  {}\r\nFolder    /\r\n",
            world.hostname, world.domain, account.username, account.password
        );
        let modified = self.since_installed("device settings");
        self.text(directory.child(b"scanner-setup.txt"), &world.root, modified, text);
    }

    fn home(&mut self, account: &BaitCredential) {
        let user = account.username.as_str();
        let (home, owner) = (home(user), self.world.owner(user));
        self.directory(&home, &owner, 0o755);
        self.backups(&home, &owner);
        self.exports(&home, &owner);
        self.sealed(&home, &owner);
        self.transfer_log(&home, &owner);
        self.settings(&home, &owner);
    }

    /// One archive for each of the last nights.
    fn backups(&mut self, home: &FilePath, owner: &Owner) {
        let world = self.world;
        let directory = home.child(world.pick("backup folder", &["backup", "backups", "dumps"]).as_bytes());
        self.directory(&directory, owner, 0o750);
        let label = world.pick(&format!("backup of {}", owner.name), &["etc", "www", "conf", "app"]);
        let at = 3_600 + world.number("backup hour", 5 * 3_600) as Seconds;
        for night in 0..8 {
            let midnight = self.now - self.now.rem_euclid(DAY) - night * DAY;
            let modified = midnight + at + world.number(&format!("backup jitter {midnight}"), 50) as Seconds;
            if modified <= self.now {
                let name = format!("{}-{label}-{}.tar.gz", world.hostname, stamp::day(modified));
                let content = Content::Archive(self.archive(owner, label, modified));
                self.file(directory.child(name.as_bytes()), owner, modified, content);
            }
        }
    }

    fn archive(&self, owner: &Owner, label: &str, modified: Seconds) -> Arc<[archive::Entry]> {
        let world = self.world;
        let day = stamp::day(modified);
        let entry = |path: String, age: Seconds, content: Content| archive::Entry {
            path,
            owner: Arc::clone(&owner.name),
            modified: modified - age,
            content,
        };
        let hosts = format!("127.0.0.1\tlocalhost\n127.0.1.1\t{0}.{1} {0}\n", world.hostname, world.domain);
        let size = 24 * 1_024 + world.number(&format!("archive {day}"), 150 * 1_024);
        let noise = Noise { seed: world.seed(&format!("archive {day}")), size };
        vec![
            entry(format!("{label}/hosts"), 90 * DAY, Content::text(hosts)),
            entry(
                format!("{label}/app/settings.ini"),
                20 * DAY,
                Content::text(self.credentials(&owner.name)),
            ),
            entry(format!("{label}/app/state.db.enc"), 3_000, Content::Noise(noise)),
        ]
        .into()
    }

    /// Yesterday's orders and those before, as some program exports them.
    fn exports(&mut self, home: &FilePath, owner: &Owner) {
        let world = self.world;
        let directory = home.child(world.pick("export folder", &["export", "out", "transfer"]).as_bytes());
        self.directory(&directory, owner, 0o755);
        let what = world.pick("export of", &["orders", "invoices", "stock", "deliveries", "customers"]);
        let at = 18 * 3_600 + world.number("export hour", 4 * 3_600) as Seconds;
        for day in 0..6 {
            let midnight = self.now - self.now.rem_euclid(DAY) - day * DAY;
            let modified = midnight + at + world.number(&format!("export jitter {midnight}"), 90) as Seconds;
            if modified > self.now {
                continue;
            }
            let purpose = format!("export {midnight}");
            let (rows, first) = (20 + world.number(&purpose, 60), 100_000 + midnight / DAY % 20_000 * 83);
            let list = table(world, &purpose, "number;customer;date;net;tax", rows, |number, value| {
                let (net, date) = (value % 900_000 + 1_000, stamp::day(midnight));
                let tax = net * 19 / 100;
                format!(
                    "{};{};{date};{}.{:02};{}.{:02}",
                    first + number as Seconds,
                    value / 1_000_000 % 9_000 + 1_000,
                    net / 100,
                    net % 100,
                    tax / 100,
                    tax % 100
                )
            });
            let name = format!("{what}_{}.csv", stamp::day(modified));
            self.file(directory.child(name.as_bytes()), owner, modified, Content::Bytes(list));
        }
    }

    /// Monthly archives that someone encrypted.
    fn sealed(&mut self, home: &FilePath, owner: &Owner) {
        let world = self.world;
        let what =
            world.pick(&format!("sealed of {}", owner.name), &["finance", "payroll", "contracts", "hr"]);
        let mut month = month_start(self.now);
        for _ in 0..3 {
            let purpose = format!("sealed {month} {}", owner.name);
            let modified = month + 2 * 3_600 + world.number(&purpose, 5_000) as Seconds;
            let size = 2 << 20 | world.number(&purpose, 30 << 20) & !15;
            let last = stamp::day(month - DAY);
            let name = format!("{what}-{}.tar.gz.enc", last.get(..6).unwrap_or_default());
            if (world.installed..=self.now).contains(&modified) {
                let content = Content::Noise(Noise { seed: world.seed(&purpose), size });
                self.file(home.child(name.as_bytes()), owner, modified, content);
            }
            month = month_start(month - DAY);
        }
    }

    /// A log that grows by a line every fifteen minutes.
    fn transfer_log(&mut self, home: &FilePath, owner: &Owner) {
        const STEP: Seconds = 900;
        let midnight = self.now - self.now.rem_euclid(DAY);
        let offset = self.world.number("log offset", STEP as u64) as Seconds;
        let host = self.world.neighbour("log peer");
        let mut text = String::new();
        let mut at = midnight + offset;
        while at <= self.now {
            let count = self.world.number(&format!("log {at}"), 40);
            text.push_str(&format!("{} {host} {count} files sent, 0 errors\n", stamp::readable(at)));
            at += STEP;
        }
        let modified = (at - STEP).max(midnight);
        self.text(home.child(b"sync.log"), owner, modified, text);
    }

    /// Settings of a program that uses the other accounts.
    fn settings(&mut self, home: &FilePath, owner: &Owner) {
        let purpose = format!("settings of {}", owner.name);
        let name = self.world.pick(&purpose, &["config.ini", "settings.ini", "sync.conf", "app.cfg"]);
        let modified = self.since_installed(&purpose);
        let text = self.credentials(&owner.name);
        self.text(home.child(name.as_bytes()), owner, modified, text);
    }

    fn credentials(&self, user: &str) -> String {
        let world = self.world;
        let mut text = format!("# {} on {}\n", world.short_name(), world.hostname);
        for other in world.others(user) {
            let host = world.neighbour(&other.purpose);
            let (purpose, name, password) = (&other.purpose, &other.username, &other.password);
            text.push_str(&format!("\n[{purpose}]\nhost = {host}\nuser = {name}\npassword = {password}\n"));
        }
        text
    }
}

const KINDS: [&str; 8] =
    ["hex bolt", "washer", "bracket", "hose clamp", "seal ring", "bearing", "spacer", "pin"];

/// Midnight of the first day of the month of `at`.
fn month_start(at: Seconds) -> Seconds {
    let day = stamp::day(at);
    let number: Seconds = day.get(6..).and_then(|d| d.parse().ok()).unwrap_or(1);
    at - at.rem_euclid(DAY) - (number - 1) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ftp::settings::Flavour, testing};

    const NOW: Seconds = 1_795_692_333; // 2026-11-26 11:25:33

    fn at(seed: u8, now: Seconds) -> Nodes {
        nodes(&World::new(&testing::persona(seed), Flavour::Proftpd), now)
    }

    #[test]
    fn every_entry_has_its_directory_and_is_not_of_the_future() {
        let nodes = at(1, NOW);
        for (path, node) in &nodes {
            let parent = path.parent();
            assert!(node.modified <= NOW, "{path:?}");
            assert!(
                [FilePath::from("/srv"), FilePath::from("/home")].contains(&parent)
                    || nodes.get(&parent).is_some_and(Node::is_directory),
                "{path:?}"
            );
        }
        assert!(nodes.len() > 20);
    }

    #[test]
    fn the_tree_moves_with_time_and_differs_between_deckies() {
        let names = |nodes: &Nodes| nodes.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&at(1, NOW)), names(&at(1, NOW)));
        assert_ne!(names(&at(1, NOW)), names(&at(1, NOW + 2 * DAY)));
        let log = |now| at(1, now).get(&home("backup").child(b"sync.log")).unwrap().size();
        assert!(log(NOW) < log(NOW + 3_600));
        let bytes = |seed| match &at(seed, NOW)
            .get(&FilePath::from("/srv/ftp/pub/scanner-setup.txt"))
            .unwrap()
            .kind
        {
            super::super::node::NodeKind::File(Content::Bytes(bytes)) => bytes.clone(),
            other => panic!("{other:?}"),
        };
        assert_ne!(bytes(1), bytes(2));
        assert!(String::from_utf8_lossy(&bytes(1)).contains("Wint3r-01-harbour"));
    }

    #[test]
    fn a_month_begins_at_midnight() {
        assert_eq!(stamp::readable(month_start(NOW)), "2026-11-01 00:00:00");
    }
}
