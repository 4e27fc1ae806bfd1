//! What the tables should say, made without a database, a batch at a time in plain maps.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::*;

/// Everything that came.
#[derive(Debug, Default)]
pub(crate) struct Model {
    came: HashSet<(&'static str, &'static str, u64, u64)>,
    kept: Vec<Line>,
}

impl Model {
    /// One more line.
    pub(crate) fn take(&mut self, line: &Line) {
        if self.came.insert((line.worker, line.decky, line.boot, line.seq)) {
            self.kept.push(line.clone());
        }
    }

    fn by<K: Ord>(&self, key: impl Fn(&Line) -> Option<K>) -> BTreeMap<K, Vec<(usize, &Line)>> {
        let mut all: BTreeMap<K, Vec<_>> = BTreeMap::new();
        for (at, line) in self.kept.iter().enumerate() {
            key(line).into_iter().for_each(|key| all.entry(key).or_default().push((at + 1, line)));
        }
        all
    }

    pub(crate) fn event_rows(&self) -> Vec<String> {
        let row = |(at, line): (usize, &Line)| {
            let address = line.session.map_or("-", |(_, address)| address);
            let Line { worker, decky, service, time, kind, .. } = line;
            let worker = if worker.is_empty() { "-" } else { worker };
            format!("{at}|{time}|{worker}|{decky}|{service}|{}|{address}", kind.name())
        };
        self.kept.iter().enumerate().map(|(at, line)| row((at + 1, line))).collect()
    }

    pub(crate) fn tally_rows(&self, from: usize) -> Vec<String> {
        let mut all: BTreeMap<(i64, &str, i64), u64> = BTreeMap::new();
        for line in self.kept.iter().skip(from) {
            let address = line.session.map_or("", |(_, address)| address);
            let words = [line.worker, line.decky, line.service, line.kind.name(), address];
            let mut words: Vec<_> = (1..).zip(words).filter(|(_, word)| !word.is_empty()).collect();
            words.push((0, "-"));
            for (sort, word) in words {
                *all.entry((sort, word, (NOON + line.time).div_euclid(QUARTER))).or_default() += 1;
            }
        }
        let row = |((sort, word, quarter), events)| format!("{sort}|{word}|{quarter}|{events}");
        all.into_iter().map(row).collect()
    }

    pub(crate) fn session_rows(&self) -> Vec<String> {
        let all = self.by(|line| Some((line.worker, line.decky, line.boot, line.session?.0)));
        let row = |((worker, decky, boot, name), lines): (_, Vec<(usize, &Line)>)| {
            let (first, last) = times(&lines);
            let commands = lines.iter().filter(|(_, line)| line.kind.name() == "command").count();
            let username = lines.iter().rev().find_map(|(_, line)| match &line.kind {
                Kind::AuthAttempt { status: "accepted", username, .. } => username.clone(),
                _ => None,
            });
            let username = username.map_or("-".to_owned(), |name| String::from_utf8(name).unwrap());
            let (begin, end) = (lines[0].0, lines[lines.len() - 1].0);
            format!(
                "{worker}|{decky}|{boot}|{name}|{first}|{last}|{begin}|{end}|{}|{commands}|{username}",
                lines.len()
            )
        };
        all.into_iter().map(row).collect()
    }

    pub(crate) fn attacker_rows(&self) -> Vec<String> {
        let all = self.by(|line| Some(line.session?.1));
        let row = |(address, lines): (&str, Vec<(usize, &Line)>)| {
            let (first, last) = times(&lines);
            let deckies: BTreeSet<_> = lines.iter().map(|(_, line)| line.decky).collect();
            let services: BTreeSet<_> = lines.iter().map(|(_, line)| line.service).collect();
            let secrets: BTreeSet<_> = lines.iter().filter_map(|(_, line)| secret(line)).collect();
            let is = |name: &str| lines.iter().filter(|(_, line)| line.kind.name() == name).count();
            let (commands, proven) = (is("command"), u8::from(is("connect") > 0));
            let (events, deckies, services, secrets) =
                (lines.len(), deckies.len(), services.len(), secrets.len());
            format!(
                "{address}|{first}|{last}|{events}|{deckies}|{services}|{secrets}|{secrets}|{commands}|{proven}"
            )
        };
        all.into_iter().map(row).collect()
    }

    pub(crate) fn contact_rows(&self) -> Vec<String> {
        let all = self.by(|line| Some((line.session?.1, line.decky, line.service)));
        let row = |((address, decky, service), lines): (_, Vec<(usize, &Line)>)| {
            let (first, last) = times(&lines);
            format!("{address}|{decky}|{service}|{first}|{last}|{}", lines.len())
        };
        all.into_iter().map(row).collect()
    }

    pub(crate) fn credential_rows(&self) -> Vec<String> {
        secret_rows(self.by(secret))
    }

    pub(crate) fn bounty_rows(&self) -> Vec<String> {
        let of = |line: &Line| Some(format!("{}|{}", line.session?.1, secret(line)?));
        secret_rows(self.by(of))
    }
}

fn secret_rows(all: BTreeMap<String, Vec<(usize, &Line)>>) -> Vec<String> {
    let row = |(secret, lines): (String, Vec<(usize, &Line)>)| {
        let (first, last) = times(&lines);
        format!("{secret}|{first}|{last}|{}", lines.len())
    };
    all.into_iter().map(row).collect()
}

fn secret(line: &Line) -> Option<String> {
    let Kind::AuthAttempt { username, password, .. } = &line.kind else { return None };
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap()).unwrap();
    Some(format!("{}|{}", text(username), text(password)))
}

fn times(lines: &[(usize, &Line)]) -> (i64, i64) {
    let times = || lines.iter().map(|(_, line)| line.time);
    (times().min().unwrap(), times().max().unwrap())
}

/// Quarter of an hour, in microseconds.
const QUARTER: i64 = 900_000_000;
