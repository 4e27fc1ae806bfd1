//! The data that clients see and change: the same for all of them, bounded in all.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, SystemTime},
};

/// Databases of an instance, Redis' default.
pub const DATABASES: usize = 16;
/// Bytes of keys and values in all; what exceeds them is refused as Redis does at `maxmemory`.
pub const MEMORY: usize = 4 * 1024 * 1024;

/// A key's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    Text(Vec<u8>),
    /// A list.
    List(VecDeque<Vec<u8>>),
    /// A hash, in the order in which its fields came.
    Hash(Vec<(Vec<u8>, Vec<u8>)>),
    /// A set.
    Set(BTreeSet<Vec<u8>>),
    /// A sorted set.
    Scored(BTreeMap<Vec<u8>, f64>),
}

impl Value {
    /// What TYPE calls it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Hash(_) => "hash",
            Self::Set(_) => "set",
            Self::Scored(_) => "zset",
        }
    }

    /// What OBJECT ENCODING calls it; `listpack` was `ziplist` before version 7.
    pub fn encoding(&self, seven: bool) -> &'static str {
        let small = if seven { "listpack" } else { "ziplist" };
        match self {
            Self::Text(text) if integer(text).is_some() => "int",
            Self::Text(text) if text.len() <= 44 => "embstr",
            Self::Text(_) => "raw",
            Self::List(_) => "quicklist",
            Self::Hash(fields) if fields.len() <= 128 => small,
            Self::Hash(_) => "hashtable",
            Self::Set(members) if members.iter().all(|m| integer(m).is_some()) => "intset",
            Self::Set(_) => "hashtable",
            Self::Scored(members) if members.len() <= 128 => small,
            Self::Scored(_) => "skiplist",
        }
    }

    /// Whether nothing is left, so that its key goes.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Hash(fields) => fields.is_empty(),
            Self::Set(members) => members.is_empty(),
            Self::Scored(members) => members.is_empty(),
        }
    }

    fn size(&self) -> usize {
        const EACH: usize = 64;
        match self {
            Self::Text(text) => text.len(),
            Self::List(items) => items.iter().map(|i| i.len() + EACH).sum(),
            Self::Hash(fields) => fields.iter().map(|(f, v)| f.len() + v.len() + EACH).sum(),
            Self::Set(members) => members.iter().map(|m| m.len() + EACH).sum(),
            Self::Scored(members) => members.keys().map(|m| m.len() + EACH).sum(),
        }
    }
}

/// A number exactly as Redis would print it.
pub fn integer(text: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (number.to_string().as_bytes() == text).then_some(number)
}

#[derive(Clone, Debug)]
struct Entry {
    value: Value,
    expires: Option<SystemTime>,
    size: usize,
}

/// All databases of an instance.
#[derive(Clone, Debug)]
pub struct Keyspace {
    databases: Vec<BTreeMap<Vec<u8>, Entry>>,
    size: usize,
    changes: u64,
}

impl Default for Keyspace {
    fn default() -> Self {
        Self { databases: vec![BTreeMap::new(); DATABASES], size: 0, changes: 0 }
    }
}

impl Keyspace {
    /// Bytes of keys and values.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Changes since the start.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether values may still grow.
    pub fn has_room(&self, more: usize) -> bool {
        self.size.saturating_add(more) <= MEMORY
    }

    /// The value of a key that has not expired.
    pub fn get(&mut self, database: usize, key: &[u8], now: SystemTime) -> Option<&Value> {
        self.expire(database, key, now);
        self.databases.get(database)?.get(key).map(|entry| &entry.value)
    }

    /// When a key expires: `None` without the key, `Some(None)` never.
    pub fn expiry(&mut self, database: usize, key: &[u8], now: SystemTime) -> Option<Option<SystemTime>> {
        self.expire(database, key, now);
        self.databases.get(database)?.get(key).map(|entry| entry.expires)
    }

    /// Sets when an existing key expires; whether there is one.
    pub fn set_expiry(
        &mut self,
        database: usize,
        key: &[u8],
        expires: Option<SystemTime>,
        now: SystemTime,
    ) -> bool {
        self.expire(database, key, now);
        let entry = self.databases.get_mut(database).and_then(|d| d.get_mut(key));
        let found = entry.map(|entry| entry.expires = expires).is_some();
        self.changes += u64::from(found);
        found
    }

    /// Stores a value, or removes the key when nothing is left of it. An expiry is kept when
    /// `keep_expiry`.
    pub fn put(&mut self, database: usize, key: &[u8], value: Value, keep_expiry: bool) {
        let expires = self
            .databases
            .get(database)
            .and_then(|d| d.get(key))
            .and_then(|entry| entry.expires)
            .filter(|_| keep_expiry);
        self.remove(database, key);
        self.changes += 1;
        if value.is_empty() {
            return;
        }
        let size = key.len() + value.size() + 64;
        self.size += size;
        if let Some(keys) = self.databases.get_mut(database) {
            keys.insert(key.to_vec(), Entry { value, expires, size });
        }
    }

    /// Removes a key and gives its value.
    pub fn remove(&mut self, database: usize, key: &[u8]) -> Option<Value> {
        let entry = self.databases.get_mut(database)?.remove(key)?;
        self.size = self.size.saturating_sub(entry.size);
        self.changes += 1;
        Some(entry.value)
    }

    /// Removes all keys of a database, or of all.
    pub fn clear(&mut self, database: Option<usize>) {
        for (number, keys) in self.databases.iter_mut().enumerate() {
            if database.is_none_or(|wanted| wanted == number) {
                self.size = self.size.saturating_sub(keys.values().map(|entry| entry.size).sum());
                self.changes += keys.len() as u64;
                keys.clear();
            }
        }
    }

    /// Exchanges two databases.
    pub fn swap(&mut self, one: usize, other: usize) {
        if one < DATABASES && other < DATABASES {
            self.databases.swap(one, other);
        }
    }

    /// The keys of a database that have not expired, in order.
    pub fn keys(&self, database: usize, now: SystemTime) -> impl Iterator<Item = (&[u8], &Value)> {
        let entries = self.databases.get(database).into_iter().flatten();
        entries
            .filter(move |(_, e)| e.expires.is_none_or(|at| at > now))
            .map(|(k, e)| (k.as_slice(), &e.value))
    }

    /// For each database with keys: its number, its keys, those with an expiry, and the average
    /// time left of these in milliseconds.
    pub fn statistics(&self, now: SystemTime) -> Vec<(usize, usize, usize, u128)> {
        let mut out = Vec::new();
        for (number, keys) in self.databases.iter().enumerate().filter(|(_, keys)| !keys.is_empty()) {
            let left: Vec<Duration> = keys
                .values()
                .filter_map(|e| e.expires)
                .map(|at| at.duration_since(now).unwrap_or_default())
                .collect();
            let average = left.iter().map(Duration::as_millis).sum::<u128>() / (left.len().max(1) as u128);
            out.push((number, keys.len(), left.len(), average));
        }
        out
    }

    fn expire(&mut self, database: usize, key: &[u8], now: SystemTime) {
        let entry = self.databases.get(database).and_then(|d| d.get(key));
        if entry.and_then(|e| e.expires).is_some_and(|at| at <= now) {
            self.remove(database, key);
        }
    }
}

/// Comparisons that one pattern may cost.
const PATTERN_STEPS: u32 = 10_000;

/// Whether `text` matches a pattern of KEYS: `*`, `?`, `[a-z]`, `[^x]` and escapes.
///
/// Work is bounded: at most [`PATTERN_STEPS`] comparisons, then it is no match. So is the
/// stack: what a star may still swallow is a place to go back to, not a call, because a
/// pattern of nothing but stars comes as long as a request may be.
pub fn matches(mut pattern: &[u8], mut text: &[u8]) -> bool {
    // What follows the last star, and the text that it has not swallowed yet.
    let mut star: Option<(&[u8], &[u8])> = None;
    for _ in 0..PATTERN_STEPS {
        match pattern.split_first() {
            None if text.is_empty() => return true,
            Some((b'*', _)) => {
                let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
                pattern = pattern.get(stars..).unwrap_or_default();
                if pattern.is_empty() {
                    return true;
                }
                star = Some((pattern, text));
                continue;
            }
            _ => {}
        }
        let next = one(pattern, text).or_else(|| {
            let (after, kept) = star?;
            let (_, kept) = kept.split_first()?;
            star = Some((after, kept));
            Some((after, kept))
        });
        match next {
            Some(next) => (pattern, text) = next,
            None => return false,
        }
    }
    false
}

/// What follows the first element of a pattern and the one byte that it stands for.
fn one<'p, 't>(pattern: &'p [u8], text: &'t [u8]) -> Option<(&'p [u8], &'t [u8])> {
    let (&first, after) = pattern.split_first()?;
    let (&byte, text) = text.split_first()?;
    let rest = match first {
        b'?' => after,
        b'[' => class(after, byte)?,
        b'\\' if !after.is_empty() => after.split_first().filter(|(literal, _)| **literal == byte)?.1,
        literal if literal == byte => after,
        _ => return None,
    };
    Some((rest, text))
}

/// What follows a class that `byte` belongs to.
fn class(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (negated, body) = match pattern.strip_prefix(b"^") {
        Some(body) => (true, body),
        None => (false, pattern),
    };
    let end = body.iter().position(|b| *b == b']').unwrap_or(body.len());
    let (members, rest) = body.split_at(end);
    let mut found = false;
    let mut at = 0;
    while let Some(&low) = members.get(at) {
        match (members.get(at + 1), members.get(at + 2)) {
            (Some(b'-'), Some(&high)) => {
                found |= (low.min(high)..=low.max(high)).contains(&byte);
                at += 3;
            }
            _ => {
                found |= low == byte;
                at += 1;
            }
        }
    }
    (found != negated).then(|| rest.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_as_redis_matches_them() {
        let cases: [(&str, &str, bool); 12] = [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("h?llo", "hello", true),
            ("h[ae]llo", "hallo", true),
            ("h[^e]llo", "hello", false),
            ("h[a-b]llo", "hbllo", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[", "[", false),
            ("a", "ab", false),
            ("**", "anything", true),
        ];
        for (pattern, text, expect) in cases {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expect, "{pattern} {text}");
        }
        // As many stars as a request may hold: neither the stack nor the time may give out.
        assert!(matches(&[b'*'; 500_000], b"anything"));
        assert!(!matches(&[b'*'; 2_000].iter().chain(b"b").copied().collect::<Vec<_>>(), &[b'a'; 2_000]));
    }

    proptest! {
        #[test]
        fn the_size_is_that_of_what_is_there(operations in proptest::collection::vec((0u8..4, 0u8..6, 0usize..300), 0..60)) {
            let (mut keys, now) = (Keyspace::default(), SystemTime::UNIX_EPOCH);
            for (operation, key, length) in operations {
                match operation {
                    0 => keys.put(0, &[key], Value::Text(vec![1; length]), true),
                    1 => keys.put(0, &[key], Value::List(vec![vec![1]; length % 5].into()), false),
                    2 => drop(keys.remove(0, &[key])),
                    _ => drop(keys.get(0, &[key], now)),
                }
                let expect: usize = keys.keys(0, now).map(|(k, v)| k.len() + v.size() + 64).sum();
                prop_assert_eq!(keys.size(), expect);
            }
            keys.clear(None);
            prop_assert_eq!(keys.size(), 0);
        }

        #[test]
        fn matching_never_panics(pattern in proptest::collection::vec(any::<u8>(), 0..40), text in proptest::collection::vec(any::<u8>(), 0..40)) {
            matches(&pattern, &text);
        }
    }
}
