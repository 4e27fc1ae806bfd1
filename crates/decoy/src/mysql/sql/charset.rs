//! Character sets and collations.

use super::value::Value;
use crate::mysql::product::{Family, Product};

/// Name, default collation, bytes of a character at most, description, as MariaDB lists them.
const MARIADB: &str = include_str!("facts/mariadb_charsets.txt");
/// Name, number and SORTLEN, in the order of MariaDB. Those of version 14.0.0 of Unicode's
/// algorithm belong to no character set: their numbers are those that they have in the first.
const MARIADB_COLLATIONS: &str = include_str!("facts/mariadb_collations.txt");
/// Character sets that these belong to, and by how much their numbers are higher there.
const UNICODE: [(&str, i64); 5] =
    [("utf8mb3", 0), ("ucs2", 512), ("utf8mb4", 256), ("utf16", 768), ("utf32", 1_024)];

/// The same of MySQL: name, description, default collation, bytes of a character.
const MYSQL: &[(&str, &str, &str, i64)] = &[
    ("ascii", "US ASCII", "ascii_general_ci", 1),
    ("big5", "Big5 Traditional Chinese", "big5_chinese_ci", 2),
    ("binary", "Binary pseudo charset", "binary", 1),
    ("cp1251", "Windows Cyrillic", "cp1251_general_ci", 1),
    ("gbk", "GBK Simplified Chinese", "gbk_chinese_ci", 2),
    ("koi8r", "KOI8-R Relcom Russian", "koi8r_general_ci", 1),
    ("latin1", "cp1252 West European", "latin1_swedish_ci", 1),
    ("latin2", "ISO 8859-2 Central European", "latin2_general_ci", 1),
    ("sjis", "Shift-JIS Japanese", "sjis_japanese_ci", 2),
    ("ucs2", "UCS-2 Unicode", "ucs2_general_ci", 2),
    ("utf16", "UTF-16 Unicode", "utf16_general_ci", 4),
    ("utf32", "UTF-32 Unicode", "utf32_general_ci", 4),
    ("utf8mb3", "UTF-8 Unicode", "utf8mb3_general_ci", 3),
    ("utf8mb4", "UTF-8 Unicode", "utf8mb4_general_ci", 4),
];

/// Collations of MySQL: name, number, whether it is the default of its character set.
const MYSQL_COLLATIONS: &[(&str, i64, bool)] = &[
    ("big5_chinese_ci", 1, true),
    ("latin2_general_ci", 9, true),
    ("ascii_general_ci", 11, true),
    ("latin1_swedish_ci", 8, true),
    ("latin1_general_ci", 48, false),
    ("latin1_bin", 47, false),
    ("koi8r_general_ci", 7, true),
    ("gbk_chinese_ci", 28, true),
    ("cp1251_general_ci", 51, true),
    ("utf8mb3_general_ci", 33, true),
    ("utf8mb3_unicode_ci", 192, false),
    ("utf8mb3_bin", 83, false),
    ("utf8mb4_general_ci", 45, true),
    ("utf8mb4_bin", 46, false),
    ("utf8mb4_unicode_ci", 224, false),
    ("utf8mb4_unicode_520_ci", 246, false),
    ("utf8mb4_0900_ai_ci", 255, false),
    ("binary", 63, true),
];

/// A character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charset {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Its default collation.
    pub(super) collation: &'static str,
    /// Bytes of a character at most.
    pub(super) width: i64,
}

/// A collation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Collation {
    pub(super) name: &'static str,
    /// Its character set; none where it belongs to all of Unicode's.
    pub(super) charset: Option<&'static str>,
    id: i64,
    default: bool,
    sortlen: i64,
}

/// Character sets in the order of the server.
pub(super) fn charsets(product: &Product) -> Vec<Charset> {
    if product.family == Family::MariaDb {
        return MARIADB.lines().filter_map(charset).collect();
    }
    let newer = product.family == Family::MySql8;
    let set = |(name, description, collation, width): &(&'static str, &'static str, &'static str, i64)| {
        let collation = if newer && *name == "utf8mb4" { "utf8mb4_0900_ai_ci" } else { *collation };
        Charset { name, description, collation, width: *width }
    };
    MYSQL.iter().map(set).collect()
}

fn charset(line: &'static str) -> Option<Charset> {
    let mut words = line.splitn(4, ' ');
    let (name, collation, width) = (words.next()?, words.next()?, words.next()?.parse().ok()?);
    Some(Charset { name, collation, width, description: words.next()? })
}

/// Collations in the order of the server.
pub(super) fn collations(product: &Product) -> Vec<Collation> {
    if product.family == Family::MariaDb {
        let defaults: Vec<_> = charsets(product).iter().map(|set| set.collation).collect();
        return MARIADB_COLLATIONS.lines().filter_map(|line| collation(line, &defaults)).collect();
    }
    MYSQL_COLLATIONS
        .iter()
        .filter(|(_, id, _)| *id != 255 || product.family == Family::MySql8)
        .map(|(name, id, default)| Collation {
            name,
            charset: name.split('_').next(),
            id: *id,
            default: *default,
            sortlen: 1,
        })
        .collect()
}

fn collation(line: &'static str, defaults: &[&str]) -> Option<Collation> {
    let mut words = line.split(' ');
    let (name, id, sortlen) = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let charset = name.split('_').next().filter(|first| *first != "uca1400");
    Some(Collation { name, charset, id, default: defaults.contains(&name), sortlen })
}

impl Collation {
    /// As it is listed: name, character set, number, whether it is the default, whether it is
    /// compiled in, SORTLEN.
    pub(super) fn row(&self) -> Vec<Value> {
        let known = |value: Value| if self.charset.is_some() { value } else { Value::Null };
        vec![
            Value::text(self.name),
            known(Value::text(self.charset.unwrap_or_default())),
            known(Value::Int(self.id)),
            known(Value::text(if self.default { "Yes" } else { "" })),
            Value::text("Yes"),
            Value::Int(self.sortlen),
        ]
    }

    fn applied(&self, charset: &str, name: String, id: i64) -> Vec<Value> {
        let default = if self.default { "Yes" } else { "" };
        let (own, charset) = (Value::text(self.name), Value::text(charset));
        vec![own, charset, Value::text(name), Value::Int(id), Value::text(default)]
    }
}

/// Each character set with its collations: name, character set, whole name, number, whether it is
/// the default.
pub(super) fn applicable(product: &Product) -> Vec<Vec<Value>> {
    let all = collations(product);
    let mut out = Vec::new();
    for set in charsets(product) {
        for one in all.iter().filter(|one| one.charset == Some(set.name)) {
            out.push(one.applied(set.name, one.name.to_owned(), one.id));
        }
        let Some((_, higher)) = UNICODE.iter().find(|(name, _)| *name == set.name) else { continue };
        for one in all.iter().filter(|one| one.charset.is_none()) {
            out.push(one.applied(set.name, format!("{}_{}", set.name, one.name), one.id + higher));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use decnet_proto::persona::ProductName;

    #[test]
    fn lists_are_as_long_as_those_of_the_server() {
        let product = Product::new(ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1", "Debian").unwrap();
        assert_eq!((charsets(&product).len(), collations(&product).len()), (40, 506));
        assert_eq!(applicable(&product).len(), 1_242);
        assert_eq!(collations(&product).iter().filter(|one| one.default).count(), 40);
    }
}
