//! Directories, and the line for each file that `ls -l` would print.

use time::OffsetDateTime;

use super::{attributes::Attributes, reply::Name};
use crate::machine::{Entry, Errno, Files, Kind, Metadata, Seconds};

/// Names of users and groups by their numbers, as the machine's own files have them.
#[derive(Debug, Default)]
pub(super) struct People {
    users: Vec<(u32, Vec<u8>)>,
    groups: Vec<(u32, Vec<u8>)>,
}

impl People {
    /// Reads them.
    pub(super) fn read(files: &Files) -> Self {
        let table = |path: &[u8]| numbers(&files.read(path).unwrap_or_default());
        Self { users: table(b"/etc/passwd"), groups: table(b"/etc/group") }
    }

    pub(super) fn user(&self, id: u32) -> Option<&[u8]> {
        find(&self.users, id)
    }

    pub(super) fn group(&self, id: u32) -> Option<&[u8]> {
        find(&self.groups, id)
    }
}

fn find(table: &[(u32, Vec<u8>)], id: u32) -> Option<&[u8]> {
    table.iter().find(|(known, _)| *known == id).map(|(_, name)| name.as_slice())
}

/// Names and numbers of lines `name:x:number:…`.
fn numbers(file: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let line = |line: &[u8]| {
        let mut fields = line.split(|byte| *byte == b':');
        let name = fields.next()?.to_vec();
        let number = std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
        Some((number, name))
    };
    file.split(|byte| *byte == b'\n').filter_map(line).collect()
}

/// A directory that is being read.
#[derive(Debug)]
pub(super) struct Listing {
    path: Vec<u8>,
    entries: std::vec::IntoIter<Vec<u8>>,
    people: People,
}

impl Listing {
    /// Opens a directory.
    pub(super) fn open(files: &Files, path: &[u8]) -> Result<Self, Errno> {
        let path = if path.is_empty() { return Err(Errno::Missing) } else { path };
        let mut names = vec![b".".to_vec(), b"..".to_vec()];
        names.extend(files.read_dir(path)?.into_iter().map(|Entry { name, .. }| name));
        Ok(Self { path: path.to_vec(), entries: names.into_iter(), people: People::read(files) })
    }

    /// The next names; none at the end. Files that went away meanwhile are left out.
    pub(super) fn next(&mut self, files: &Files) -> Vec<Name> {
        /// As many as OpenSSH puts into one answer.
        const NAMES: usize = 100;
        let (path, people) = (&self.path, &self.people);
        let now = files.now().seconds;
        let joint: &[u8] = if path == b"/" { b"" } else { b"/" };
        let known = self.entries.by_ref().filter_map(|name| {
            let file = files.lstat(&[path, joint, &name].concat()).ok()?;
            let line = line(&name, &file, people, now);
            Some(Name { line, name, attributes: Attributes::of(&file) })
        });
        known.take(NAMES).collect()
    }
}

/// What `ls -l` of OpenSSH prints: columns that grow where they must.
fn line(name: &[u8], file: &Metadata, people: &People, now: Seconds) -> Vec<u8> {
    let user = who(people.user(file.uid), file.uid);
    let group = who(people.group(file.gid), file.gid);
    let (mode, links, size) = (mode(file), file.links, file.size);
    let date = date(file.modified.seconds, now);
    let mut line = format!("{mode}  {links:>3} {user:<8} {group:<8} {size:>8} {date} ").into_bytes();
    line.extend_from_slice(name);
    line
}

fn who(name: Option<&[u8]>, id: u32) -> String {
    name.map_or_else(|| id.to_string(), |name| String::from_utf8_lossy(name).into_owned())
}

/// `drwxr-xr-x`.
fn mode(file: &Metadata) -> String {
    let kind = match file.kind {
        Kind::File => '-',
        Kind::Directory => 'd',
        Kind::Symlink => 'l',
        Kind::Fifo => 'p',
        Kind::Socket => 's',
        Kind::Character => 'c',
        Kind::Block => 'b',
    };
    let bit = |bit: u32, letter: char| if file.mode & bit != 0 { letter } else { '-' };
    let run = |run: u32, special: u32, both: char, alone: char| match (file.mode & run, file.mode & special) {
        (0, 0) => '-',
        (_, 0) => 'x',
        (0, _) => alone,
        _ => both,
    };
    [
        kind,
        bit(0o400, 'r'),
        bit(0o200, 'w'),
        run(0o100, 0o4000, 's', 'S'),
        bit(0o040, 'r'),
        bit(0o020, 'w'),
        run(0o010, 0o2000, 's', 'S'),
        bit(0o004, 'r'),
        bit(0o002, 'w'),
        run(0o001, 0o1000, 't', 'T'),
    ]
    .iter()
    .collect()
}

/// The time of the last half year, the year of what is older or still to come.
fn date(seconds: Seconds, now: Seconds) -> String {
    const HALF_YEAR: Seconds = 365 * 24 * 60 * 60 / 2;
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Ok(when) = OffsetDateTime::from_unix_timestamp(seconds) else { return String::new() };
    let month = MONTHS.get(usize::from(u8::from(when.month())) - 1).copied().unwrap_or_default();
    let (day, hour, minute) = (when.day(), when.hour(), when.minute());
    if now - HALF_YEAR < seconds && now >= seconds {
        format!("{month} {day:>2} {hour:02}:{minute:02}")
    } else {
        format!("{month} {day:>2}  {}", when.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_last_half_year_have_a_time() {
        let now = 1_764_000_000;
        assert_eq!(date(now - 60, now), "Nov 24 15:59");
        assert_eq!(date(now + 60, now), "Nov 24  2025");
        assert_eq!(date(now - 200 * 86_400, now), "May  8  2025");
    }

    #[test]
    fn numbers_stand_behind_the_second_colon() {
        assert_eq!(numbers(b"root:x:0:0:root\nbad\na:x:7:\n"), [(0, b"root".to_vec()), (7, b"a".to_vec())]);
    }
}
