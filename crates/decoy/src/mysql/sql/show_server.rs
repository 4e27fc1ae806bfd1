//! SHOW of what the server has: engines, plugins, character sets, collations.

use super::{
    charset,
    engine::{Engine, Rows},
    plugin,
    shape::Shape,
    value::Value,
};

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::text(text)
}

/// Engines: name, whether there, description, transactions, XA.
type Described = (&'static str, &'static str, &'static str, &'static str);

const MARIADB: &[Described] = &[
    ("CSV", "YES", "Stores tables as CSV files", "NO"),
    ("MRG_MyISAM", "YES", "Collection of identical MyISAM tables", "NO"),
    ("MEMORY", "YES", "Hash based, stored in memory, useful for temporary tables", "NO"),
    (
        "Aria",
        "YES",
        "Crash-safe tables with MyISAM heritage. Used for internal temporary tables and privilege tables",
        "NO",
    ),
    ("MyISAM", "YES", "Non-transactional engine with good performance and small data footprint", "NO"),
    ("SEQUENCE", "YES", "Generated tables filled with sequential values", "YES"),
    (
        "InnoDB",
        "DEFAULT",
        "Supports transactions, row-level locking, foreign keys and encryption for tables",
        "YES",
    ),
    ("PERFORMANCE_SCHEMA", "YES", "Performance Schema", "NO"),
];
const MYSQL: &[Described] = &[
    ("MRG_MYISAM", "YES", "Collection of identical MyISAM tables", "NO"),
    ("MEMORY", "YES", "Hash based, stored in memory, useful for temporary tables", "NO"),
    ("CSV", "YES", "CSV storage engine", "NO"),
    ("PERFORMANCE_SCHEMA", "YES", "Performance Schema", "NO"),
    ("ARCHIVE", "YES", "Archive storage engine", "NO"),
    ("BLACKHOLE", "YES", "/dev/null storage engine (anything you write to it disappears)", "NO"),
    ("MyISAM", "YES", "MyISAM storage engine", "NO"),
    ("InnoDB", "DEFAULT", "Supports transactions, row-level locking, and foreign keys", "YES"),
];

impl Engine<'_> {
    pub(super) fn engines(&self) -> Rows {
        let all = if self.is_maria() { MARIADB } else { MYSQL };
        let rows = all.iter().map(|(name, support, comment, transactions)| {
            let xa = if *name == "SEQUENCE" { "NO" } else { transactions };
            [*name, *support, *comment, *transactions, xa, *transactions].map(text).to_vec()
        });
        Rows::of_texts(
            &[
                ("Engine", 64),
                ("Support", 8),
                ("Comment", 160),
                ("Transactions", 3),
                ("XA", 3),
                ("Savepoints", 3),
            ],
            rows.collect(),
        )
    }

    pub(super) fn plugins(&self) -> Rows {
        Rows::of_texts(
            &[("Name", 64), ("Status", 16), ("Type", 80), ("Library", 64), ("License", 80)],
            plugin::rows(self.product, 5),
        )
    }

    pub(super) fn character_sets(&self) -> Rows {
        let rows = charset::charsets(self.product).into_iter().map(|set| {
            vec![text(set.name), text(set.description), text(set.collation), Value::Int(set.width)]
        });
        let mut out = Rows::of_texts(
            &[("Charset", 32), ("Description", 60), ("Default collation", 64), ("Maxlen", 3)],
            rows.collect(),
        );
        if let Some(last) = out.shapes.last_mut() {
            *last = Shape::big(3).named("Maxlen");
        }
        out
    }

    pub(super) fn collations(&self) -> Rows {
        let rows = charset::collations(self.product).iter().map(charset::Collation::row).collect();
        let mut out = Rows::of_texts(
            &[
                ("Collation", 64),
                ("Charset", 32),
                ("Id", 11),
                ("Default", 3),
                ("Compiled", 3),
                ("Sortlen", 3),
            ],
            rows,
        );
        for (at, name, width) in [(2, "Id", 11), (5, "Sortlen", 3)] {
            if let Some(shape) = out.shapes.get_mut(at) {
                *shape = Shape::big(width).named(name);
            }
        }
        out
    }
}
